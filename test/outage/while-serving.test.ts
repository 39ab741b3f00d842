import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Browser } from '../testkit/browser.ts'
import { getSignedInEmail, logIn, logOut, queryMe, signUp } from '../testkit/client.ts'
import { provideProxiedService } from '../testkit/fixtures.ts'
import { moments } from '../testkit/mongo/holds.ts'
import { OWN_LIMITS } from '../testkit/service.ts'
import { waitUntil } from '../testkit/wait.ts'

const PROMISED_MS = 5_000

const service = provideProxiedService({ limits: OWN_LIMITS })
let ada: Browser
beforeAll(async () => {
  await signUp(service().openBrowser())
})
beforeEach(async () => {
  ada = service().openBrowser()
  await logIn(ada)
})
afterEach(async () => {
  service().proxy.restore()
  await waitUntilReady()
})

const waitUntilReady = () => waitUntil(async () => expect((await ada.get('/readyz')).status).toBe(200))

/** Expects an answer within the time that is promised. */
async function expectInTime<T>(answering: Promise<T>): Promise<T> {
  const started = performance.now()
  const answer = await answering
  expect(performance.now() - started).toBeLessThan(PROMISED_MS)
  return answer
}

const unavailable = { status: 503, code: 'UNAVAILABLE', setCookie: [], headers: { 'retry-after': '2' } }

test('with the database away a signed-in user is told 503 within 5 s, and is still signed in when it is back', async () => {
  service().proxy.down()
  const asked = [
    '{ me { email } }',
    '{ session { id } }',
    '{ sessions { id } }',
    'mutation { revokeAllSessions { count } }',
  ]
  const answers = await Promise.all(asked.map((query) => expectInTime(ada.gql(query))))
  for (const answer of answers) {
    expect(answer).toMatchObject(unavailable)
    expect(answer.body.data).toEqual({ [Object.keys(answer.body.data ?? {})[0] ?? '']: null })
  }
  expect(await ada.get('/account/export')).toMatchObject({ status: 503, headers: { 'retry-after': '2' } })
  expect(await ada.get('/readyz')).toMatchObject({ status: 503 })
  expect(await ada.get('/healthz')).toMatchObject({ status: 200 })

  service().proxy.up()
  await waitUntilReady()
  expect(await getSignedInEmail(ada)).toBe('ada@example.com')
})

test('with the database away anonymous requests and fields that need no database are served', async () => {
  service().proxy.down()
  const anonymous = service().openBrowser()
  expect((await anonymous.gql('{ session { id } }')).body).toEqual({ data: { session: null } })
  expect((await anonymous.gql('{ __typename }')).body).toEqual({ data: { __typename: 'Query' } })
  expect(await expectInTime(ada.gql('{ __typename me { email } }'))).toMatchObject({
    status: 200,
    code: 'UNAVAILABLE',
    body: { data: { __typename: 'Query', me: null } },
  })
})

test('with the database away nobody is logged in or out, and no cookie is set or cleared', async () => {
  service().proxy.down()
  const bob = service().openBrowser()
  const [login, signup, logout] = await Promise.all([
    expectInTime(logIn(service().openBrowser())),
    expectInTime(signUp(bob, { email: 'bob@example.com' })),
    expectInTime(logOut(ada)),
  ])
  for (const answer of [login, signup, logout]) expect(answer).toMatchObject(unavailable)

  service().proxy.up()
  await waitUntilReady()
  expect(await getSignedInEmail(ada)).toBe('ada@example.com')
  expect(await getSignedInEmail(bob)).toBeNull()
  expect((await logOut(ada)).body.data).toEqual({ logout: { ended: true } })
  expect((await logIn(bob, { email: 'bob@example.com' })).body.data).toMatchObject({
    login: { __typename: 'InvalidCredentials' },
  })
})

test('a query that never returns is answered with 503 within 5 s, and other requests go on meanwhile', async () => {
  const bob = ada.clone()
  const stuck = [1, 2, 3].map(() => service().proxy.hold({ command: 'find', collection: 'users' }))
  const answer = expectInTime(queryMe(ada))
  await Promise.all(stuck.slice(0, 1).map(({ reached }) => reached))
  const anonymous = service().openBrowser()
  expect((await anonymous.gql('{ session { id } }')).body).toEqual({ data: { session: null } })
  expect(await answer).toMatchObject(unavailable)
  for (const gate of stuck) gate.cut()
  expect(await getSignedInEmail(bob)).toBe('ada@example.com')
})

test('a write that never returns is answered with 503 within 5 s, and the login does not happen', async () => {
  const before = await service().db.collection('sessions').countDocuments()
  const gate = service().proxy.hold(moments.sessionInsert)
  const eve = service().openBrowser()
  expect(await expectInTime(logIn(eve))).toMatchObject(unavailable)
  gate.cut()
  expect(await getSignedInEmail(eve)).toBeNull()
  expect(await service().db.collection('sessions').countDocuments()).toBe(before)
})

test('with every connection stuck the next request is answered within 5 s, and anonymous requests at once', async () => {
  const gates = Array.from({ length: 50 }, () => service().proxy.hold({ command: 'find', collection: 'sessions' }))
  const answers = gates.map(() => expectInTime(queryMe(ada.clone())))
  await Promise.all(gates.map(({ reached }) => reached))
  answers.push(expectInTime(queryMe(ada)))
  expect((await service().openBrowser().gql('{ session { id } }')).body).toEqual({ data: { session: null } })
  for (const gate of gates) gate.release()
  for (const answer of await Promise.all(answers)) expect([200, 503]).toContain(answer.status)
  expect(await getSignedInEmail(ada)).toBe('ada@example.com')
})

test('/healthz is ok whatever the database does, and /readyz says whether it answers', async () => {
  expect(await ada.get('/readyz')).toMatchObject({ status: 200, body: { status: 'ready' } })
  service().proxy.down()
  expect(await ada.get('/healthz')).toMatchObject({ status: 200, body: { status: 'ok' } })
  expect(await expectInTime(ada.get('/readyz'))).toMatchObject({ status: 503, body: { status: 'unavailable' } })
})
