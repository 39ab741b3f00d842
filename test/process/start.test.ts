import { chmodSync, chownSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { type AddressInfo, createServer as createListener } from 'node:net'
import { join } from 'node:path'
import { MongoClient } from 'mongodb'
import { expect, onTestFinished, test } from 'vitest'
import { openBrowser } from '../testkit/browser.ts'
import { getSignedInEmail, logIn, logOut, signUp } from '../testkit/client.ts'
import {
  createTemporaryDirectory,
  type ProcessOptions,
  provideProcess,
  serveProcess,
  spawnService,
} from '../testkit/process.ts'
import { PRODUCTION } from '../testkit/settings.ts'

/** Starts what cannot start, and returns its message. */
async function readRefusal(options: ProcessOptions): Promise<string> {
  const service = spawnService(options)
  expect(await service.ended).toBe(1)
  expect(service.log).toEqual([])
  return service.errors
}

const service = provideProcess()
const readMode = (file: string) => statSync(file).mode & 0o777

test('an empty environment is enough to sign up, log out and log in again', async () => {
  const { service, browser } = await serveProcess()
  expect((await browser.get('/healthz')).body).toEqual({ status: 'ok' })
  expect((await signUp(browser)).body.data).toMatchObject({ signup: { __typename: 'SignupSuccess' } })
  expect((await browser.gql('{ me { email } }')).body.data).toEqual({ me: { email: 'ada@example.com' } })
  await logOut(browser)
  expect((await browser.gql('{ me { email } }')).code).toBe('UNAUTHENTICATED')
  await logIn(browser)
  expect(await getSignedInEmail(browser)).toBe('ada@example.com')
  expect(await service.stop()).toBe(0)
  expect(service.errors).toBe('')
})

test('the log says where the service listens and what to try next', async () => {
  const url = await service().listening
  expect(url).toMatch(/^http:\/\/localhost:\d+$/)
  const next = await service().waitForLog(({ event }) => event === 'process.next')
  expect(next.msg).toContain(`open ${url} in a browser`)
})

test('each line of the log is JSON where no terminal reads it', async () => {
  await service().listening
  expect(service().log.length).toBeGreaterThan(1)
  for (const line of service().log) expect(line).toMatchObject({ level: expect.any(String), event: expect.any(String) })
})

test('wrong settings are all listed without a secret, with exit code 1', async () => {
  const settings = { PORT: 'http', LOG_LEVEL: 'loud', SESSION_SECRET: 'canary', MONGODB_URI: 'mongodb://a:canary@b:c/' }
  const text = await readRefusal({ settings })
  for (const name of Object.keys(settings)) expect(text).toContain(`  - ${name} `)
  expect(text).not.toMatch(/canary|\n {4}at /)
})

test('production refuses to start without what it needs', async () => {
  const text = await readRefusal({ settings: { NODE_ENV: 'production', PUBLIC_URL: 'http://example.com' } })
  for (const fault of ['MONGODB_URI must be set', 'SESSION_SECRET must be set', 'PUBLIC_URL must be https'])
    expect(text).toContain(fault)
})

test('production on the embedded database starts with a warning that it serves one process', async () => {
  const dataDir = createTemporaryDirectory()
  const { service, browser } = await serveProcess({
    dataDir,
    settings: { ...PRODUCTION, MONGODB_URI: `embedded:${dataDir}` },
  })
  expect(service.log).toContainEqual(
    expect.objectContaining({ level: 'warn', event: 'start.warning', msg: expect.stringContaining('one process') }),
  )
  expect(service.log.find(({ event }) => event === 'process.listening')).toMatchObject({
    address: 'https://example.com',
  })
  expect(browser).toBeDefined()
})

test('production without PUBLIC_URL starts with a warning of where links in mails lead', async () => {
  const dataDir = createTemporaryDirectory()
  const { PUBLIC_URL, TRUST_PROXY, ...settings } = PRODUCTION
  const { service } = await serveProcess({ dataDir, settings: { ...settings, MONGODB_URI: `embedded:${dataDir}` } })
  const { msg } = await service.waitForLog(
    ({ event, msg }) => event === 'start.warning' && String(msg).includes('PUBLIC_URL'),
  )
  expect(msg).toContain(await service.listening)
})

test('a port that is in use is reported in one sentence', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  onTestFinished(() => void other.close())
  await new Promise((resolve) => other.once('listening', resolve))
  const { port } = other.address() as AddressInfo
  expect(await readRefusal({ settings: { PORT: String(port) } })).toBe(
    `Port ${port} on 127.0.0.1 is in use: stop what listens there, or set PORT.\n`,
  )
})

