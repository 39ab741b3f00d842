import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../..', import.meta.url))

/** The address of the service in the documented code. */
const DOCUMENTED_ADDRESS = 'http://localhost:4000'

/** A block of code of the README that names its file in its first line. */
export interface Snippet {
  file: string
  text: string
}

/** Reads all blocks of code of one `##` section; one that names no file has an empty name. */
export function readSnippets(section: string): Snippet[] {
  const pages = ['README.md', 'src/client/README.md']
  const readme = pages.map((page) => readFileSync(join(root, page), 'utf8')).join('\n')
  const [, body = ''] = readme.split(`\n## ${section}\n`)
  const [own = ''] = body.split('\n## ')
  return parseSnippets(own)
}

/** Parses all blocks of code of a page; one that names no file has an empty name. */
export function parseSnippets(page: string): Snippet[] {
  return [...page.matchAll(/^```\w*\n(.*?)^```$/gms)].map(([, text = '']) => ({
    file: /^(?:\/\/|#) (\S+\.\w+)\n/.exec(text)?.[1] ?? '',
    text,
  }))
}

/** Creates a directory with these files and the project's packages, in which the service is at `address`. */
export function layOut(snippets: readonly Snippet[], address: string): { directory: string; remove(): void } {
  const directory = mkdtempSync(join(tmpdir(), 'gatehouse-readme-'))
  installPackages(join(directory, 'node_modules'))
  writeSnippets(
    directory,
    snippets.map(({ file, text }) => ({ file, text: text.replaceAll(DOCUMENTED_ADDRESS, address) })),
  )
  return { directory, remove: () => rmSync(directory, { recursive: true, force: true }) }
}

/** Links the project's packages, and unpacks the client kit as another repository gets it: from its tarball. */
function installPackages(directory: string): void {
  const packages = join(root, 'node_modules')
  mkdirSync(join(directory, 'gatehouse-client'), { recursive: true })
  for (const name of readdirSync(packages)) symlinkSync(join(packages, name), join(directory, name))
  const pack = ['pack', join(root, 'dist/client'), '--silent', '--pack-destination', directory]
  const file = execFileSync('npm', pack, { encoding: 'utf8' }).trim()
  execFileSync('tar', ['-xzf', file, '-C', 'gatehouse-client', '--strip-components=1'], { cwd: directory })
}

/** Writes the blocks that name their file into a directory. */
export function writeSnippets(directory: string, snippets: readonly Snippet[]): void {
  for (const { file, text } of snippets.filter(({ file }) => file !== '')) {
    mkdirSync(dirname(join(directory, file)), { recursive: true })
    writeFileSync(join(directory, file), text)
  }
}
