// What never becomes a request of Express (RFC 9112): the answer has the contract's shape, an id, and a line in the log.
import { connect } from 'node:net'
import { expect, test } from 'vitest'
import { provideService } from '../testkit/fixtures.ts'
import { buildRawRequest, exchangeRaw, readStatuses } from '../testkit/http/raw.ts'

const service = provideService()
const JSON_TYPE = 'Content-Type: application/json'
const BODY = '{"query":"{__typename}"}'

/** Reads the one answer in the text: its status, its id and its body. */
function readAnswer(text: string) {
  const [head = '', body = ''] = text.split('\r\n\r\n')
  return {
    statuses: readStatuses(text),
    requestId: /^x-request-id: (.*)$/im.exec(head)?.[1],
    isJson: /^content-type: application\/json; charset=utf-8$/im.test(head),
    isClosed: /^connection: close$/im.test(head),
    body: JSON.parse(body) as { errors: { message: string; extensions: { code: string } }[] },
  }
}

async function expectRefused(status: number, ...parts: string[]) {
  const text = await exchangeRaw(service().url, ...parts)
  const answer = readAnswer(text)
  expect(answer).toMatchObject({ statuses: [status], isJson: true, isClosed: true })
  expect(answer.body).toEqual({
    errors: [{ message: expect.stringMatching(/\.$/), extensions: { code: 'BAD_REQUEST' } }],
  })
  expect(text).not.toContain('canary')
  const line = await service().waitForLog(
    ({ event, requestId }) => event === 'request' && requestId === answer.requestId,
  )
  expect(line).toMatchObject({ status, outcome: 'BAD_REQUEST', userId: null })
  expect(JSON.stringify(service().log)).not.toContain('canary')
}

test.each([
  ['cookies over 16 KiB', 431, buildRawRequest('GET /healthz', [`Cookie: sid=canary${'a'.repeat(20_000)}`])],
  ['a path over 16 KiB', 431, buildRawRequest(`GET /canary${'a'.repeat(20_000)}`, [])],
  ['what is no HTTP', 400, 'canary\r\n\r\n'],
  ['TLS on a plain port', 400, '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03canary'],
  ['a header without a colon', 400, 'GET / HTTP/1.1\r\nHost: localhost\r\ncanary\r\n\r\n'],
  ['a space before a colon', 400, 'GET / HTTP/1.1\r\nHost : canary\r\n\r\n'],
  ['a folded header', 400, 'GET / HTTP/1.1\r\nHost: localhost\r\nX-A: b\r\n canary\r\n\r\n'],
  ['an unknown version', 400, 'GET / HTTP/9.9\r\nHost: canary\r\n\r\n'],
  ['an unknown method', 400, 'CANARY / HTTP/1.1\r\nHost: canary\r\n\r\n'],
  [
    'a size of a chunk that is none',
    400,
    `${buildRawRequest('POST /graphql', [JSON_TYPE, 'Transfer-Encoding: chunked'])}canary\r\n`,
  ],
  [
    'two lengths',
    400,
    `POST /graphql HTTP/1.1\r\nHost: localhost\r\n${JSON_TYPE}\r\nContent-Length: 24\r\nContent-Length: 25\r\n\r\n${BODY}`,
  ],
  [
    'a length and chunks',
    400,
    `POST /graphql HTTP/1.1\r\nHost: localhost\r\n${JSON_TYPE}\r\nContent-Length: 24\r\nTransfer-Encoding: chunked\r\n\r\n${BODY}`,
  ],
  ['a proxy’s CONNECT', 405, 'CONNECT canary:443 HTTP/1.1\r\nHost: canary\r\n\r\n'],
])('a request with %s is refused in the shape of the contract', async (_name, status, text) => {
  await expectRefused(status, text)
})

test('a request with two Host lines, or with none, is refused in the shape of the contract', async () => {
  for (const hosts of [['Host: localhost', 'Host: canary'], ['Host: localhost', 'Host: localhost'], []]) {
    await expectRefused(400, ['GET /healthz HTTP/1.1', ...hosts, 'Connection: close', '', ''].join('\r\n'))
  }
})