test('a HOST that is not an address of this machine is reported in one sentence', async () => {
  expect(await readRefusal({ settings: { HOST: '192.0.2.1' } })).toBe(
    '192.0.2.1 is no address of this machine: set HOST.\n',
  )
})

test('a second start on the same DATA_DIR is refused, and the first service goes on', async () => {
  const text = await readRefusal({ dataDir: service().dataDir })
  expect(text).toMatch(/^.* is in use by another process\. .*DATA_DIR.*\n$/)
  const browser = openBrowser(await service().listening)
  expect((await signUp(browser, { email: 'bea@example.com' })).body.data).toMatchObject({
    signup: { __typename: 'SignupSuccess' },
  })
})

test('a DATA_DIR that is a file is reported in one sentence', async () => {
  const file = join(createTemporaryDirectory(), 'file')
  writeFileSync(file, 'mine')
  const text = await readRefusal({ dataDir: file, cwd: '/' })
  expect(text).toMatch(/^[^\n]*DATA_DIR[^\n]*\n$/)
  expect(readFileSync(file, 'utf8')).toBe('mine')
})

test('a DATA_DIR that cannot be written is reported in one sentence', async () => {
  const dataDir = createTemporaryDirectory()
  const isRoot = process.getuid?.() === 0
  if (isRoot) chownSync(dataDir, 0, 0)
  chmodSync(dataDir, 0o555)
  const text = await readRefusal({ dataDir, cwd: '/', ...(isRoot ? { uid: 65_534 } : {}) })
  expect(text).toMatch(
    /^[^\n]*DATA_DIR[^\n]*cannot be written[^\n]*\n$|^[^\n]*cannot be written[^\n]*DATA_DIR[^\n]*\n$/,
  )
})

test('a corrupt data file is refused and left as it is', async () => {
  const { service, browser } = await serveProcess()
  await signUp(browser)
  await service.stop()
  const file = join(service.dataDir, 'embedded.mdb')
  const bytes = readFileSync(file)
  bytes.fill(0x5a, 0, 8192)
  writeFileSync(file, bytes)
  const text = await readRefusal({ dataDir: service.dataDir })
  expect(text).toMatch(/^[^\n]*embedded\.mdb[^\n]*\n$/)
  expect(readFileSync(file).equals(bytes)).toBe(true)
})

test('settings are read from .env, and the environment overrides it', async () => {
  const cwd = createTemporaryDirectory()
  writeFileSync(join(cwd, '.env'), 'PASSWORD_MIN_LENGTH=8\nGRAPHIQL=false\nPORT=1\n')
  const { browser } = await serveProcess({ cwd })
  expect((await browser.get('/graphiql')).status).toBe(404)
  const signup = await signUp(browser, { email: 'ada@example.com', password: 'zq8!vXk2' })
  expect(signup.body.data).toMatchObject({ signup: { __typename: 'SignupSuccess' } })
})

test('DATA_DIR/mongodb.uri leads drivers to the database while the service runs, and only its owner can read it', async () => {
  await signUp(openBrowser(await service().listening), { email: 'cid@example.com' })
  const file = join(service().dataDir, 'mongodb.uri')
  expect(readMode(file)).toBe(0o600)
  const client = new MongoClient(readFileSync(file, 'utf8').trim())
  onTestFinished(() => client.close())
  expect(await client.db().collection('users').findOne({ email: 'cid@example.com' })).not.toBeNull()
  expect(client.db().databaseName).toBe('gatehouse')
})

test('PORT=0 takes a free port on the given HOST, and on no other', async () => {
  const service = spawnService({ settings: { HOST: '127.0.0.1' } })
  const { port } = new URL(await service.listening)
  const probe = createListener()
  onTestFinished(() => void probe.close())
  const free = new Promise<boolean>((resolve) => {
    probe.once('error', () => resolve(false)).listen(Number(port), '127.0.0.2', () => resolve(true))
  })
  expect(await free).toBe(true)
  expect((await openBrowser(`http://127.0.0.1:${port}`).get('/healthz')).status).toBe(200)
})
