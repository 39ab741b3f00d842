// What may be sent to /graphql/stream, by whom, and how it is answered.
import { expect, test } from 'vitest'
import { provideService, startOwnService } from '../testkit/fixtures.ts'
import { openStream } from '../testkit/stream.ts'
import { createUser, openSignedInBrowser } from '../testkit/users.ts'

const service = provideService()
const nobody = { cookie: undefined }

test('nobody who is signed out is streamed to: the answer is UNAUTHENTICATED, and complete', async () => {
  const stream = await openStream(service().url, nobody)
  expect(await stream.waitForEnd()).toMatch(/event: complete/)
  expect(stream.status).toBe(200)
  expect(stream.headers['content-type']).toBe('text/event-stream; charset=utf-8')
  expect(stream.answers).toMatchObject([
    { data: null, errors: [{ message: 'You are not signed in.', extensions: { code: 'UNAUTHENTICATED' } }] },
  ])
})

test('no cache keeps a stream, and no proxy compresses it or holds it back', async () => {
  const { browser } = await createUser(service())
  const { headers } = await openStream(service().url, browser, { headers: { 'accept-encoding': 'gzip, br' } })
  expect(headers).toMatchObject({
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store, no-transform',
    'x-accel-buffering': 'no',
  })
  expect(headers['content-encoding']).toBeUndefined()
  expect(headers['set-cookie']).toBeUndefined()
})

test('a subscription sent to /graphql is refused, and the message names where it goes', async () => {
  const { browser } = await createUser(service())
  const answer = await browser.gql('subscription { sessionEnded { at } }')
  expect(answer).toMatchObject({ status: 400, code: 'GRAPHQL_VALIDATION_FAILED' })
  expect(answer.body.errors?.[0]?.message).toContain('/graphql/stream')
})

const deep = `subscription { sessionEnded { ${'at '.repeat(600)} } }`

test.each<[string, object, number, string]>([
  ['a query', { query: '{ me { id } }' }, 400, 'GRAPHQL_VALIDATION_FAILED'],
  ['a mutation', { query: 'mutation { logout { ended } }' }, 400, 'GRAPHQL_VALIDATION_FAILED'],
  ['an unknown field', { query: 'subscription { nothing }' }, 400, 'GRAPHQL_VALIDATION_FAILED'],
  [
    'two root fields',
    { query: 'subscription { sessionEnded { at } b: sessionEnded { at } }' },
    400,
    'GRAPHQL_VALIDATION_FAILED',
  ],
  ['more tokens than a document may have', { query: deep }, 400, 'GRAPHQL_VALIDATION_FAILED'],
  ['no GraphQL', { query: 'subscription {' }, 400, 'GRAPHQL_PARSE_FAILED'],
  [
    'a condition',
    { query: 'subscription ($a: Boolean!) { sessionEnded { at @include(if: $a) } }' },
    400,
    'GRAPHQL_VALIDATION_FAILED',
  ],
  [
    'an operation that is not there',
    { query: 'subscription A { sessionEnded { at } }', operationName: 'canary' },
    400,
    'GRAPHQL_VALIDATION_FAILED',
  ],
  ['no query', {}, 400, 'BAD_REQUEST'],
  ['variables that are none', { query: 'subscription { sessionEnded { at } }', variables: [] }, 400, 'BAD_REQUEST'],
  ['a batch', [{ query: 'subscription { sessionEnded { at } }' }], 400, 'BAD_REQUEST'],
])('a request with %s is refused as JSON', async (_name, body, status, code) => {
  const { browser } = await createUser(service())
  const stream = await openStream(service().url, browser, { body })
  const text = await stream.waitForEnd()
  expect(stream.headers['content-type']).toBe('application/json; charset=utf-8')
  expect({ status: stream.status, code: stream.code }).toEqual({ status, code })
  expect(text).not.toContain('canary')
})

test('a mutation that is refused here has not run', async () => {
  const { browser } = await createUser(service())
  const stream = await openStream(service().url, browser, { query: 'mutation { logout { ended } }' })
  await stream.waitForEnd()
  expect((await browser.gql('{ me { id } }')).code).toBeUndefined()
})

test('other methods and other types than JSON are refused as on /graphql', async () => {
  const { browser } = await createUser(service())
  const got = await browser.get('/graphql/stream?query=subscription{sessionEnded{at}}')
  expect(got).toMatchObject({ status: 405, headers: { allow: 'POST' } })
  const form = await browser.post('/graphql/stream', 'query=1', { 'content-type': 'text/plain' })
  expect(form).toMatchObject({ status: 415, body: { errors: [{ extensions: { code: 'BAD_REQUEST' } }] } })
})

test('a page of another origin is refused, and one that is allowed gets its headers', async () => {
  const own = await startOwnService({ settings: { ALLOWED_ORIGINS: 'http://localhost:3000' } })
  const { browser } = await createUser(own)
  const foreign = await openStream(own.url, browser, { headers: { origin: 'https://evil.example' } })
  await foreign.waitForEnd()
  expect({ status: foreign.status, code: foreign.code }).toEqual({ status: 403, code: 'FORBIDDEN_ORIGIN' })
  const allowed = await openStream(own.url, browser, { headers: { origin: 'http://localhost:3000' } })
  expect(allowed).toMatchObject({
    status: 200,
    headers: {
      'access-control-allow-origin': 'http://localhost:3000',
      'access-control-allow-credentials': 'true',
    },
  })
})

test('a session may have three streams; one more is RATE_LIMITED until one of them is left', async () => {
  const { browser } = await createUser(service())
  const [first] = await Promise.all([1, 2, 3].map(() => openStream(service().url, browser)))
  const fourth = await openStream(service().url, browser)
  await fourth.waitForEnd()
  expect({ status: fourth.status, code: fourth.code }).toEqual({ status: 429, code: 'RATE_LIMITED' })
  expect(Number(fourth.headers['retry-after'])).toBeGreaterThan(0)
  first?.leave()
  await expect.poll(async () => (await openStream(service().url, browser)).status, { timeout: 30_000 }).toBe(200)
})

test('a user may have ten streams over all sessions', async () => {
  const { browser, email } = await createUser(service())
  const others = await Promise.all([1, 2, 3].map(() => openSignedInBrowser(service(), { email })))
  const perSession = [browser, ...others].flatMap((each) => [each, each, each]).slice(0, 11)
  const statuses: number[] = []
  for (const each of perSession) statuses.push((await openStream(service().url, each)).status)
  expect(statuses).toEqual([...Array.from({ length: 10 }, () => 200), 429])
})

test('the first bytes come at once, and a stream that tells nothing is pinged within 15 seconds', async () => {
  const { browser } = await createUser(service())
  const opened = performance.now()
  const stream = await openStream(service().url, browser)
  await expect.poll(() => stream.text, { timeout: 30_000 }).toBe(':\n\n:\n\n')
  expect(performance.now() - opened).toBeLessThan(15_000)
})
