import { chmodSync, chownSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { type AddressInfo, createServer as createListener } from 'node:net'
import { join } from 'node:path'
import { MongoClient } from 'mongodb'
import { expect, onTestFinished, test } from 'vitest'
import { browser } from './testkit/browser.ts'
import { logIn, logOut, signUp, whoIs } from './testkit/people.ts'
import { type ProcessOptions, serveProcess, spawnService, temporaryDirectory } from './testkit/process.ts'
import { PRODUCTION } from './testkit/settings.ts'

/** Starts what cannot start, and gives what it tells. */
async function refusal(options: ProcessOptions): Promise<string> {
  const service = spawnService(options)
  expect(await service.ended).toBe(1)
  expect(service.log).toEqual([])
  return service.errors
}

const getMode = (file: string) => statSync(file).mode & 0o777

test('an empty environment is enough: sign up, me, log out, be refused, log in again', async () => {
  const { service, who } = await serveProcess()
  expect((await who.get('/healthz')).body).toEqual({ status: 'ok' })
  expect((await signUp(who)).body.data).toMatchObject({ signup: { __typename: 'SignupSuccess' } })
  expect((await who.gql('{ me { email } }')).body.data).toEqual({ me: { email: 'ada@example.com' } })
  await logOut(who)
  expect((await who.gql('{ me { email } }')).code).toBe('UNAUTHENTICATED')
  await logIn(who)
  expect(await whoIs(who)).toBe('ada@example.com')
  expect(await service.stop()).toBe(0)
  expect(service.errors).toBe('')
})

test('the log tells the address and what to try next', async () => {
  const service = spawnService()
  const url = await service.listening
  expect(url).toMatch(/^http:\/\/localhost:\d+$/)
  const next = await service.logged(({ event }) => event === 'process.next')
  expect(next.msg).toContain(`${url}/graphiql`)
})

test('wrong settings end it with 1 and are all told, without a secret', async () => {
  const settings = { PORT: 'http', LOG_LEVEL: 'loud', SESSION_SECRET: 'canary', MONGODB_URI: 'mongodb://a:canary@b:c/' }
  const text = await refusal({ settings })
  for (const name of Object.keys(settings)) expect(text).toContain(`  - ${name} `)
  expect(text).not.toMatch(/canary|\n {4}at /)
})

test('production refuses to start without what it needs', async () => {
  const text = await refusal({ settings: { NODE_ENV: 'production', PUBLIC_URL: 'http://example.com' } })
  for (const fault of ['MONGODB_URI must be set', 'SESSION_SECRET must be set', 'PUBLIC_URL must be https'])
    expect(text).toContain(fault)
})

test('production on the embedded database, on purpose, is warned that it serves one process', async () => {
  const dataDir = temporaryDirectory()
  const { service, who } = await serveProcess({
    dataDir,
    settings: { ...PRODUCTION, MONGODB_URI: `embedded:${dataDir}` },
  })
  expect(service.log).toContainEqual(
    expect.objectContaining({ level: 'warn', event: 'start.warning', msg: expect.stringContaining('one process') }),
  )
  expect(service.log.find(({ event }) => event === 'process.listening')).toMatchObject({
    address: 'https://example.com',
  })
  expect(who).toBeDefined()
})

test('production without PUBLIC_URL is warned of where its mails lead', async () => {
  const dataDir = temporaryDirectory()
  const { PUBLIC_URL, TRUST_PROXY, ...settings } = PRODUCTION
  const { service } = await serveProcess({ dataDir, settings: { ...settings, MONGODB_URI: `embedded:${dataDir}` } })
  const { msg } = await service.logged(
    ({ event, msg }) => event === 'start.warning' && String(msg).includes('PUBLIC_URL'),
  )
  expect(msg).toContain(await service.listening)
})

test('a port that is in use is told in a sentence', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  onTestFinished(() => void other.close())
  await new Promise((resolve) => other.once('listening', resolve))
  const { port } = other.address() as AddressInfo
  expect(await refusal({ settings: { PORT: String(port) } })).toBe(
    `Port ${port} on 127.0.0.1 is in use: stop what listens there, or set PORT.\n`,
  )
})

