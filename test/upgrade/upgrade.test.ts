// A team takes a new version into its clone: with a real git, and a next version that is made here.
import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { openBrowser } from '../testkit/browser.ts'
import { ROOT } from '../testkit/clone.ts'
import { createTemporaryDirectory, spawnService } from '../testkit/process.ts'
import { readSnippets, writeSnippets } from '../testkit/readme.ts'

const PERSON = { GIT_AUTHOR_NAME: 'Ada', GIT_AUTHOR_EMAIL: 'ada@example.com' }
const ENV = { ...process.env, ...PERSON, GIT_COMMITTER_NAME: 'Ada', GIT_COMMITTER_EMAIL: 'ada@example.com' }

/** A repository with a way to change it. */
function openRepository(directory: string) {
  const git = (...args: string[]) => execFileSync('git', args, { cwd: directory, env: ENV, encoding: 'utf8' })
  const read = (path: string) => readFileSync(join(directory, path), 'utf8')
  return {
    ...{ directory, git, read },
    write(path: string, text: string) {
      mkdirSync(dirname(join(directory, path)), { recursive: true })
      writeFileSync(join(directory, path), text)
    },
    commit(message: string) {
      git('add', '--all')
      git('commit', '--quiet', '--no-verify', '--message', message)
    },
    upgrade(...words: string[]) {
      const tsx = join(ROOT, 'node_modules/.bin/tsx')
      const options = { cwd: directory, env: ENV, encoding: 'utf8', shell: process.platform === 'win32' } as const
      const { status, stdout, stderr } = spawnSync(tsx, [join(ROOT, 'src/upgrade.ts'), ...words], options)
      return { status, stdout, stderr }
    },
  }
}

type Repository = ReturnType<typeof openRepository>

/** Gatehouse with two versions after the one that a clone is on, the last of which closes a hole. */
function createUpstream(): Repository {
  const upstream = openRepository(createTemporaryDirectory())
  for (const name of ['src', 'schema', 'package.json', 'README.md', '.gitignore']) {
    cpSync(join(ROOT, name), join(upstream.directory, name), { recursive: true })
  }
  upstream.git('init', '--quiet', '--initial-branch=main')
  upstream.commit('Gatehouse')
  upstream.git('tag', '--annotate', 'v9.0.0', '--message', 'Where it begins')
  return upstream
}

function release(upstream: Repository, tag: string, message: string): void {
  upstream.write('src/roles.ts', `${upstream.read('src/roles.ts')}\n// ${tag}\n`)
  upstream.commit(tag)
  upstream.git('tag', '--annotate', tag, '--message', message)
}

function createClone(upstream: Repository): Repository {
  const directory = join(createTemporaryDirectory(), 'clone')
  execFileSync('git', ['clone', '--quiet', upstream.directory, directory])
  return openRepository(directory)
}

function createPair(): { upstream: Repository; clone: Repository } {
  const upstream = createUpstream()
  const clone = createClone(upstream)
  release(upstream, 'v9.0.1', 'A smaller step')
  release(upstream, 'v9.1.0', 'A larger step\n\nSecurity: an example of a hole that it closes.')
  return { upstream, clone }
}

test('a checkout on the newest version is told so', () => {
  const clone = createClone(createUpstream())
  expect(clone.upgrade('--check')).toEqual({ status: 0, stdout: 'On v9.0.0, the newest version.\n', stderr: '' })
})

test('a checkout that lacks a version which closes a hole is told so, with exit code 1', () => {
  const { clone } = createPair()
  const { status, stdout } = clone.upgrade('--check')
  expect(status).toBe(1)
  expect(stdout).toMatch(
    /^On v9\.0\.0, 2 commits behind:\n {2}v9\.0\.1 .*A smaller step\n {2}v9\.1\.0 .*\(closes a hole\)\n/,
  )
  expect(JSON.parse(clone.upgrade('--check', '--json').stdout)).toMatchObject({
    ...{ current: 'v9.0.0', commits: 2, isSafe: false },
    missing: [
      { tag: 'v9.0.1', isSecurity: false },
      { tag: 'v9.1.0', isSecurity: true },
    ],
  })
})

