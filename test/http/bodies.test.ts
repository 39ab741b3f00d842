import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { provideService } from '../testkit/fixtures.ts'
import { buildRawRequest, exchangeRaw, readStatuses } from '../testkit/http/raw.ts'

const service = provideService()
const CANARY = 'canary-hunter2'
const query = '{ __typename }'
const body = JSON.stringify({ query, variables: { canary: CANARY } })

const post = (payload: string | Uint8Array, headers: Record<string, string | string[]> = {}) =>
  service().openBrowser().post('/graphql', payload, headers)

/** Refused before GraphQL: as JSON in GraphQL's shape, and without a word of what was sent. */
async function expectRefused(status: number, payload: string | Uint8Array, headers: Record<string, string> = {}) {
  const answer = await post(payload, headers)
  expect(answer).toMatchObject({ status, setCookie: [], body: { errors: [{ extensions: { code: 'BAD_REQUEST' } }] } })
  expect(answer.headers['content-type']).toMatch(/^application\/(graphql-response\+)?json; charset=utf-8$/)
  expect(answer.text).not.toContain('canary')
  expect(JSON.stringify(service().log)).not.toContain('canary')
}

describe('the type of a body', () => {
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
  ])('may be %j', async (type) => {
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
  ])('B-21, B-24, 3.5.2: may not be %j: 415', async (type) => {
    await expectRefused(415, body, { 'Content-Type': type })
  })

  test('B-21: may not be left out, as a Blob without a type does', async () => {
    const text = await exchangeRaw(service().url, buildRawRequest('POST /graphql', [], body))
    expect(readStatuses(text)).toEqual([415])
  })

  test('B-21: takes no form that holds JSON', async () => {
    await expectRefused(415, `${body.slice(0, -1)},"x":"="}`, { 'Content-Type': 'text/plain' })
    await expectRefused(415, `query=${query}&canary=1`, { 'Content-Type': 'application/x-www-form-urlencoded' })
  })

  test.each(['gzip', 'deflate', 'br', 'x-gzip', 'gzip, gzip', 'identity, gzip', 'compress', 'nonsense'])(
    'B-24: may not be compressed (%s): 415',
    async (encoding) => {
      await expectRefused(415, gzipSync(body), { 'Content-Encoding': encoding })
      await expectRefused(415, body, { 'Content-Encoding': encoding })
    },
  )

  test('is read in the one way it was sent: UTF-16 under the name of JSON is no UTF-8', async () => {
    await expectRefused(400, Buffer.from(`\ufeff${body}`, 'utf16le'))
    await expectRefused(415, Buffer.from(body, 'utf16le'), { 'Content-Type': 'application/json; charset=utf-16' })
  })
})

describe('the bytes of a body', () => {
  const withBytes = (...bytes: number[]) =>
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
  ])('D-15: must be UTF-8: %s gives 400', async (_name, bytes) => {
    await expectRefused(400, withBytes(...bytes))
  })

  test('may be any UTF-8', async () => {
    expect((await post(withBytes(...Buffer.from(' é 漢 😀 ', 'utf8')))).status).toBe(200)
  })

  test('D-15: may begin with a byte order mark, which is no part of the text', async () => {
    expect((await post(`\ufeff${body}`)).status).toBe(200)
    await expectRefused(400, `\ufeff\ufeff${body}`)
  })

  test('may be 32 KiB, and not one more: 413', async () => {
    const frame = JSON.stringify({ query: `${query} #` })
    const sized = (bytes: number) => frame.replace('#', `#${'a'.repeat(bytes - frame.length)}`)
    expect((await post(sized(32 * 1024))).status).toBe(200)
    await expectRefused(413, sized(32 * 1024 + 1))
    await expectRefused(413, `${sized(32 * 1024)}${' '.repeat(200_000)}`)
  })

  test('counts bytes, not characters, and chunks as well', async () => {
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

  test('D-13: a password of 1 MiB is refused by its size, before anything is hashed', async () => {
    const input = { email: 'ada@example.com', password: 'canary'.repeat(180_000) }
    const mutation = 'mutation ($input: LoginInput!) { login(input: $input) { __typename } }'
    await expectRefused(413, JSON.stringify({ query: mutation, variables: { input } }))
  })
})

describe('what a body holds', () => {
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
  ])('gives 400 for %s', async (_name, payload) => {
    await expectRefused(400, payload)
  })

  test('may hold null where a value is left out, and keys that nobody knows', async () => {
    const payload = JSON.stringify({ query, variables: null, operationName: null, extensions: null, canary: 1 })
    expect((await post(payload)).status).toBe(200)
  })

  test('D-18: is never merged into anything', async () => {
    const polluting = `{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"query":"${query}","variables":{"__proto__":{"polluted":1}},"extensions":{"__proto__":{"polluted":1}}}`
    expect((await post(polluting)).status).toBe(200)
    expect(({} as Record<string, unknown>).polluted).toBeUndefined()
  })

  test('B-16: may be all comments, commas and marks', async () => {
    for (const filler of ['#'.repeat(30_000), ','.repeat(30_000), '\ufeff'.repeat(9000)]) {
      expect((await post(JSON.stringify({ query: `${filler}\n${query}` }))).status).toBe(200)
    }
  })
})
