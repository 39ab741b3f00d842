import { expect, onTestFinished, test } from 'vitest'
import { logIn, requestPasswordReset, signUp, verifyEmail } from '../testkit/client.ts'
import { createTestDatabase } from '../testkit/database.ts'
import { startOwnService } from '../testkit/fixtures.ts'
import { type MailServer, startMailServer } from '../testkit/mail/mail-server.ts'
import { waitForEmptyQueue } from '../testkit/mail/queue.ts'
import { startProxy } from '../testkit/mongo/proxy.ts'
import { LIMITS_WITHOUT_DATABASE, startService } from '../testkit/service.ts'
import { advanceUntil, waitUntil } from '../testkit/wait.ts'

const MINUTE = 60_000
const MAX_WAITING = 10_000

async function createOwnDatabase() {
  const database = await createTestDatabase()
  onTestFinished(() => database.drop())
  return database
}

const toSettings = (server: MailServer) => ({
  SMTP_URL: `smtp://127.0.0.1:${server.port}`,
  MAIL_FROM: 'Gatehouse <no-reply@example.com>',
})

test('a mail that waits when the service stops is sent by the next one that starts on the same database', async () => {
  const database = await createOwnDatabase()
  const server = await startMailServer()
  await server.down()
  const first = await startService({ databaseUri: database.uri, settings: toSettings(server) })
  await signUp(first.openBrowser())
  await first.waitForLog(({ event }) => event === 'mail.failed')
  await first.close()

  await server.up()
  const second = await startOwnService({ databaseUri: database.uri, settings: toSettings(server) })
  await advanceUntil(second, 1000, () => expect(server.deliveries).toHaveLength(1))
  expect((await verifyEmail(second.openBrowser(), { token: server.deliveries[0]?.token })).kind).toBe(
    'VerifyEmailSuccess',
  )
})

test('a worker that crashes while it sends a mail loses nothing: the mail is sent again after its lease', async () => {
  const database = await createOwnDatabase()
  const proxy = await startProxy(database.uri)
  onTestFinished(() => proxy.close())
  const server = await startMailServer()
  const service = await startOwnService({ databaseUri: proxy.uri, settings: toSettings(server) })
  const crash = proxy.hold({ command: 'delete', collection: 'mails' })
  await signUp(service.openBrowser())
  await crash.reached
  expect(server.deliveries).toHaveLength(1)
  crash.cut()
  await service.waitForLog(({ event }) => event === 'mail.queue-failed' || event === 'mail.sent')
  await advanceUntil(service, MINUTE, async () =>
    expect(await database.db.collection('mails').countDocuments()).toBe(0),
  )
  const last = server.deliveries.at(-1)
  expect((await verifyEmail(service.openBrowser(), { token: last?.token })).kind).toBe('VerifyEmailSuccess')
})

test('a crash between storing the token and sending the mail loses nothing', async () => {
  const database = await createOwnDatabase()
  const proxy = await startProxy(database.uri)
  onTestFinished(() => proxy.close())
  const server = await startMailServer()
  const first = await startService({
    ...{ databaseUri: proxy.uri, limits: LIMITS_WITHOUT_DATABASE },
    settings: toSettings(server),
  })
  const crash = proxy.hold({
    command: 'update',
    collection: 'users',
    where: ({ updates }) => '$set' in updates[0].u && 'tokens.verifyEmail' in updates[0].u.$set,
  })
  await signUp(first.openBrowser())
  await crash.reached
  proxy.down()
  await first.close()
  expect(server.deliveries).toEqual([])

  const second = await startOwnService({ databaseUri: database.uri, settings: toSettings(server) })
  await advanceUntil(second, MINUTE, () => expect(server.deliveries).toHaveLength(1))
  expect((await verifyEmail(second.openBrowser(), { token: server.deliveries[0]?.token })).kind).toBe(
    'VerifyEmailSuccess',
  )
})

test('a crash of a sign-up after the user is stored still sends the mail', async () => {
  const database = await createOwnDatabase()
  const proxy = await startProxy(database.uri)
  onTestFinished(() => proxy.close())
  const server = await startMailServer()
  const first = await startService({
    ...{ databaseUri: proxy.uri, limits: LIMITS_WITHOUT_DATABASE },
    settings: toSettings(server),
  })
  const crash = proxy.hold({ command: 'insert', collection: 'users', at: 'reply' })
  const lost = signUp(first.openBrowser()).catch(() => null)
  await crash.reached
  proxy.down()
  await lost
  await first.close()

  const second = await startOwnService({ databaseUri: database.uri, settings: toSettings(server) })
  await advanceUntil(second, 10_000, () => expect(server.deliveries.map(({ to }) => to)).toEqual(['ada@example.com']))
})