test('a tag without an annotation is no version', () => {
  const { upstream, clone } = createPair()
  upstream.git('tag', 'v9.9.9')
  expect(clone.upgrade('v9.9.9')).toMatchObject({ status: 1, stderr: expect.stringContaining('is no version') })
  expect(clone.upgrade('--check').stdout).not.toContain('v9.9.9')
})

test('what is not committed is not put at risk', () => {
  const { clone } = createPair()
  clone.write('schema/app/own.graphql', 'type Mine { id: ID! }\n')
  expect(clone.upgrade('v9.1.0')).toMatchObject({ status: 1, stderr: expect.stringContaining('not committed') })
  expect(clone.read('schema/app/own.graphql')).toBe('type Mine { id: ID! }\n')
})

test('files of Gatehouse that a clone has changed are listed, and nothing is merged', () => {
  const { clone } = createPair()
  clone.write('src/errors.ts', `${clone.read('src/errors.ts')}\n// ours\n`)
  clone.write('src/features/shop/feature.ts', 'export default () => ({})\n')
  clone.commit('Ours')
  const head = clone.git('rev-parse', 'HEAD')
  const { status, stderr } = clone.upgrade('v9.1.0')
  expect(status).toBe(1)
  expect(stderr).toMatch(/belong to Gatehouse.*git merge v9\.1\.0\n {2}src\/errors\.ts\n$/)
  expect(clone.git('rev-parse', 'HEAD')).toBe(head)
})

test('a conflict leaves the clone as it was, and is named', () => {
  const { upstream, clone } = createPair()
  upstream.write('README.md', 'theirs\n')
  release(upstream, 'v9.2.0', 'Another README')
  clone.write('README.md', 'ours\n')
  clone.commit('Our README')
  const { status, stderr } = clone.upgrade('v9.2.0')
  expect(status).toBe(1)
  expect(stderr).toMatch(/nothing was merged.*git merge v9\.2\.0\n {2}README\.md\n$/)
  expect(clone.read('README.md')).toBe('ours\n')
  expect(clone.git('status', '--porcelain')).toBe('')
})

test('a version that is there already, or unknown, is refused', () => {
  const { clone } = createPair()
  expect(clone.upgrade('v9.0.0')).toMatchObject({ status: 1, stderr: 'This checkout is on v9.0.0 already.\n' })
  expect(clone.upgrade('v1.2')).toMatchObject({ status: 1, stderr: expect.stringContaining('v1.2 is no version') })
  expect(clone.upgrade()).toMatchObject({ status: 1, stderr: expect.stringMatching(/^Usage: /) })
  expect(clone.upgrade('--check', '--remote', 'nowhere')).toMatchObject({
    ...{ status: 1, stderr: expect.stringContaining('There is no remote nowhere') },
  })
})

test('a clone with the README’s feature takes the next version, builds, and serves its own field', async () => {
  const { clone } = createPair()
  writeSnippets(clone.directory, readSnippets('Add your own'))
  clone.commit('A feature of our own')
  expect(clone.upgrade('v9.1.0')).toEqual({
    ...{ status: 0, stderr: '' },
    stdout: 'v9.1.0 is merged. Now: npm ci && npm run validate && npm test\n',
  })
  expect(clone.read('src/roles.ts')).toContain('// v9.1.0')
  expect(clone.upgrade('--check').stdout).toBe('On v9.1.0, the newest version.\n')
  symlinkSync(join(ROOT, 'node_modules'), join(clone.directory, 'node_modules'))
  for (const name of ['codegen.ts', 'tsconfig.json']) cpSync(join(ROOT, name), join(clone.directory, name))
  for (const script of ['generate', 'build:service']) {
    execFileSync('npm', ['run', '--silent', script], { cwd: clone.directory, shell: process.platform === 'win32' })
  }
  const service = spawnService({ main: join(clone.directory, 'dist/main.js') })
  const browser = openBrowser(await service.listening)
  await service.waitForLog(({ event }) => event === 'database.ready')
  expect((await browser.gql('{ myInvoices { cents } }')).code).toBe('UNAUTHENTICATED')
})
