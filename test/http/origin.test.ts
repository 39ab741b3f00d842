// OWASP ASVS 5.0, 3.4.2 and 3.5 (cross-origin requests): whose pages may send requests with the cookie and read answers.
import { expect, onTestFinished, test } from 'vitest'
import { type Browser, openBrowser } from '../testkit/browser.ts'
import { type Service, startService } from '../testkit/service.ts'

const session = '{ session { id } }'
const app = 'https://app.example.com'

async function serve(settings: Record<string, string> = {}) {
  const service = await startService({ settings })
  onTestFinished(() => service.close())
  return { url: service.url, browser: openBrowser(service.url) }
}

const sendPreflight = (from: Browser, headers: Record<string, string>) =>
  from.send('OPTIONS', '/graphql', undefined, { 'Access-Control-Request-Method': 'POST', ...headers })

function expectNoCors(headers: Record<string, unknown>) {
  expect(Object.keys(headers).filter((name) => name.startsWith('access-control-'))).toEqual([])
}

test("the service's own origins may send requests, the loopback addresses of localhost too", async () => {
  const { url, browser } = await serve()
  const { port } = new URL(url)
  for (const host of ['localhost', '127.0.0.1', '[::1]']) {
    const answer = await browser.gql(session, {}, { Origin: `http://${host}:${port}` })
    expect(answer).toMatchObject({ status: 200, body: { data: { session: null } } })
  }
})

test('clients other than browsers may send requests, and so may what the browser calls the same origin', async () => {
  const { browser } = await serve()
  expect((await browser.gql(session)).status).toBe(200)
  expect((await browser.gql(session, {}, { 'Sec-Fetch-Site': 'same-origin' })).status).toBe(200)
  expect((await browser.gql(session, {}, { 'Sec-Fetch-Site': 'none' })).status).toBe(200)
})

test.each([
  'https://evil.example',
  'null',
  '',
  'http://app.example.com',
  'https://app.example.com:8443',
  'https://APP.example.com',
  'https://app.example.com/',
  'https://app.example.com.evil.example',
  'https://evilapp.example.com',
  `${app}, ${app}`,
  '*',
])('a request from the origin %j is refused, without a CORS header', async (origin) => {
  const { browser } = await serve({ ALLOWED_ORIGINS: app })
  const answer = await browser.gql(session, {}, { Origin: origin })
  expect(answer).toMatchObject({ status: 403, code: 'FORBIDDEN_ORIGIN' })
  expect(answer.headers['content-type']).toBe('application/json; charset=utf-8')
  expect(answer.headers.vary).toContain('Origin')
  expectNoCors(answer.headers)
  expectNoCors((await sendPreflight(browser, { Origin: origin })).headers)
})

test.each(['cross-site', 'same-site'])(
  'a request without Origin that the browser calls %s is refused',
  async (site) => {
    const { browser } = await serve()
    expect(await browser.gql(session, {}, { 'Sec-Fetch-Site': site })).toMatchObject({ code: 'FORBIDDEN_ORIGIN' })
  },
)

test('a page of another origin can neither log in nor log out', async () => {
  const { browser } = await serve()
  const input = { email: 'ada@example.com', password: 'a passphrase nobody guesses' }
  const signUp = 'mutation ($input: SignupInput!) { signup(input: $input) { __typename } }'
  const logIn = 'mutation ($input: LoginInput!) { login(input: $input) { __typename } }'
  await browser.gql(signUp, { input })
  const cookie = browser.cookie

  const evil = { Origin: 'https://evil.example' }
  for (const attempt of [
    await browser.gql(logIn, { input }, evil),
    await browser.gql('mutation { logout { ended } }', {}, evil),
  ]) {
    expect(attempt).toMatchObject({ status: 403, setCookie: [] })
  }
  expect(browser.cookie).toBe(cookie)
  expect((await browser.gql('{ me { email } }')).body.data).toMatchObject({ me: { email: input.email } })
})

test('a refusal names the setting in development, and repeats only a plain origin', async () => {
  const { browser } = await serve()
  const message = async (origin: string) =>
    (await browser.gql(session, {}, { Origin: origin })).body.errors?.[0]?.message
  expect(await message('http://localhost:5173')).toContain('add http://localhost:5173 to the setting ALLOWED_ORIGINS')
  expect(await message('http://x.example/<script>')).not.toContain('script')
})