test('a crash of a sign-up before the user is stored sends nothing, and leaves no job behind', async () => {
  const database = await createOwnDatabase()
  const proxy = await startProxy(database.uri)
  onTestFinished(() => proxy.close())
  const server = await startMailServer()
  const first = await startService({
    ...{ databaseUri: proxy.uri, limits: LIMITS_WITHOUT_DATABASE },
    settings: toSettings(server),
  })
  const crash = proxy.hold({ command: 'insert', collection: 'users' })
  const lost = signUp(first.openBrowser()).catch(() => null)
  await crash.reached
  proxy.down()
  await lost
  await first.close()
  expect(await database.db.collection('mails').countDocuments()).toBe(1)

  const second = await startOwnService({ databaseUri: database.uri, settings: toSettings(server) })
  await advanceUntil(second, 10_000, async () => expect(await database.db.collection('mails').countDocuments()).toBe(0))
  expect(server.deliveries).toEqual([])
})

test('two services on one database send each mail once', async () => {
  const database = await createOwnDatabase()
  const server = await startMailServer()
  const one = await startOwnService({ databaseUri: database.uri, settings: toSettings(server) })
  const two = await startOwnService({ databaseUri: database.uri, settings: toSettings(server) })
  const addresses = Array.from({ length: 12 }, (_, index) => `u${index}@example.com`)
  await Promise.all(addresses.map((email, index) => signUp((index % 2 ? one : two).openBrowser(), { email })))
  await waitForEmptyQueue({ db: database.db })
  expect(server.deliveries.map(({ to }) => to).sort()).toEqual(addresses.sort())
})

test('the queue is bounded, alike for known and unknown addresses, and nothing is half done when it is full', async () => {
  const service = await startOwnService()
  const mails = service.db.collection('mails')
  await signUp(service.openBrowser())
  await waitForEmptyQueue(service)
  const dueAt = new Date(service.clock.now().getTime() + 60 * MINUTE)
  const JOB = { kind: 'resetPassword', emailCanonical: 'x@example.com', createdAt: new Date(), dueAt, tries: 0 }
  await mails.insertMany(Array.from({ length: MAX_WAITING - 1 }, () => ({ ...JOB })))
  expect((await requestPasswordReset(service.openBrowser(), { email: 'one.more@example.com' })).kind).toBe(
    'MailRequested',
  )
  await waitUntil(async () => expect(await mails.countDocuments()).toBe(MAX_WAITING - 1))
  await mails.insertOne({ ...JOB })

  for (const email of ['ada@example.com', 'nobody@example.com']) {
    const { kind, status, headers } = await requestPasswordReset(service.openBrowser(), { email })
    expect([kind, status, headers['retry-after']]).toEqual(['UNAVAILABLE', 503, '2'])
  }
  const grace = service.openBrowser()
  expect((await signUp(grace, { email: 'grace@example.com' })).code).toBe('UNAVAILABLE')
  expect(grace.cookie).toBeUndefined()
  expect(await service.db.collection('users').countDocuments()).toBe(1)
  expect((await logIn(service.openBrowser())).data).toMatchObject({ __typename: 'LoginSuccess' })
  await mails.deleteMany({})
  expect((await signUp(grace, { email: 'grace@example.com' })).data).toMatchObject({ __typename: 'SignupSuccess' })
})

test('no collection ever holds a usable token, and the queue no password', async () => {
  const server = await startMailServer()
  const service = await startOwnService({ settings: { ...toSettings(server), EMAIL_VERIFICATION: 'required' } })
  const open = server.holdMails()
  await signUp(service.openBrowser(), { email: 'ada@example.com' })
  await requestPasswordReset(service.openBrowser(), { email: 'ada@example.com' })
  await waitUntil(() => expect(server.connections).toBe(1))
  const dump = async () => {
    const names = await service.db.listCollections().toArray()
    const all = await Promise.all(names.map(({ name }) => service.db.collection(name).find().toArray()))
    return JSON.stringify(all)
  }
  const during = await dump()
  expect(await service.db.collection('mails').countDocuments()).toBe(2)
  expect(during).toContain('resetPassword')
  open()
  await waitForEmptyQueue(service)
  const after = await dump()
  expect(server.deliveries).toHaveLength(2)
  for (const { token } of server.deliveries) {
    expect(token).toHaveLength(43)
    expect(during + after).not.toContain(token)
  }
  expect(during).not.toContain('correct horse')
})
