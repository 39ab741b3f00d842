// What is wrong, and what to change: the shell looks at a service as its operator would, and plays a page as a browser would.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { provideService, startOwnService } from '../testkit/fixtures.ts'
import type { Service } from '../testkit/service.ts'
import { runAdmin } from '../testkit/shell.ts'

const PAGE = 'http://localhost:5173'
const service = provideService({ settings: { ALLOWED_ORIGINS: PAGE, LOGIN_ALERTS: 'true' } })

interface Finding {
  check: string
  status: string
  detail: string
}

const check = ({ dataDir, databaseUri, url }: Service, words: string[], settings: Record<string, string> = {}) =>
  runAdmin({ DATA_DIR: dataDir, MONGODB_URI: databaseUri, PUBLIC_URL: url, ...settings }, ['check', ...words])

async function readFindings(words: string[], settings: Record<string, string> = {}) {
  const { code, out } = await check(service(), [...words, '--json'], settings)
  const { ok, checks } = JSON.parse(out) as { ok: boolean; checks: Finding[] }
  expect(code).toBe(ok ? 0 : 1)
  return { ok, checks, failed: checks.filter(({ status }) => status === 'failed') }
}

/** Starts a proxy in front of the service, which changes an answer's headers. */
async function startProxy(target: string, change: (headers: Headers) => void): Promise<string> {
  const server = createServer(async (request, response) => {
    const chunks = await request.toArray()
    const { host: _host, connection: _connection, ...headers } = request.headers as Record<string, string>
    const init = { method: request.method ?? 'GET', headers, body: chunks.length > 0 ? Buffer.concat(chunks) : null }
    const answer = await fetch(`${target}${request.url}`, init)
    const answered = new Headers(answer.headers)
    change(answered)
    response.writeHead(answer.status, [...answered].flat())
    response.end(Buffer.from(await answer.arrayBuffer()))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return `http://localhost:${(server.address() as AddressInfo).port}`
}

test('a service that is well passes every check', async () => {
  const { code, out, err } = await check(service(), [])
  expect([code, err]).toEqual([0, ''])
  for (const name of ['settings', 'database', 'clock', 'rights', 'indexes', 'mail', 'argon2'])
    expect(out).toMatch(new RegExp(`^(ok|warning) +${name} `, 'm'))
  expect(out).toMatch(/database +MongoDB \d+\.\d+/)
  expect(out).toMatch(/argon2 +a hash takes \d+ ms/)
})

test('a database that is away fails the check, which still looks at all else', async () => {
  const { ok, checks } = await readFindings([], { MONGODB_URI: 'mongodb://ada:canary@127.0.0.1:9/gatehouse' })
  expect(ok).toBe(false)
  expect(checks).toContainEqual({ check: 'database', status: 'failed', detail: 'The database cannot be reached.' })
  expect(checks.map(({ check }) => check)).toEqual(expect.arrayContaining(['mail', 'argon2']))
  expect(JSON.stringify(checks)).not.toContain('canary')
})

test('a mail server that is away fails the check, without the password of its address', async () => {
  const settings = { SMTP_URL: 'smtp://ada:canary@127.0.0.1:9', MAIL_FROM: 'ada@example.com' }
  const { failed } = await readFindings([], settings)
  expect(failed).toEqual([
    { check: 'mail', status: 'failed', detail: expect.stringMatching(/^the mail server cannot be used: E/) },
  ])
  expect(JSON.stringify(failed)).not.toContain('canary')
})

test('what the service would warn of at its start, or refuse, is found', async () => {
  const warned = await readFindings([], { ALLOWED_ORIGINS: 'https://app.example.org' })
  expect(warned.checks[0]).toMatchObject({ check: 'settings', status: 'warning' })
  expect(warned.checks[0]?.detail).toContain('SameSite')
  const { failed } = await readFindings([], { WEBAUTHN_RP_ID: 'example.com' })
  expect(failed).toMatchObject([{ check: 'settings' }])
})

test('a page of an allowed origin is played to the end, and leaves nobody behind', async () => {
  const { ok, checks } = await readFindings(['--origin', PAGE])
  expect(checks.map(({ check, status }) => [check, status])).toEqual(
    ['SameSite', 'CORS', 'cookie', 'session', 'page'].map((name) => [name, 'ok']),
  )
  expect(ok).toBe(true)
  expect(await service().db.collection('users').countDocuments({})).toBe(0)
  expect(await service().db.collection('sessions').countDocuments({})).toBe(0)
  expect(await service().db.collection('mails').countDocuments({})).toBe(0)
})

test('an origin that the service does not know is told with the setting', async () => {
  const { failed } = await readFindings(['--origin', 'http://localhost:3999'])
  expect(failed).toEqual([
    {
      ...{ check: 'CORS', status: 'failed' },
      detail: 'the service does not know this origin: add http://localhost:3999 to ALLOWED_ORIGINS',
    },
  ])
})

test.each([
  ['https://app.example.org', 'http://localhost', 'SameSite', /another site/],
  ['https://app.example.org', 'https://api.example.com', 'SameSite', /another site/],
  ['http://app.example.com', 'https://api.example.com', 'SameSite', /one scheme/],
  ['https://app.example.com', 'http://api.example.com', 'mixed content', /serve the API over https/],
])('a page at %s never sends the cookie to %s: %s', async (page, address, rule, words) => {
  const settings = address === 'http://localhost' ? {} : { PUBLIC_URL: address, TRUST_PROXY: '1' }
  const { failed } = await readFindings(['--origin', page], settings)
  expect(failed).toEqual([{ check: rule, status: 'failed', detail: expect.stringMatching(words) }])
})

test('an address where nothing answers is told', async () => {
  const { failed } = await readFindings(['--origin', PAGE], { PUBLIC_URL: 'http://localhost:2' })
  expect(failed).toEqual([
    { check: 'address', status: 'failed', detail: expect.stringContaining('http://localhost:2 (ECONNREFUSED)') },
  ])
})

test.each([
  ['cookie', 'removes Set-Cookie', (headers: Headers) => headers.delete('set-cookie')],
  ['CORS', 'answers in place of', (headers: Headers) => headers.delete('access-control-allow-origin')],
  ['CORS', 'no credentials', (headers: Headers) => headers.delete('access-control-allow-credentials')],
])('a proxy that takes a header away breaks the rule %s: it %s', async (rule, words, change) => {
  const proxy = await startProxy(service().url, change)
  const { failed } = await readFindings(['--origin', PAGE], { PUBLIC_URL: proxy })
  expect(failed).toEqual([{ check: rule, status: 'failed', detail: expect.stringContaining(words) }])
})

test('a service on another database than the shell’s is told apart', async () => {
  const other = await startOwnService({ settings: { ALLOWED_ORIGINS: PAGE } })
  const { failed } = await readFindings(['--origin', PAGE], { PUBLIC_URL: other.url })
  expect(failed).toEqual([{ check: 'login', status: 'failed', detail: expect.stringContaining('another database') }])
})

test.each([['--origin', 'app.example.com'], ['--origin', 'https://app.example.com/path'], ['--orign'], ['everything']])(
  'check %s %s is refused with its usage',
  async (...words) => {
    const { code, out, err } = await check(service(), words.filter(Boolean))
    expect([code, out]).toEqual([1, ''])
    expect(err).toMatch(/^Usage: /)
  },
)
