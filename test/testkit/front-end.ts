import { readFileSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { build, type InlineConfig, preview } from 'vite'
import { layOut, parseSnippets, root, type Snippet } from './readme.ts'

/** What a project of the documented code needs besides: a page, the compiler's settings, and access for the test. */
const SCAFFOLD: Snippet[] = [
  {
    file: 'index.html',
    text: `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<link rel="icon" href="data:,">
<title>An app</title>
<div id="root"></div>
<script type="module" src="/src/inside.ts"></script>
</html>
`,
  },
  { file: 'package.json', text: '{ "private": true, "type": "module" }' },
  {
    file: 'src/inside.ts',
    text: `import { gql } from '@apollo/client'
import { authClient } from './auth'
import './main'

Object.assign(window, { inside: { currentIdentity: authClient.identity.get, gql } })
`,
  },
  {
    file: 'tsconfig.json',
    text: JSON.stringify({
      compilerOptions: {
        ...{ target: 'es2023', lib: ['es2023', 'dom', 'dom.iterable'], module: 'esnext', moduleResolution: 'bundler' },
        ...{ jsx: 'react-jsx', types: ['node'], strict: true, verbatimModuleSyntax: true, skipLibCheck: true },
        ...{ noUncheckedIndexedAccess: true, exactOptionalPropertyTypes: true, noEmit: true },
      },
      include: ['src', 'server', 'vite.config.ts'],
    }),
  },
]

export const frontEndSnippets = () => parseSnippets(readFileSync(join(root, 'src/client/README.md'), 'utf8'))

export type Version = 'same origin' | 'another origin'

/** Lays out the documented app as a project. Of src/auth.ts the page has two versions, in this order. */
export function layOutApp(version: Version, address: string) {
  const snippets = frontEndSnippets()
  const [same, another] = snippets.filter(({ file }) => file === 'src/auth.ts')
  const unused = version === 'same origin' ? another : same
  return layOut([...SCAFFOLD, ...snippets.filter((snippet) => snippet !== unused)], address)
}

/** Opens a server whose port is known before what it serves. */
export async function openFront() {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const closers: (() => unknown)[] = []
  return {
    port: (server.address() as AddressInfo).port,
    /** Builds the documented app and serves it as `vite preview` does: with the proxy where the version has one. */
    async show(version: Version, address: string): Promise<void> {
      const { directory, remove } = layOutApp(version, address)
      closers.push(remove)
      const settings: InlineConfig = { root: directory, logLevel: 'warn' }
      if (version === 'another origin') settings.configFile = false
      await build({ ...settings, build: { minify: false, chunkSizeWarningLimit: 5000 } })
      const vite = await preview({ ...settings, preview: { port: 0, host: '127.0.0.1' } })
      closers.push(() => vite.close())
      server.on('request', vite.middlewares as RequestListener)
    },
    async close(): Promise<void> {
      server.close()
      server.closeAllConnections()
      for (const close of closers.reverse()) await close()
    },
  }
}
