import { expect, onTestFinished, test } from 'vitest'
import { getSignedInEmail, logIn, logOut, signUp } from '../testkit/client.ts'
import { createTestDatabase } from '../testkit/database.ts'
import { startOwnProxiedService } from '../testkit/fixtures.ts'
import type { MongoProxy } from '../testkit/mongo/proxy.ts'
import { LIMITS_WITHOUT_DATABASE, type LogLine, type Service, startService } from '../testkit/service.ts'

/** With the database away an answer comes within this time. */
const PROMISED_MS = 5_000

/** Starts the service while its database is in the state that `prepare` brings about. */
const startOn = (prepare: (proxy: MongoProxy) => void, limits = LIMITS_WITHOUT_DATABASE) =>
  startOwnProxiedService({ prepare, limits })

const listPauses = (service: Service) =>
  service.log.filter(({ event }) => event === 'database.unavailable').map(({ retryInMs }) => retryInMs)

const waitForNextFailure = (service: Service) => {
  const earlier = new Set<LogLine>(service.log)
  return service.waitForLog((line) => line.event === 'database.unavailable' && !earlier.has(line))
}

test('with the database away at start the service runs, says so at /readyz, and refuses what needs the database', async () => {
  // A request that waited for a server would take that long.
  const limits = { database: { serverSelectionTimeoutMS: PROMISED_MS } }
  const service = await startOn((proxy) => proxy.down(), limits)
  const ada = service.openBrowser()
  expect(await ada.get('/healthz')).toMatchObject({ status: 200, body: { status: 'ok' } })
  expect(await ada.get('/readyz')).toMatchObject({ status: 503, body: { status: 'unavailable' } })

  ada.setCookie('s:somebody.signature')
  const started = performance.now()
  for (const ask of [signUp, logIn]) {
    expect(await ask(ada)).toMatchObject({
      status: 503,
      code: 'UNAVAILABLE',
      setCookie: [],
      headers: { 'retry-after': '2' },
    })
  }
  expect(performance.now() - started).toBeLessThan(PROMISED_MS)
  expect(await service.waitForLog(({ event }) => event === 'database.unavailable')).toMatchObject({
    error: 'MongoServerSelectionError',
    code: expect.stringMatching(/^E/),
  })
})

test('with the database away at start anonymous requests are served', async () => {
  const service = await startOn((proxy) => proxy.down())
  const anonymous = service.openBrowser()
  expect(await anonymous.gql('{ __typename session { id } }')).toMatchObject({
    status: 200,
    body: { data: { __typename: 'Query', session: null } },
  })
  expect(await anonymous.gql('{ me { email } }')).toMatchObject({ status: 200, code: 'UNAUTHENTICATED' })
  expect((await logOut(anonymous)).body.data).toEqual({ logout: { ended: false } })
})

test('the service tries to connect with growing pauses, and works without a restart when the database is there', async () => {
  const service = await startOn((proxy) => proxy.down())
  await service.waitForLog(({ event }) => event === 'database.unavailable')
  const second = waitForNextFailure(service)
  service.clock.advance(249)
  expect(listPauses(service)).toEqual([250])
  service.clock.advance(1)
  await second
  expect(listPauses(service)).toEqual([250, 500])

  service.proxy.up()
  service.clock.advance(500)
  await service.waitForLog(({ event }) => event === 'database.ready')
  const ada = service.openBrowser()
  expect(await ada.get('/readyz')).toMatchObject({ status: 200, body: { status: 'ready' } })
  await signUp(ada)
  expect(await getSignedInEmail(ada)).toBe('ada@example.com')
  expect((await service.waitForMail('ada@example.com')).token).toBeDefined()
})

test('without the right to create an index the service does not serve, and logs the code', async () => {
  const errmsg = 'not authorized: canary'
  const service = await startOn((proxy) => {
    proxy.fail({ command: 'createIndexes', collection: 'sessions', code: 13, errmsg, times: 1 })
  })
  expect(await service.openBrowser().get('/readyz')).toMatchObject({ status: 503 })
  expect(service.log).toContainEqual(
    expect.objectContaining({ event: 'database.unavailable', level: 'error', code: 13 }),
  )
  expect(JSON.stringify(service.log)).not.toContain('canary')

  service.proxy.restore()
  service.clock.advance(250)
  await service.waitForLog(({ event }) => event === 'database.ready')
  expect(await service.openBrowser().get('/readyz')).toMatchObject({ status: 200 })
})

test('an index that a restored dump lacks is created again', async () => {
  const database = await createTestDatabase()
  onTestFinished(() => database.drop())
  const first = await startService({ databaseUri: database.uri })
  await signUp(first.openBrowser())
  await first.close()
  for (const name of ['users', 'sessions']) await database.db.collection(name).dropIndexes()

  const service = await startService({ databaseUri: database.uri })
  onTestFinished(() => service.close())
  const [again, other] = await Promise.all([
    signUp(service.openBrowser()),
    signUp(service.openBrowser(), { email: 'ADA@example.com' }),
  ])
  for (const { body } of [again, other]) expect(body.data).toMatchObject({ signup: { __typename: 'EmailTaken' } })
  const ttl = (await database.db.collection('sessions').indexes()).find(({ key }) => 'expires' in key)
  expect(ttl).toMatchObject({ expireAfterSeconds: 0 })
})

test('where duplicate users prevent the unique index, the service refuses to serve', async () => {
  const database = await createTestDatabase()
  onTestFinished(() => database.drop())
  await database.db
    .collection('users')
    .insertMany([{ emailCanonical: 'a@example.com' }, { emailCanonical: 'a@example.com' }])
  const service = await startService({ databaseUri: database.uri })
  onTestFinished(() => service.close())
  expect(await signUp(service.openBrowser(), { email: 'a@example.com' })).toMatchObject({
    status: 503,
    code: 'UNAVAILABLE',
  })
  expect(service.log).toContainEqual(expect.objectContaining({ event: 'database.unavailable', code: 11000 }))
})
