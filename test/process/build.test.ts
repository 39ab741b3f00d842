// What is up to date is not built again; what has changed, or was built by halves, always is.
import { type SpawnSyncReturns, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { createTemporaryDirectory } from '../testkit/process.ts'
import { waitUntil } from '../testkit/wait.ts'

const SCRIPT = fileURLToPath(new URL('../../src/build.mjs', import.meta.url))
const PACKAGE = new URL('../../package.json', import.meta.url)

/** A build of one file, that counts itself, fails or hangs where it is told to, and may change a source meanwhile. */
const STEPS = `
import { appendFileSync, copyFileSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
appendFileSync('builds.log', '.')
rmSync('dist', { recursive: true, force: true })
mkdirSync('dist')
writeFileSync('dist/first.js', 'half')
if (existsSync('hang')) setInterval(() => {}, 1000), await new Promise(() => {})
if (existsSync('fail')) process.exit(3)
copyFileSync('src/main.ts', 'dist/main.js')
if (existsSync('edit')) writeFileSync('src/main.ts', 'edited while it was built')
`

const INPUTS = [
  'src/main.ts',
  'schema/user.graphql',
  'codegen.ts',
  'package-lock.json',
  'tsconfig.json',
  'package.json',
]

interface Package {
  directory: string
  path(name: string): string
  write(name: string, text?: string): void
  /** Runs the script and gives how often it has built in all. */
  run(...args: string[]): SpawnSyncReturns<string> & { builds: number }
}

/** A package with the real script and a build of its own. */
function createPackage(): Package {
  const directory = createTemporaryDirectory()
  const path = (name: string) => join(directory, name)
  const write = (name: string, text = '') => writeFileSync(path(name), text)
  for (const folder of ['src', 'schema']) mkdirSync(path(folder))
  for (const name of INPUTS) write(name, '{}')
  write('package.json', JSON.stringify({ name: 'small', version: '1.0.0', scripts: { 'build:all': 'node steps.mjs' } }))
  write('steps.mjs', STEPS)
  cpSync(SCRIPT, path('src/build.mjs'))
  return {
    ...{ directory, path, write },
    run(...args) {
      const result = spawnSync(process.execPath, [path('src/build.mjs'), ...args], { encoding: 'utf8' })
      const builds = existsSync(path('builds.log')) ? readFileSync(path('builds.log'), 'utf8').length : 0
      return { ...result, builds }
    },
  }
}

test('what is up to date is built once, and again only where it is asked for', () => {
  const small = createPackage()
  expect(small.run('--if-changed')).toMatchObject({ status: 0, builds: 1 })
  expect(small.run('--if-changed')).toMatchObject({ status: 0, builds: 1, stderr: '' })
  expect(small.run()).toMatchObject({ status: 0, builds: 2 })
  expect(small.run('--if-changed')).toMatchObject({ status: 0, builds: 2 })
})

test.each(INPUTS)('a change of %s is built', (name) => {
  const small = createPackage()
  small.run('--if-changed')
  small.write(name, `${readFileSync(small.path(name), 'utf8')} `)
  expect(small.run('--if-changed')).toMatchObject({ status: 0, builds: 2 })
  expect(small.run('--if-changed').builds).toBe(2)
})

test('a new file, one that is gone and one with another name are built', () => {
  const small = createPackage()
  small.run('--if-changed')
  small.write('src/more.ts', 'x')
  expect(small.run('--if-changed').builds).toBe(2)
  rmSync(small.path('src/more.ts'))
  small.write('src/other.ts', 'x')
  expect(small.run('--if-changed').builds).toBe(3)
  rmSync(small.path('schema/user.graphql'))
  expect(small.run('--if-changed').builds).toBe(4)
})

test('a build that fails ends with its code and does not count, however often it is tried', () => {
  const small = createPackage()
  small.run('--if-changed')
  small.write('src/main.ts', 'new')
  small.write('fail')
  expect(small.run('--if-changed')).toMatchObject({ status: 3, builds: 2 })
  expect(small.run('--if-changed')).toMatchObject({ status: 3, builds: 3 })
  rmSync(small.path('fail'))
  expect(small.run('--if-changed')).toMatchObject({ status: 0, builds: 4 })
  expect(readFileSync(small.path('dist/main.js'), 'utf8')).toBe('new')
})

test('a build that is killed half way does not count, nor hold up the next one', async () => {
  const small = createPackage()
  small.run('--if-changed')
  small.write('hang')
  rmSync(small.path('dist'), { recursive: true })
  const killed = spawn(process.execPath, [small.path('src/build.mjs')], { detached: true })
  await waitUntil(() => expect(existsSync(small.path('dist/first.js'))).toBe(true))
  process.kill(-(killed.pid ?? 0), 'SIGKILL')
  await once(killed, 'exit')
  rmSync(small.path('hang'))
  expect(small.run('--if-changed')).toMatchObject({ status: 0, builds: 3 })
})

test.each([
  ['emptied', (path: string) => writeFileSync(path, '')],
  ['removed', (path: string) => rmSync(path)],
])('a result that was %s is built again', (_what, damage) => {
  const small = createPackage()
  small.run('--if-changed')
  damage(small.path('dist/main.js'))
  expect(small.run('--if-changed')).toMatchObject({ status: 0, builds: 2 })
  expect(readFileSync(small.path('dist/main.js'), 'utf8')).toBe('{}')
})

test('a source that changes while it is built is built again', () => {
  const small = createPackage()
  small.write('edit')
  expect(small.run('--if-changed').builds).toBe(1)
  rmSync(small.path('edit'))
  expect(small.run('--if-changed').builds).toBe(2)
  expect(readFileSync(small.path('dist/main.js'), 'utf8')).toBe('edited while it was built')
})

test('two starts at once build once, and both find it whole', async () => {
  const small = createPackage()
  const starts = [1, 2, 3].map(() => spawn(process.execPath, [small.path('src/build.mjs'), '--if-changed']))
  expect(await Promise.all(starts.map(async (child) => (await once(child, 'exit'))[0]))).toEqual([0, 0, 0])
  expect(small.run('--if-changed').builds).toBe(1)
})

test('every command that needs the build looks first whether it is up to date', () => {
  const { scripts } = JSON.parse(readFileSync(PACKAGE, 'utf8'))
  for (const name of ['start', 'admin', 'embedded', 'test', 'bench'])
    expect([name, scripts[`pre${name}`]]).toEqual([name, 'npm run --silent built'])
  expect(scripts.built).toBe('node src/build.mjs --if-changed')
  // cmd.exe hands single quotes on as they are.
  expect(Object.entries(scripts).filter(([, line]) => String(line).includes("--include='"))).toEqual([])
})