test('a HOST that is not this machine is told in a sentence', async () => {
  expect(await refusal({ settings: { HOST: '192.0.2.1' } })).toBe(
    '192.0.2.1 is no address of this machine: set HOST.\n',
  )
})

test('a second start on the same DATA_DIR is refused, and the first one goes on', async () => {
  const { service, who } = await serveProcess()
  const text = await refusal({ dataDir: service.dataDir })
  expect(text).toMatch(/^.* is in use by another process\. .*DATA_DIR.*\n$/)
  expect((await signUp(who)).body.data).toMatchObject({ signup: { __typename: 'SignupSuccess' } })
})

test('a DATA_DIR that is a file is refused in a sentence', async () => {
  const file = join(temporaryDirectory(), 'file')
  writeFileSync(file, 'mine')
  const text = await refusal({ dataDir: file, cwd: '/' })
  expect(text).toMatch(/^[^\n]*DATA_DIR[^\n]*\n$/)
  expect(readFileSync(file, 'utf8')).toBe('mine')
})

test('a DATA_DIR that cannot be written is refused in a sentence', async () => {
  const dataDir = temporaryDirectory()
  const isRoot = process.getuid?.() === 0
  if (isRoot) chownSync(dataDir, 0, 0)
  chmodSync(dataDir, 0o555)
  const text = await refusal({ dataDir, cwd: '/', ...(isRoot ? { uid: 65_534 } : {}) })
  expect(text).toMatch(
    /^[^\n]*DATA_DIR[^\n]*cannot be written[^\n]*\n$|^[^\n]*cannot be written[^\n]*DATA_DIR[^\n]*\n$/,
  )
})

test('a corrupt data file is refused and left as it is', async () => {
  const { service, who } = await serveProcess()
  await signUp(who)
  await service.stop()
  const file = join(service.dataDir, 'embedded.mdb')
  const bytes = readFileSync(file)
  bytes.fill(0x5a, 0, 8192)
  writeFileSync(file, bytes)
  const text = await refusal({ dataDir: service.dataDir })
  expect(text).toMatch(/^[^\n]*embedded\.mdb[^\n]*\n$/)
  expect(readFileSync(file).equals(bytes)).toBe(true)
})

test('settings are read from .env where there is one, and the environment goes before it', async () => {
  const cwd = temporaryDirectory()
  writeFileSync(join(cwd, '.env'), 'PASSWORD_MIN_LENGTH=8\nGRAPHIQL=false\nPORT=1\n')
  const { who } = await serveProcess({ cwd })
  expect((await who.get('/graphiql')).status).toBe(404)
  const signup = await signUp(who, 'ada@example.com', 'zq8!vXk2')
  expect(signup.body.data).toMatchObject({ signup: { __typename: 'SignupSuccess' } })
})

test('DATA_DIR/mongodb.uri leads drivers to the database while the service runs, and is for its owner only', async () => {
  const { service, who } = await serveProcess()
  await signUp(who)
  const file = join(service.dataDir, 'mongodb.uri')
  expect(getMode(file)).toBe(0o600)
  const client = new MongoClient(readFileSync(file, 'utf8').trim())
  onTestFinished(() => client.close())
  expect(await client.db().collection('users').findOne({})).toMatchObject({ emailCanonical: 'ada@example.com' })
  expect(client.db().databaseName).toBe('gatehouse')
})

test('PORT=0 takes a free one on the HOST that is named, and on no other', async () => {
  const service = spawnService({ settings: { HOST: '127.0.0.1' } })
  const { port } = new URL(await service.listening)
  const probe = createListener()
  onTestFinished(() => void probe.close())
  const free = new Promise<boolean>((resolve) => {
    probe.once('error', () => resolve(false)).listen(Number(port), '127.0.0.2', () => resolve(true))
  })
  expect(await free).toBe(true)
  expect((await browser(`http://127.0.0.1:${port}`).get('/healthz')).status).toBe(200)
})
