// OWASP ASVS 5.0, 3.5.3 (methods) and 4.2.1 (request smuggling).
import { connect } from 'node:net'
import { expect, test } from 'vitest'
import { getSignedInEmail, signUp } from '../testkit/client.ts'
import { provideService } from '../testkit/fixtures.ts'
import { buildRawRequest, exchangeRaw, readStatuses } from '../testkit/http/raw.ts'

const service = provideService()
const METHODS = ['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'QUERY', 'PROPFIND', 'TRACE']

test.each(METHODS)('%s on /graphql gets 405 and Allow: POST', async (method) => {
  const answer = await service().openBrowser().send(method, '/graphql')
  expect(answer.status).toBe(405)
  expect(answer.headers.allow).toBe('POST')
  if (method !== 'HEAD') expect(answer.body).toMatchObject({ errors: [{ extensions: { code: 'BAD_REQUEST' } }] })
})

test('a GET on /graphql changes nothing, whatever headers it has', async () => {
  const ada = service().openBrowser()
  await signUp(ada, { email: 'get@example.com' })
  const query = encodeURIComponent('mutation { logout { ended } }')
  for (const headers of [{}, { 'Apollo-Require-Preflight': '1' }, { 'Content-Type': 'application/json' }]) {
    const answer = await ada.get(`/graphql?query=${query}`, headers)
    expect(answer).toMatchObject({ status: 405, setCookie: [], headers: { allow: 'POST' } })
  }
  expect(await getSignedInEmail(ada)).toBe('get@example.com')
})

test.each(['text/plain', 'x', 'message/rfc822', 'application/graphql'])(
  'a GET on /graphql of type %s is refused',
  async (type) => {
    const answer = await service().openBrowser().get('/graphql?query={__typename}', { 'Content-Type': type })
    expect(answer.status).toBe(405)
  },
)

test('a POST on /graphql takes no operation from the query string', async () => {
  const answer = await service().openBrowser().post('/graphql?query={__typename}', {})
  expect(answer.status).toBe(400)
  expect(await service().openBrowser().post('/graphql?query={nothing}', { query: '{ __typename }' })).toMatchObject({
    status: 200,
    body: { data: { __typename: 'Query' } },
  })
})

test('a header that overrides the method is ignored', async () => {
  const headers = { 'X-HTTP-Method-Override': 'DELETE', 'X-Method-Override': 'GET' }
  expect((await service().openBrowser().gql('{ __typename }', {}, headers)).status).toBe(200)
})

test.each([
  '/nothing',
  '/graphql/',
  '/GraphQL',
  '/graphql/stream/nothing',
  '/graphqlx',
  '/./graphql/x',
  '/healthz/',
  '/Healthz',
  '/readyz/x',
  '/.env',
  '/package.json',
  '/src/main.ts',
  '/%2e%2e/package.json',
  '/..%2f..%2fetc%2fpasswd',
  '/.data/mongodb.uri',
  '/favicon.ico',
  '/admin',
  '/%E0%A4%A',
  '/a%00b',
])('there is nothing at %s: 404 as JSON', async (path) => {
  for (const method of ['GET', 'POST', 'DELETE']) {
    const answer = await service()
      .openBrowser()
      .send(method, path, method === 'POST' ? {} : undefined)
    expect(answer).toMatchObject({ status: 404, body: { errors: [{ extensions: { code: 'NOT_FOUND' } }] } })
    expect(answer.headers['content-type']).toBe('application/json; charset=utf-8')
  }
})

test.each(['/healthz', '/readyz'])('%s answers GET and HEAD only', async (path) => {
  const browser = service().openBrowser()
  const word = path === '/healthz' ? 'ok' : 'ready'
  expect(await browser.get(path)).toMatchObject({ status: 200, body: { status: word }, setCookie: [] })
  expect(await browser.send('HEAD', path)).toMatchObject({ status: 200, text: '' })
  for (const method of ['POST', 'PUT', 'DELETE']) {
    expect([404, 405]).toContain((await browser.send(method, path)).status)
  }
})

test('a TRACE is never mirrored', async () => {
  const answer = await service().openBrowser().send('TRACE', '/nothing', undefined, { Cookie: 'sid=canary-4711' })
  expect([404, 405]).toContain(answer.status)
  expect(answer.text).not.toContain('canary')
})

const body = '{"query":"{__typename}"}'
const json = 'Content-Type: application/json'

test.each([
  ['two lengths', ['Content-Length: 24', 'Content-Length: 25']],
  ['a length and chunks', ['Content-Length: 24', 'Transfer-Encoding: chunked']],
  ['an unknown coding', ['Transfer-Encoding: chunked, identity']],
  ['a length that is no number', ['Content-Length: +24']],
])('a request with %s is refused with 400, and answered once', async (_name, headers) => {
  const head = ['POST /graphql HTTP/1.1', 'Host: localhost', json, ...headers, '', '']
  const text = await exchangeRaw(service().url, head.join('\r\n'), body)
  expect(readStatuses(text)).toEqual([400])
})

test('headers of more than 16 KiB are refused with 431, and the service goes on', async () => {
  const text = await exchangeRaw(service().url, buildRawRequest('GET /healthz', [`X-Long: ${'a'.repeat(20_000)}`]))
  expect(readStatuses(text)).toEqual([431])
  expect((await service().openBrowser().get('/healthz')).status).toBe(200)
})

test('the service goes on when a client leaves in the middle of its body', async () => {
  const half = ['POST /graphql HTTP/1.1', 'Host: localhost', json, 'Content-Length: 24', '', '{"query":'].join('\r\n')
  const seen = service().waitForLog(
    ({ event, path, status }) => event === 'request' && path === '/graphql' && status === 400,
  )
  const socket = connect(Number(new URL(service().url).port), '127.0.0.1')
  socket.end(half)
  expect(await seen).toMatchObject({ method: 'POST' })
  expect((await service().openBrowser().gql('{ __typename }')).status).toBe(200)
})

test('a body may come in chunks, one byte at a time', async () => {
  const chunks = [...body].map((byte) => `1\r\n${byte}\r\n`).join('')
  const head = ['POST /graphql HTTP/1.1', 'Host: localhost', json, 'Connection: close', 'Transfer-Encoding: chunked']
  const text = await exchangeRaw(service().url, `${head.join('\r\n')}\r\n\r\n`, `${chunks}0\r\n\r\n`)
  expect(readStatuses(text)).toEqual([200])
  expect(text).toContain('{"data":{"__typename":"Query"}}')
})

test('two Content-Type headers are refused, in either order and even when they agree', async () => {
  for (const types of [
    ['application/json', 'text/plain'],
    ['text/plain', 'application/json'],
    ['application/json', 'application/json'],
  ]) {
    const headers = types.map((type) => `Content-Type: ${type}`)
    expect(readStatuses(await exchangeRaw(service().url, buildRawRequest('POST /graphql', headers, body)))).toEqual([
      415,
    ])
  }
})

test('a websocket upgrade is answered like any other GET', async () => {
  const upgrade = ['Upgrade: websocket', 'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==', 'Sec-WebSocket-Version: 13']
  const text = await exchangeRaw(
    service().url,
    buildRawRequest('GET /graphql', upgrade).replace('close', 'close, Upgrade'),
  )
  expect(readStatuses(text)).toEqual([405])
})
