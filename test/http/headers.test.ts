// OWASP ASVS 5.0, 3.4 and 4.1.1 (headers of an answer), 3.3.4 (the cookie stays unreadable).
import { expect, test } from 'vitest'
import type { Answer } from '../testkit/browser.ts'
import { logIn, signUp } from '../testkit/client.ts'
import { provideService, startOwnService } from '../testkit/fixtures.ts'
import { LIMITS_WITHOUT_DATABASE } from '../testkit/service.ts'

const service = provideService()

const HEADERS = {
  'content-security-policy': "default-src 'none';base-uri 'none';object-src 'none';frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
  'strict-transport-security': 'max-age=63072000; includeSubDomains',
  'cross-origin-resource-policy': 'same-origin',
}

function expectHeaders({ headers }: Answer) {
  expect(headers).toMatchObject(HEADERS)
  for (const name of ['x-powered-by', 'etag', 'last-modified', 'server']) expect(headers).not.toHaveProperty(name)
  expect(headers['content-type']).toMatch(/^application\/(graphql-response\+)?json; charset=utf-8$/)
}

const SPEC = { Accept: 'application/graphql-response+json' }

test.each<[number, string, () => Promise<Answer>]>([
  [200, 'data', () => service().openBrowser().gql('{ __typename }')],
  [200, 'a refusal', () => service().openBrowser().gql('{ me { id } }')],
  [200, 'the media type of the spec', () => service().openBrowser().gql('{ __typename }', {}, SPEC)],
  [200, 'signup', () => signUp(service().openBrowser(), { email: 'headers@example.com' })],
  [200, 'a login', () => logIn(service().openBrowser(), { email: 'headers@example.com' })],
  [200, 'life', () => service().openBrowser().get('/healthz')],
  [200, 'readiness', () => service().openBrowser().get('/readyz')],
  [400, 'a document that is wrong', () => service().openBrowser().gql('{')],
  [400, 'a body that is no JSON', () => service().openBrowser().post('/graphql', '{')],
  [401, 'an export to nobody', () => service().openBrowser().get('/account/export')],
  [403, 'a foreign origin', () => service().openBrowser().gql('{ me { id } }', {}, { Origin: 'https://evil.example' })],
  [404, 'no such path', () => service().openBrowser().get('/nothing')],
  [405, 'a method', () => service().openBrowser().get('/graphql')],
  [413, 'a body too large', () => service().openBrowser().post('/graphql', 'a'.repeat(40_000))],
  [415, 'another type', () => service().openBrowser().post('/graphql', 'x', { 'Content-Type': 'text/plain' })],
])('the security headers are the same for %d, %s', async (status, _name, ask) => {
  const answer = await ask()
  expect(answer.status).toBe(status)
  expectHeaders(answer)
})

test('the security headers are the same for 503', async () => {
  const service = await startOwnService({
    databaseUri: 'mongodb://127.0.0.1:9/none',
    limits: LIMITS_WITHOUT_DATABASE,
  })
  const answers = [await service.openBrowser().get('/readyz'), await logIn(service.openBrowser())]
  for (const answer of answers) {
    expect(answer.status).toBe(503)
    expectHeaders(answer)
  }
  expect(answers[0]?.body).toEqual({ status: 'unavailable' })
  expect(Number(answers[1]?.headers['retry-after'])).toBeGreaterThan(0)
})

test('pages and redirects have the strict headers, too', async () => {
  const { 'content-security-policy': _policy, ...others } = HEADERS
  for (const path of ['/', '/graphiql']) {
    const { headers } = await service().openBrowser().get(path)
    expect(headers).toMatchObject(others)
    expect(headers['content-security-policy']).toMatch(/^default-src 'none'.*frame-ancestors 'none'/)
    expect(headers).not.toHaveProperty('x-powered-by')
  }
})

