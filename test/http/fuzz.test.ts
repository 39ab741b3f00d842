// Whatever bytes a client sends, the service answers in JSON or hangs up, and goes on.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { provideService } from '../testkit/fixtures.ts'
import { exchangeRaw, readStatuses } from '../testkit/http/raw.ts'

const service = provideService()
const RUNS = { numRuns: 150, endOnFailure: true }

/** Expects that every answer in the text is JSON with a status below 500, or one of the pages. */
function expectAnswers(text: string) {
  for (const status of readStatuses(text)) expect(status).toBeLessThan(500)
  for (const part of text.split(/(?=HTTP\/1\.1 \d{3})/)) {
    if (part === '' || /^content-type: text\/html/im.test(part) || /^HTTP\/1\.1 30\d/.test(part)) continue
    const [head = '', body = ''] = part.split('\r\n\r\n')
    expect(head).toMatch(/^HTTP\/1\.1 \d{3} /)
    if (!/^transfer-encoding/im.test(head) && body !== '') expect(() => JSON.parse(body)).not.toThrow()
  }
}

async function send(...parts: (string | Uint8Array)[]) {
  // The last request closes what is still open then.
  const text = await exchangeRaw(service().url, ...parts, '\r\n\r\nGET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n')
  expectAnswers(text)
  return text
}

const isAlive = async () => expect((await service().openBrowser().get('/healthz')).status).toBe(200)

const word = fc.constantFrom(
  ...[
    'GET',
    'POST',
    'TRACE',
    'CONNECT',
    'OPTIONS',
    '/graphql',
    '/healthz',
    '/',
    '*',
    'http://x/',
    'HTTP/1.1',
    'HTTP/1.0',
  ],
  ...['Host: x', 'Content-Length: 3', 'Content-Length: -1', 'Transfer-Encoding: chunked', 'Expect: 100-continue'],
  ...[
    'Content-Type: application/json',
    'Cookie: sid=s:a.b',
    'Upgrade: h2c',
    'Connection: upgrade',
    '{"query":"{me{id}}"}',
  ],
  ...[' ', '\r\n', '\n', '\r\n\r\n', ':', ';', '0\r\n\r\n', '5\r\nabcde\r\n', '\u0000', '\u00ff'],
)

test('bytes of any kind are answered in JSON, and never with a failure', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), (bytes) => send(bytes).then(() => {})),
    RUNS,
  )
  await isAlive()
})

test('pieces of HTTP in any order are answered in JSON, and never with a failure', async () => {
  const pieces = fc.array(word, { minLength: 1, maxLength: 20 }).map((words) => Buffer.from(words.join(' '), 'latin1'))
  await fc.assert(
    fc.asyncProperty(pieces, (bytes) => send(bytes).then(() => {})),
    RUNS,
  )
  await isAlive()
})

const token = fc.constantFrom(
  ...[
    'query',
    'mutation',
    'subscription',
    'fragment',
    'F',
    'on',
    'Query',
    '{',
    '}',
    '(',
    ')',
    '...',
    '$a',
    ':',
    '!',
    '[',
  ],
  ...[
    ']',
    '@include',
    '@skip',
    'if',
    'true',
    'null',
    '1',
    '"x"',
    '"""',
    'me',
    'id',
    'session',
    'users',
    'first',
    'login',
  ],
  ...['__typename', '__schema', '__type', 'name', '#', '\n', 'publishedNotes', 'logout', 'ended', '=', '&', '|'],
)
const document = fc.array(token, { maxLength: 60 }).map((tokens) => tokens.join(' '))
const body = fc.oneof(
  fc.record({ query: document, variables: fc.jsonValue(), operationName: fc.jsonValue() }, { requiredKeys: ['query'] }),
  fc.record({ query: fc.jsonValue(), variables: fc.jsonValue(), extensions: fc.jsonValue() }),
  fc.jsonValue({ maxDepth: 5 }),
)

test('any JSON with any words of GraphQL in it is answered with a code of the contract', async () => {
  const codes = new Set<unknown>(
    ...[['GRAPHQL_PARSE_FAILED', 'GRAPHQL_VALIDATION_FAILED', 'BAD_USER_INPUT', 'BAD_REQUEST', 'UNAUTHENTICATED']],
  )
  await fc.assert(
    fc.asyncProperty(body, async (value) => {
      const answer = await service().openBrowser().post('/graphql', JSON.stringify(value))
      expect(answer.status).toBeLessThan(500)
      const { errors = [] } = answer.body as unknown as { errors?: { extensions: { code: string } }[] }
      for (const { extensions } of errors) expect(codes).toContain(extensions.code)
    }),
    { ...RUNS, numRuns: 400 },
  )
  await isAlive()
  expect(service().log.filter(({ level }) => level === 'error' || level === 'fatal')).toEqual([])
})
