import { connect } from 'node:net'
import { describe, expect, test } from 'vitest'
import { getSignedInEmail, signUp } from '../testkit/client.ts'
import { provideService } from '../testkit/fixtures.ts'
import { buildRawRequest, exchangeRaw, readStatuses } from '../testkit/http/raw.ts'

const service = provideService()
const METHODS = ['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'QUERY', 'PROPFIND', 'TRACE']

describe('/graphql', () => {
  test.each(METHODS)('3.5.3: answers %s with 405 and Allow: POST', async (method) => {
    const answer = await service().openBrowser().send(method, '/graphql')
    expect(answer.status).toBe(405)
    expect(answer.headers.allow).toBe('POST')
    if (method !== 'HEAD') expect(answer.body).toMatchObject({ errors: [{ extensions: { code: 'BAD_REQUEST' } }] })
  })

  test('B-18, B-19: changes nothing for a GET, whatever headers it has', async () => {
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
    'B-20: refuses a GET of type %s',
    async (type) => {
      const answer = await service().openBrowser().get('/graphql?query={__typename}', { 'Content-Type': type })
      expect(answer.status).toBe(405)
    },
  )

  test('takes no operation from the query string of a POST', async () => {
    const answer = await service().openBrowser().post('/graphql?query={__typename}', {})
    expect(answer.status).toBe(400)
    expect(await service().openBrowser().post('/graphql?query={nothing}', { query: '{ __typename }' })).toMatchObject({
      status: 200,
      body: { data: { __typename: 'Query' } },
    })
  })

  test('takes no other method in place of the real one', async () => {
    const headers = { 'X-HTTP-Method-Override': 'DELETE', 'X-Method-Override': 'GET' }
    expect((await service().openBrowser().gql('{ __typename }', {}, headers)).status).toBe(200)
  })
})

describe('every other path', () => {
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
  ])('has nothing at %s: 404 as JSON', async (path) => {
    for (const method of ['GET', 'POST', 'DELETE']) {
      const answer = await service()
        .openBrowser()
        .send(method, path, method === 'POST' ? {} : undefined)
      expect(answer).toMatchObject({ status: 404, body: { errors: [{ extensions: { code: 'NOT_FOUND' } }] } })
      expect(answer.headers['content-type']).toBe('application/json; charset=utf-8')
    }
  })

  test.each(['/healthz', '/readyz'])('serves %s by GET and HEAD only', async (path) => {
    const somebody = service().openBrowser()
    const word = path === '/healthz' ? 'ok' : 'ready'
    expect(await somebody.get(path)).toMatchObject({ status: 200, body: { status: word }, setCookie: [] })
    expect(await somebody.send('HEAD', path)).toMatchObject({ status: 200, text: '' })
    for (const method of ['POST', 'PUT', 'DELETE']) {
      expect([404, 405]).toContain((await somebody.send(method, path)).status)
    }
  })

  test('never mirrors a TRACE', async () => {
    const answer = await service().openBrowser().send('TRACE', '/nothing', undefined, { Cookie: 'sid=canary-4711' })
    expect([404, 405]).toContain(answer.status)
    expect(answer.text).not.toContain('canary')
  })
})

describe('on the wire', () => {
  const body = '{"query":"{__typename}"}'
  const json = 'Content-Type: application/json'

  test.each([
    ['two lengths', ['Content-Length: 24', 'Content-Length: 25']],
    ['a length and chunks', ['Content-Length: 24', 'Transfer-Encoding: chunked']],
    ['an unknown coding', ['Transfer-Encoding: chunked, identity']],
    ['a length that is no number', ['Content-Length: +24']],
  ])('4.2.1: refuses %s with 400, and answers once', async (_name, headers) => {
    const head = ['POST /graphql HTTP/1.1', 'Host: localhost', json, ...headers, '', '']
    const text = await exchangeRaw(service().url, head.join('\r\n'), body)
    expect(readStatuses(text)).toEqual([400])
  })

  test('refuses headers beyond 16 KiB with 431, and lives', async () => {
    const text = await exchangeRaw(service().url, buildRawRequest('GET /healthz', [`X-Long: ${'a'.repeat(20_000)}`]))
    expect(readStatuses(text)).toEqual([431])
    expect((await service().openBrowser().get('/healthz')).status).toBe(200)
  })

  test('lives on when a client leaves in the middle of its body', async () => {
    const half = ['POST /graphql HTTP/1.1', 'Host: localhost', json, 'Content-Length: 24', '', '{"query":'].join('\r\n')
    const seen = service().waitForLog(
      ({ event, path, status }) => event === 'request' && path === '/graphql' && status === 400,
    )
    const socket = connect(Number(new URL(service().url).port), '127.0.0.1')
    socket.end(half)
    expect(await seen).toMatchObject({ method: 'POST' })
    expect((await service().openBrowser().gql('{ __typename }')).status).toBe(200)
  })

  test('reads a body that comes in chunks, and one byte at a time', async () => {
    const chunks = [...body].map((byte) => `1\r\n${byte}\r\n`).join('')
    const head = ['POST /graphql HTTP/1.1', 'Host: localhost', json, 'Connection: close', 'Transfer-Encoding: chunked']
    const text = await exchangeRaw(service().url, `${head.join('\r\n')}\r\n\r\n`, `${chunks}0\r\n\r\n`)
    expect(readStatuses(text)).toEqual([200])
    expect(text).toContain('{"data":{"__typename":"Query"}}')
  })

  test('3.5.2: refuses two Content-Type headers, in either order and even when they agree', async () => {
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

  test('answers a websocket that knocks like any other GET', async () => {
    const upgrade = ['Upgrade: websocket', 'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==', 'Sec-WebSocket-Version: 13']
    const text = await exchangeRaw(
      service().url,
      buildRawRequest('GET /graphql', upgrade).replace('close', 'close, Upgrade'),
    )
    expect(readStatuses(text)).toEqual([405])
  })
})
