// OWASP ASVS 5.0, 3.5.2: a request that changes something cannot be sent by a form or as a simple request of another site.
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { provideService } from '../testkit/fixtures.ts'
import { buildRawRequest, exchangeRaw, readStatuses } from '../testkit/http/raw.ts'

const service = provideService()
const CANARY = 'canary-hunter2'
const query = '{ __typename }'
const body = JSON.stringify({ query, variables: { canary: CANARY } })

const post = (payload: string | Uint8Array, headers: Record<string, string | string[]> = {}) =>
  service().openBrowser().post('/graphql', payload, headers)

/** Expects a refusal before GraphQL, as JSON in GraphQL's shape, that repeats nothing of what was sent. */
async function expectRefused(status: number, payload: string | Uint8Array, headers: Record<string, string> = {}) {
  const answer = await post(payload, headers)
  expect(answer).toMatchObject({ status, setCookie: [], body: { errors: [{ extensions: { code: 'BAD_REQUEST' } }] } })
  expect(answer.headers['content-type']).toMatch(/^application\/(graphql-response\+)?json; charset=utf-8$/)
  expect(answer.text).not.toContain('canary')
  expect(JSON.stringify(service().log)).not.toContain('canary')
}

test.each([
  'application/json',
  'APPLICATION/JSON',
  'Application/Json; Charset=UTF-8',
  'application/json;charset=utf-8',
  'application/json; charset="utf-8"',
  'application/json ; charset=utf-8 ',
  'application/json;charset=utf8',
  'application/json; charset="UTF-8"',
  'application/json; charset=Utf8',
  'application/json;\tcharset="utf8";',
  'application/json;',
])('the type of a body may be %j', async (type) => {
  expect(await post(body, { 'Content-Type': type })).toMatchObject({
    status: 200,
    body: { data: { __typename: 'Query' } },
  })
})

test.each([
  'text/plain',
  'text/plain;charset=UTF-8',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  'multipart/form-data; boundary=application/json',
  'text/plain; application/json',
  'application/json, text/plain',
  'text/plain, application/json',
  'application/jsonx',
  'application/json+x',
  'application/json/',
  'xapplication/json',
  'application/graphql',
  'application/graphql-response+json',
  'application/graphql+json',
  'application/json; charset=utf-16',
  'application/json; charset=utf-16le',
  'application/json; charset=utf-32',
  'application/json; charset=utf-7',
  'application/json; charset=iso-8859-1',
  'application/json; charset=us-ascii',
  'application/json; charset=nonsense',
  'application/json; charset=utf-8; charset=utf-16',
  'application/json; charset=utf-16; charset=utf-8',
  'application/json; charset=',
  'application/json; boundary=x',
  'text/json',
  '*/*',
  'json',
  '',
  ';',
])('a body of type %j is refused with 415', async (type) => {
  await expectRefused(415, body, { 'Content-Type': type })
})

test('a body without a type is refused, as a Blob sends it', async () => {
  const text = await exchangeRaw(service().url, buildRawRequest('POST /graphql', [], body))
  expect(readStatuses(text)).toEqual([415])
})

test('a form that holds JSON is refused', async () => {
  await expectRefused(415, `${body.slice(0, -1)},"x":"="}`, { 'Content-Type': 'text/plain' })
  await expectRefused(415, `query=${query}&canary=1`, { 'Content-Type': 'application/x-www-form-urlencoded' })
})

test.each(['gzip', 'deflate', 'br', 'x-gzip', 'gzip, gzip', 'identity, gzip', 'compress', 'nonsense'])(
  'a compressed body (%s) is refused with 415',
  async (encoding) => {
    await expectRefused(415, gzipSync(body), { 'Content-Encoding': encoding })
    await expectRefused(415, body, { 'Content-Encoding': encoding })
  },
)

test('a body is read as UTF-8 only: UTF-16 under the name of JSON is refused', async () => {
  await expectRefused(400, Buffer.from(`\ufeff${body}`, 'utf16le'))
  await expectRefused(415, Buffer.from(body, 'utf16le'), { 'Content-Type': 'application/json; charset=utf-16' })
})

const buildBody = (...bytes: number[]) =>
  Buffer.concat([Buffer.from(`{"query":"${query} #canary`), Buffer.from(bytes), Buffer.from('"}')])

test.each([
  ['ff fe', [0xff, 0xfe]],
  ['an overlong slash', [0xc0, 0xaf]],
  ['an overlong NUL', [0xc0, 0x80]],
  ['a surrogate (CESU-8)', [0xed, 0xa0, 0x80]],
  ['a CESU-8 pair', [0xed, 0xa0, 0xbd, 0xed, 0xb8, 0x80]],
  ['a cut sequence', [0xe2, 0x82]],
  ['a lone continuation', [0x80]],
  ['beyond Unicode', [0xf4, 0x90, 0x80, 0x80]],
  ['Latin-1', [0xe9]],
])('a body that is not UTF-8 is refused with 400: %s', async (_name, bytes) => {
  await expectRefused(400, buildBody(...bytes))
})