test.each([['ALLOWED_ORIGINS'], ['APP_URL']])(
  'a page of an origin in %s may read every answer, with the cookie',
  async (setting) => {
    const { browser } = await serve({ [setting]: app })
    const answers = [
      await browser.gql(session, {}, { Origin: app }),
      await browser.gql('{ nothing }', {}, { Origin: app }),
      await browser.get('/graphql', { Origin: app }),
    ]
    expect(answers.map(({ status }) => status)).toEqual([200, 400, 405])
    for (const { headers } of answers) {
      expect(headers).toMatchObject({
        'access-control-allow-origin': app,
        'access-control-allow-credentials': 'true',
        'access-control-expose-headers': 'Retry-After',
        vary: expect.stringContaining('Origin'),
      })
    }
  },
)

test('a preflight of a listed origin is granted for POST and the headers of Apollo Client', async () => {
  const { browser } = await serve({ ALLOWED_ORIGINS: `https://other.example.com,${app}` })
  const answer = await sendPreflight(browser, { Origin: app, 'Access-Control-Request-Headers': 'content-type' })
  expect(answer.status).toBe(204)
  expect(answer.headers).toMatchObject({
    'access-control-allow-origin': app,
    'access-control-allow-credentials': 'true',
    'access-control-allow-methods': 'POST',
    'access-control-allow-headers': expect.stringMatching(
      /content-type.*apollo-require-preflight.*x-apollo-operation-name/,
    ),
    'access-control-max-age': '600',
    vary: expect.stringContaining('Origin'),
  })
})

test('a preflight for another method is refused', async () => {
  const { browser } = await serve({ ALLOWED_ORIGINS: app })
  expect((await sendPreflight(browser, { Origin: app, 'Access-Control-Request-Method': 'DELETE' })).status).toBe(405)
  expect((await browser.send('OPTIONS', '/graphql')).status).toBe(405)
})

test('every answer of /graphql varies on the origin', async () => {
  const { browser } = await serve()
  expect((await browser.gql(session)).headers.vary).toContain('Origin')
  expect((await browser.get('/graphql')).headers.vary).toContain('Origin')
})

test('the start warns of each allowed origin that the cookie does not reach, and of no other', async () => {
  const origins = [
    'http://localhost:5173',
    'https://localhost:5173',
    'http://127.0.0.1:5173',
    'https://app.example.org',
  ]
  const service = await startService({ settings: { ALLOWED_ORIGINS: origins.join() } })
  onTestFinished(() => service.close())
  expect(listWarnings(service.log).map(({ origin }) => origin)).toEqual(origins.slice(1))
  expect(listWarnings(service.log)[0]?.msg).toMatch(
    /^https:\/\/localhost:5173 is another site than http:\/\/localhost:\d+/,
  )
})

test('sites are told apart by scheme and registrable domain, as browsers do', async () => {
  const settings = { PUBLIC_URL: 'https://api.example.co.uk', TRUST_PROXY: '1' }
  const [sameSite, otherSite] = [
    ['https://example.co.uk', 'https://app.example.co.uk:8443', 'https://a.b.example.co.uk'],
    ['http://app.example.co.uk', 'https://other.co.uk', 'https://example.co.uk.evil.example', 'https://me.github.io'],
  ]
  const service = await startService({ settings: { ...settings, ALLOWED_ORIGINS: [...sameSite, ...otherSite].join() } })
  onTestFinished(() => service.close())
  expect(listWarnings(service.log).map(({ origin }) => origin)).toEqual(otherSite)
})

test("two people's pages on one shared host, such as github.io, are two sites", async () => {
  const settings = { PUBLIC_URL: 'https://me.github.io', TRUST_PROXY: '1', ALLOWED_ORIGINS: 'https://you.github.io' }
  const service = await startService({ settings })
  onTestFinished(() => service.close())
  expect(listWarnings(service.log)).toHaveLength(1)
})

const listWarnings = (log: Service['log']) => log.filter(({ event, origin }) => event === 'start.warning' && origin)
