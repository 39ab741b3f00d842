import { connect } from 'node:net'
import { describe, expect, it } from 'vitest'
import { sharedService } from '../testkit/lend.ts'
import { signUp, whoIs } from '../testkit/people.ts'
import { exchangeRaw, rawRequest, statusesIn } from '../testkit/raw.ts'

const service = sharedService()
const METHODS = ['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'QUERY', 'PROPFIND', 'TRACE']

describe('/graphql', () => {
  it.each(METHODS)('3.5.3: answers %s with 405 and Allow: POST', async (method) => {
    const answer = await service().browser().send(method, '/graphql')
    expect(answer.status).toBe(405)
    expect(answer.headers.allow).toBe('POST')
    if (method !== 'HEAD') expect(answer.body).toMatchObject({ errors: [{ extensions: { code: 'BAD_REQUEST' } }] })
  })

  it('B-18, B-19: changes nothing for a GET, whatever headers it has', async () => {
    const ada = service().browser()
    await signUp(ada, 'get@example.com')
    const query = encodeURIComponent('mutation { logout { ended } }')
    for (const headers of [{}, { 'Apollo-Require-Preflight': '1' }, { 'Content-Type': 'application/json' }]) {
      const answer = await ada.get(`/graphql?query=${query}`, headers)
      expect(answer).toMatchObject({ status: 405, setCookie: [], headers: { allow: 'POST' } })
    }
    expect(await whoIs(ada)).toBe('get@example.com')
  })

  it.each(['text/plain', 'x', 'message/rfc822', 'application/graphql'])(
    'B-20: refuses a GET of type %s',
    async (type) => {
      const answer = await service().browser().get('/graphql?query={__typename}', { 'Content-Type': type })
      expect(answer.status).toBe(405)
    },
  )

  it('takes no operation from the query string of a POST', async () => {
    const answer = await service().browser().post('/graphql?query={__typename}', {})
    expect(answer.status).toBe(400)
    expect(await service().browser().post('/graphql?query={nothing}', { query: '{ __typename }' })).toMatchObject({
      status: 200,
      body: { data: { __typename: 'Query' } },
    })
  })

  it('takes no other method in place of the real one', async () => {
    const headers = { 'X-HTTP-Method-Override': 'DELETE', 'X-Method-Override': 'GET' }
    expect((await service().browser().gql('{ __typename }', {}, headers)).status).toBe(200)
  })
})

describe('every other path', () => {
  it.each([
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
        .browser()
        .send(method, path, method === 'POST' ? {} : undefined)
      expect(answer).toMatchObject({ status: 404, body: { errors: [{ extensions: { code: 'NOT_FOUND' } }] } })
      expect(answer.headers['content-type']).toBe('application/json; charset=utf-8')
    }
  })

  it.each(['/healthz', '/readyz'])('serves %s by GET and HEAD only', async (path) => {
    const somebody = service().browser()
    const word = path === '/healthz' ? 'ok' : 'ready'
    expect(await somebody.get(path)).toMatchObject({ status: 200, body: { status: word }, setCookie: [] })
    expect(await somebody.send('HEAD', path)).toMatchObject({ status: 200, text: '' })
    for (const method of ['POST', 'PUT', 'DELETE']) {
      expect([404, 405]).toContain((await somebody.send(method, path)).status)
    }
  })

  it('never mirrors a TRACE', async () => {
    const answer = await service().browser().send('TRACE', '/nothing', undefined, { Cookie: 'sid=canary-4711' })
    expect([404, 405]).toContain(answer.status)
    expect(answer.text).not.toContain('canary')
  })
})

describe('on the wire', () => {
  const body = '{"query":"{__typename}"}'
  const json = 'Content-Type: application/json'

  it.each([
    ['two lengths', ['Content-Length: 24', 'Content-Length: 25']],
    ['a length and chunks', ['Content-Length: 24', 'Transfer-Encoding: chunked']],
    ['an unknown coding', ['Transfer-Encoding: chunked, identity']],
    ['a length that is no number', ['Content-Length: +24']],
  ])('4.2.1: refuses %s with 400, and answers once', async (_name, headers) => {
    const head = ['POST /graphql HTTP/1.1', 'Host: localhost', json, ...headers, '', '']
    const text = await exchangeRaw(service().url, head.join('\r\n'), body)
    expect(statusesIn(text)).toEqual([400])
  })

  it('refuses headers beyond 16 KiB with 431, and lives', async () => {
    const text = await exchangeRaw(service().url, rawRequest('GET /healthz', [`X-Long: ${'a'.repeat(20_000)}`]))
    expect(statusesIn(text)).toEqual([431])
    expect((await service().browser().get('/healthz')).status).toBe(200)
  })

  it('lives on when a client leaves in the middle of its body', async () => {
    const half = ['POST /graphql HTTP/1.1', 'Host: localhost', json, 'Content-Length: 24', '', '{"query":'].join('\r\n')
    const seen = service().logged(
      ({ event, path, status }) => event === 'request' && path === '/graphql' && status === 400,
    )
    const socket = connect(Number(new URL(service().url).port), '127.0.0.1')
    socket.end(half)
    expect(await seen).toMatchObject({ method: 'POST' })
    expect((await service().browser().gql('{ __typename }')).status).toBe(200)
  })

  it('reads a body that comes in chunks, and one byte at a time', async () => {
    const chunks = [...body].map((byte) => `1\r\n${byte}\r\n`).join('')
    const head = ['POST /graphql HTTP/1.1', 'Host: localhost', json, 'Connection: close', 'Transfer-Encoding: chunked']
    const text = await exchangeRaw(service().url, `${head.join('\r\n')}\r\n\r\n`, `${chunks}0\r\n\r\n`)
    expect(statusesIn(text)).toEqual([200])
    expect(text).toContain('{"data":{"__typename":"Query"}}')
  })

  it('3.5.2: refuses two Content-Type headers, in either order and even when they agree', async () => {
    for (const types of [
      ['application/json', 'text/plain'],
      ['text/plain', 'application/json'],
      ['application/json', 'application/json'],
    ]) {
      const headers = types.map((type) => `Content-Type: ${type}`)
      expect(statusesIn(await exchangeRaw(service().url, rawRequest('POST /graphql', headers, body)))).toEqual([415])
    }
  })

  it('answers a websocket that knocks like any other GET', async () => {
    const upgrade = ['Upgrade: websocket', 'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==', 'Sec-WebSocket-Version: 13']
    const text = await exchangeRaw(
      service().url,
      rawRequest('GET /graphql', upgrade).replace('close', 'close, Upgrade'),
    )
    expect(statusesIn(text)).toEqual([405])
  })
})