test('HTTP/1.0 needs no Host line', async () => {
  expect(readStatuses(await exchangeRaw(service().url, 'GET /healthz HTTP/1.0\r\n\r\n'))).toEqual([200])
})

test('an unknown expectation is ignored', async () => {
  expect(readStatuses(await exchangeRaw(service().url, buildRawRequest('GET /healthz', ['Expect: tea'])))).toEqual([
    200,
  ])
})

test('a refusal is never written into an answer in progress', async () => {
  const text = await exchangeRaw(
    service().url,
    buildRawRequest('GET /healthz', []).replace('close', 'keep-alive'),
    'canary\r\n\r\n',
  )
  expect(readStatuses(text)[0]).toBe(200)
  expect(text.split('HTTP/1.1 ')).toHaveLength(readStatuses(text).length + 1)
})

test('a client that is gone gets no log line of a refusal', async () => {
  const before = service().log.length
  const socket = connect(Number(new URL(service().url).port), '127.0.0.1')
  socket.on('error', () => {})
  await new Promise((resolve) => socket.write('GET /healthz HTTP/1.1\r\n', resolve))
  await service().openBrowser().get('/healthz')
  socket.resetAndDestroy()
  await service().openBrowser().get('/healthz')
  const lines = service()
    .log.slice(before)
    .filter(({ event }) => event === 'request')
  expect(lines.map(({ status }) => status)).toEqual([200, 200])
})

test.each([
  ['/graphql', 'POST'],
  ['/healthz', 'GET, HEAD'],
  ['/readyz', 'GET, HEAD'],
])('a method that is not served is answered with those that are: %s', async (path, allow) => {
  for (const method of ['TRACE', 'DELETE', 'OPTIONS', 'PROPFIND']) {
    const answer = await service().openBrowser().send(method, path)
    expect(answer).toMatchObject({
      status: 405,
      headers: { allow },
      body: { errors: [{ extensions: { code: 'BAD_REQUEST' } }] },
    })
  }
})

test('a method that is not served on an unknown path is 404', async () => {
  expect(await service().openBrowser().send('TRACE', '/nothing')).toMatchObject({ status: 404 })
})

test.each([
  ['[]', 400],
  ['[{"query":"{__typename}"}]', 400],
  ['{"query":1}', 400],
  ['{"query":"{__typename}","variables":"x"}', 400],
  ['{"query":"{__typename}","operationName":1}', 400],
  ['{"query":"{__typename}","extensions":[]}', 400],
  ['{}', 400],
  [`{"query":"query ($a: ${'['.repeat(6000)}Int${']'.repeat(6000)}) { __typename }"}`, 400],
  [`{"query":"{__typename}","variables":{"a":${'['.repeat(12_000)}${']'.repeat(12_000)}}}`, 200],
  [`{"query":"{__typename}","extensions":{"a":${'['.repeat(12_000)}${']'.repeat(12_000)}}}`, 200],
])('a failure before GraphQL is no success in the log: %.60s', async (body, status) => {
  const answer = await service().openBrowser().post('/graphql', body)
  expect(answer.status).toBe(status)
  const line = await service().waitForLog(({ requestId }) => requestId === answer.headers['x-request-id'])
  expect(line.outcome === 'ok').toBe(status === 200)
})

test('a log line cuts what the client writes at 100 characters', async () => {
  const name = 'a'.repeat(30_000)
  const browser = service().openBrowser()
  const answers = [await browser.gql(`query ${name} { __typename }`), await browser.get(`/${name.slice(0, 10_000)}`)]
  for (const answer of answers) {
    const line = await service().waitForLog(({ requestId }) => requestId === answer.headers['x-request-id'])
    expect(JSON.stringify(line).length).toBeLessThan(500)
  }
})

test('a log line has the path as it was requested, without its query', async () => {
  const answer = await service().openBrowser().get('/nothing/at/all?token=canary')
  const line = await service().waitForLog(({ requestId }) => requestId === answer.headers['x-request-id'])
  expect(line.path).toBe('/nothing/at/all')
})
