// What an operator can have in the settings, the paths and the kept secret of a process that starts.
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { getSignedInEmail, signUp } from '../testkit/client.ts'
import { createTestDatabase } from '../testkit/database.ts'
import { createTemporaryDirectory, serveProcess, spawnService } from '../testkit/process.ts'
import { PRODUCTION } from '../testkit/settings.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** Starts in a directory with this `.env`, and gives what a start that is refused says. */
async function refusal(content: string | Buffer | null, settings: Record<string, string> = {}): Promise<string> {
  const cwd = createTemporaryDirectory()
  if (content === null) mkdirSync(join(cwd, '.env'))
  else writeFileSync(join(cwd, '.env'), content)
  const service = spawnService({ cwd, settings })
  expect(await service.ended).toBe(1)
  expect(service.errors).not.toMatch(/\n {4}at /)
  return service.errors
}

test('a .env of Windows, with a mark and in UTF-16, sets the first line, too', async () => {
  const content = Buffer.from('\ufeffNODE_ENV=production\r\nLOG_LEVEL=info\r\n', 'utf16le')
  expect(await refusal(content)).toContain('MONGODB_URI must be set in production')
})

test.each([
  ['a directory', null, '.env is a directory: it must be a file'],
  ['a file with a line without =', 'PORT=0\nNODE_ENV production\n', '.env, line 2: must be NAME=value'],
  ['a file with an open quote', 'SESSION_SECRET="canary\nPORT=0\n', '.env, line 1: SESSION_SECRET: the quotes'],
  ['a file with UV_THREADPOOL_SIZE', 'UV_THREADPOOL_SIZE=16\n', '.env, line 1: UV_THREADPOOL_SIZE is read before'],
])('a .env that is %s is refused in a sentence', async (_what, content, fault) => {
  const text = await refusal(content)
  expect(text).toContain(fault)
  expect(text).not.toContain('canary')
})

test.each(['100% sure', 'a%41b', 'with spaces', '#1?x=y&z', 'Größe 日本', "it's+a,b;c", 'UPPER.sock'])(
  'DATA_DIR may be named %j: the service is of use there, and its commands reach it',
  async (name) => {
    const dataDir = join(createTemporaryDirectory(), name)
    mkdirSync(dataDir)
    const { service, browser } = await serveProcess({ dataDir })
    await signUp(browser)
    expect(await getSignedInEmail(browser)).toBe('ada@example.com')
    expect(await service.stop()).toBe(0)
    expect(existsSync(join(dataDir, 'embedded.mdb'))).toBe(true)
  },
)

test.each(['', '\n', 'c'.repeat(31)])('a kept secret of %j is refused and left as it is', async (content) => {
  const dataDir = createTemporaryDirectory()
  const file = join(dataDir, 'session-secret')
  writeFileSync(file, content)
  const service = spawnService({ dataDir })
  expect(await service.ended).toBe(1)
  expect(service.errors).toMatch(/^[^\n]*session-secret is empty or cut: [^\n]*\n$/)
  expect(readFileSync(file, 'utf8')).toBe(content)
})

test('a kept secret that cannot be read is refused in a sentence', async () => {
  const dataDir = createTemporaryDirectory()
  mkdirSync(join(dataDir, 'session-secret'))
  const service = spawnService({ dataDir })
  expect(await service.ended).toBe(1)
  expect(service.errors).toMatch(/^[^\n]*session-secret cannot be read: EISDIR\.\n$/)
})

test('processes that start at once in a new directory sign with one secret, and leave no draft of it', async () => {
  const database = await createTestDatabase()
  onTestFinished(() => database.drop())
  const dataDir = createTemporaryDirectory()
  const settings = { MONGODB_URI: database.uri }
  const [first, second] = await Promise.all([serveProcess({ dataDir, settings }), serveProcess({ dataDir, settings })])
  await signUp(first.browser)
  second.browser.setCookie(first.browser.cookie ?? '')
  expect(await getSignedInEmail(second.browser)).toBe('ada@example.com')
  expect(readdirSync(dataDir).filter((name) => name.startsWith('session-secret'))).toEqual(['session-secret'])
  expect(statSync(join(dataDir, 'session-secret')).mode & 0o777).toBe(0o600)
})

test('without the built pages the playground says what to do', async () => {
  const copy = createTemporaryDirectory()
  for (const name of ['schema', 'package.json']) cpSync(join(ROOT, name), join(copy, name), { recursive: true })
  cpSync(join(ROOT, 'dist'), join(copy, 'dist'), {
    recursive: true,
    filter: (source) => source !== join(ROOT, 'dist/console'),
  })
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'))
  const { browser } = await serveProcess({ main: join(copy, 'dist/main.js') })
  const told = { status: 503, text: 'The pages are not built. Run `npm run build`.\n' }
  for (const page of ['/graphiql', '/login']) expect(await browser.get(page)).toMatchObject(told)
})

test('a client that can never be built is a fault of the settings, also in production', async () => {
  const service = spawnService({ settings: { ...PRODUCTION, MONGODB_URI: 'mongodb://db/shop?compressors=snappy' } })
  expect(await service.ended).toBe(1)
  expect(service.errors).toContain(
    'MONGODB_URI has an option that cannot be used: compressors needs the package snappy',
  )
})