test('a body may hold any UTF-8', async () => {
  expect((await post(buildBody(...Buffer.from(' é 漢 😀 ', 'utf8')))).status).toBe(200)
})

test('a body may begin with one byte order mark', async () => {
  expect((await post(`\ufeff${body}`)).status).toBe(200)
  await expectRefused(400, `\ufeff\ufeff${body}`)
})

test('a body may have 32 KiB, and one byte more is refused with 413', async () => {
  const frame = JSON.stringify({ query: `${query} #` })
  const sized = (bytes: number) => frame.replace('#', `#${'a'.repeat(bytes - frame.length)}`)
  expect((await post(sized(32 * 1024))).status).toBe(200)
  await expectRefused(413, sized(32 * 1024 + 1))
  await expectRefused(413, `${sized(32 * 1024)}${' '.repeat(200_000)}`)
})

test('the size of a body is counted in bytes, and in chunks as well', async () => {
  await expectRefused(413, JSON.stringify({ query: `${query} #${'é'.repeat(17_000)}` }))
  const chunk = `4000\r\n${'a'.repeat(0x4000)}\r\n`
  const head = ['POST /graphql HTTP/1.1', 'Host: localhost', 'Content-Type: application/json']
  const text = await exchangeRaw(
    service().url,
    `${[...head, 'Connection: close', 'Transfer-Encoding: chunked'].join('\r\n')}\r\n\r\n`,
    `${chunk.repeat(3)}0\r\n\r\n`,
  )
  expect(readStatuses(text)).toEqual([413])
})

test('a password of 1 MiB is refused by its size, before anything is hashed', async () => {
  const input = { email: 'ada@example.com', password: 'canary'.repeat(180_000) }
  const mutation = 'mutation ($input: LoginInput!) { login(input: $input) { __typename } }'
  await expectRefused(413, JSON.stringify({ query: mutation, variables: { input } }))
})

test.each([
  ['nothing', ''],
  ['a space', ' '],
  ['half an object', '{"query":"canary'],
  ['no JSON', 'NONSENSE canary'],
  ['JavaScript', "{query:'canary'}"],
  ['two objects', `${body}${body}`],
  ['a comma too many', '{"query":"{canary}",}'],
  ['a primitive: null', 'null'],
  ['a primitive: true', 'true'],
  ['a primitive: a number', '4711'],
  ['a primitive: a text', '"canary"'],
  ['an empty array', '[]'],
  ['an array of one operation (B-03)', `[${body}]`],
  ['an array of ten operations (B-03)', `[${Array(10).fill(body).join(',')}]`],
  ['a nested array (B-03)', `[[${body}]]`],
  ['deep arrays', `${'['.repeat(15_000)}${']'.repeat(15_000)}`],
  ['deep objects', `${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}`],
  ['an empty object', '{}'],
  ['no query', '{"variables":{"canary":1}}'],
  ['an empty query', '{"query":""}'],
  ['a query that is null', '{"query":null}'],
  ['a query that is a number', '{"query":4711}'],
  ['a query that is a list', '{"query":["{ canary }"]}'],
  ['a query that is an object', '{"query":{"canary":1}}'],
  ['variables that are a text', `{"query":"${query}","variables":"canary"}`],
  ['variables that are a list', `{"query":"${query}","variables":["canary"]}`],
  ['variables that are a number', `{"query":"${query}","variables":4711}`],
  ['an operation name that is a number', `{"query":"${query}","operationName":4711}`],
  ['an operation name that is an object', `{"query":"${query}","operationName":{"canary":1}}`],
  ['extensions that are a text', `{"query":"${query}","extensions":"canary"}`],
  ['extensions that are a list', `{"query":"${query}","extensions":["canary"]}`],
])('a body of %s is refused with 400', async (_name, payload) => {
  await expectRefused(400, payload)
})

test('a body may have null for what is left out, and unknown keys', async () => {
  const payload = JSON.stringify({ query, variables: null, operationName: null, extensions: null, canary: 1 })
  expect((await post(payload)).status).toBe(200)
})

test('a body is never merged into an object of the service', async () => {
  const polluting = `{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"query":"${query}","variables":{"__proto__":{"polluted":1}},"extensions":{"__proto__":{"polluted":1}}}`
  expect((await post(polluting)).status).toBe(200)
  expect(({} as Record<string, unknown>).polluted).toBeUndefined()
})

test('a document may consist of comments, commas and marks up to the size of a body', async () => {
  for (const filler of ['#'.repeat(30_000), ','.repeat(30_000), '\ufeff'.repeat(9000)]) {
    expect((await post(JSON.stringify({ query: `${filler}\n${query}` }))).status).toBe(200)
  }
})