test('conditional requests never get 304', async () => {
  const conditions = { 'If-None-Match': '*', 'If-Modified-Since': new Date(Date.now() + 1e9).toUTCString() }
  for (const path of ['/healthz', '/readyz'])
    expect((await service().openBrowser().get(path, conditions)).status).toBe(200)
  expect((await service().openBrowser().gql('{ __typename }', {}, conditions)).status).toBe(200)
})

test('an answer has the id of its request, which the log has, too, and never one that the client chose', async () => {
  const answer = await service().openBrowser().gql('{ __typename }', {}, { 'X-Request-Id': 'chosen' })
  const id = answer.headers['x-request-id']
  expect(id).toMatch(/^[0-9a-f-]{36}$/)
  expect(await service().waitForLog(({ event, requestId }) => event === 'request' && requestId === id)).toBeTruthy()
})

const PLAIN = 'application/json; charset=utf-8'
const OWN = 'application/graphql-response+json; charset=utf-8'

test.each([
  [undefined, PLAIN],
  ['*/*', PLAIN],
  ['application/*', PLAIN],
  ['application/json', PLAIN],
  ['text/html', PLAIN],
  ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', PLAIN],
  ['image/avif', PLAIN],
  ['nonsense', PLAIN],
  ['', PLAIN],
  ['application/graphql-response+json', OWN],
  ['APPLICATION/GRAPHQL-RESPONSE+JSON', OWN],
  ['application/graphql-response+json; charset=utf-8, application/json; charset=utf-8', OWN],
  ['application/graphql-response+json, application/json;q=0.9', OWN],
  ['application/graphql-response+json;q=0.5, application/json', PLAIN],
  ['application/json, application/graphql-response+json;q=0.9', PLAIN],
  ['application/json;q=0.5, application/graphql-response+json', OWN],
  ['application/graphql-response+json;q=0, */*', PLAIN],
])('the media type for Accept: %s is %s', async (accept, type) => {
  const headers = accept === undefined ? {} : { Accept: accept }
  for (const query of ['{ __typename }', '{', '{ nothing }', '{ me { id } }']) {
    const answer = await service().openBrowser().gql(query, {}, headers)
    expect(answer.headers['content-type']).toBe(type)
    expect(answer.status).toBe(query === '{' || query === '{ nothing }' ? 400 : 200)
  }
})

test('the media type changes nothing else of an answer: the bytes are the same', async () => {
  const [plain, own] = [
    await service().openBrowser().gql('{ nothing }'),
    await service().openBrowser().gql('{ nothing }', {}, SPEC),
  ]
  expect(own.text).toBe(plain.text)
})

test('an answer never shows the stack, the framework or paths of files, in development neither', async () => {
  const service = await startOwnService({ settings: { NODE_ENV: 'development' } })
  const browser = service.openBrowser()
  for (const answer of [
    await browser.post('/graphql', '{"query":'),
    await browser.post('/graphql', 'x', { 'Content-Type': 'application/json; charset=nonsense' }),
    await browser.gql('{ me { nothing } }'),
    await browser.gql('query ($a: Int!) { users(first: $a) { edges { cursor } } }', { a: 'x' }),
    await browser.get('/%E0%A4%A'),
  ]) {
    expect(answer.text).not.toMatch(/node_modules|\.ts|\.js|stacktrace|\bat \w+ \(|Apollo|Express|body-parser/)
  }
})

test('the value of the session cookie is in no body, no other header and no log line', async () => {
  const ada = service().openBrowser()
  await signUp(ada, { email: 'secret@example.com' })
  const [, id = ''] = /^s(?:%3A|:)([^.]+)\./.exec(ada.cookie ?? '') ?? []
  expect(id).toHaveLength(32)
  const everything =
    '{ session { id device { name address userAgent } expiresAt scopes user { id email } } sessions { id current } }'
  for (const answer of [await ada.gql(everything), await ada.gql('{ nothing }'), await ada.get('/account/export')]) {
    expect(answer.text + JSON.stringify(answer.headers)).not.toContain(id)
  }
  expect(JSON.stringify(service().log)).not.toContain(id)
})
