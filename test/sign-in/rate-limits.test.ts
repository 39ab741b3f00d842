// Limits on attempts (OWASP Authentication and Device Cookies, NIST SP 800-63B), on the running service.
import { expect, onTestFinished, test, vi } from 'vitest'
import type { Browser } from '../testkit/browser.ts'
import { getSignedInEmail, logIn, OTHER_PASSWORD, PASSWORD, signUp } from '../testkit/client.ts'
import { startOwnService } from '../testkit/fixtures.ts'
import type { ServiceOptions } from '../testkit/service.ts'
import { waitUntil } from '../testkit/wait.ts'

const EMAIL = 'ada@example.com'

/**
 * Stops the time by which the counters go, and returns a function that moves it on. It stands an hour ahead, because the
 * database removes by its own clock what has expired, and must not remove a counter before the test has moved on.
 */
function holdTime(): (ms: number) => void {
  let now = Date.now() + 3_600_000
  vi.useFakeTimers({ toFake: ['Date'], now })
  onTestFinished(() => void vi.useRealTimers())
  return (ms) => {
    now += ms
    vi.setSystemTime(now)
  }
}

const startWithLimits = (settings: ServiceOptions['settings']) =>
  startOwnService({ settings: { LOGIN_ALERTS: 'true', TRUST_PROXY: '1', ...settings } })

const from = (address: string) => ({ headers: { 'X-Forwarded-For': address } })

async function failToLogIn(browser: Browser, times: number, email = EMAIL): Promise<(string | undefined)[]> {
  const kinds: (string | undefined)[] = []
  for (let n = 0; n < times; n += 1) {
    kinds.push((await logIn(browser, { email, password: OTHER_PASSWORD })).kind)
  }
  return kinds
}

const five = Array(5).fill('InvalidCredentials')

test('after five wrong passwords login has to wait, longer each time, and then works', async () => {
  const advance = holdTime()
  const service = await startWithLimits({ LIMIT_LOGIN: '5 per 15m' })
  await signUp(service.openBrowser(), { email: EMAIL })
  const browser = service.openBrowser()
  expect(await failToLogIn(browser, 5)).toEqual(five)
  const refused = await logIn(browser, { email: EMAIL })
  expect(refused).toMatchObject({ status: 429, code: 'RATE_LIMITED', setCookie: [], headers: { 'retry-after': '1' } })
  expect(refused.body.errors?.[0]?.extensions).toMatchObject({ retryAfter: 1 })
  advance(1_000)
  expect(await failToLogIn(browser, 1)).toEqual(['InvalidCredentials'])
  advance(1_000)
  expect((await logIn(browser, { email: EMAIL })).code).toBe('RATE_LIMITED')
  advance(1_000)
  expect((await logIn(browser, { email: EMAIL })).code).toBeUndefined()
  expect(await getSignedInEmail(browser)).toBe(EMAIL)
  expect(await failToLogIn(service.openBrowser(), 5)).toEqual(five)
})

test('of twenty parallel guesses five are checked', async () => {
  holdTime()
  const service = await startWithLimits({ LIMIT_LOGIN: '5 per 15m' })
  await signUp(service.openBrowser(), { email: EMAIL })
  const answers = await Promise.all(Array.from({ length: 20 }, () => failToLogIn(service.openBrowser(), 1)))
  expect(answers.flat().filter((kind) => kind === 'InvalidCredentials')).toHaveLength(5)
  expect(answers.flat().filter((kind) => kind === 'RATE_LIMITED')).toHaveLength(15)
})

test('an unknown address is limited like a known one, to the byte', async () => {
  holdTime()
  const service = await startWithLimits({ LIMIT_LOGIN: '5 per 15m' })
  await signUp(service.openBrowser(), { email: EMAIL })
  const answers = []
  for (const email of [EMAIL, 'nobody@example.com']) {
    expect(await failToLogIn(service.openBrowser(), 5, email)).toEqual(five)
    const { status, text } = await logIn(service.openBrowser(), { email })
    answers.push({ status, text })
  }
  expect(answers[0]).toEqual(answers[1])
})

test('strangers who guess do not lock out a browser that has logged in before', async () => {
  holdTime()
  const service = await startWithLimits({ LIMIT_LOGIN: '5 per 15m', LIMIT_LOGIN_ADDRESS: '10 per 10m' })
  const own = service.openBrowser(from('203.0.113.5'))
  await signUp(own, { email: EMAIL })
  const stranger = service.openBrowser(from('203.0.113.5'))
  expect(await failToLogIn(stranger, 6)).toEqual([...five, 'RATE_LIMITED'])
  expect((await logIn(own, { email: EMAIL })).kind).toBe('LoginSuccess')
  expect(await failToLogIn(own, 6)).toEqual([...five, 'RATE_LIMITED'])
})

test('one client may fail ten times over all users, also from many addresses of its network', async () => {
  const advance = holdTime()
  const service = await startWithLimits({ LIMIT_LOGIN_ADDRESS: '10 per 10m' })
  for (let n = 0; n < 10; n += 1) {
    const browser = service.openBrowser(from(`2001:db8:1:2::${n + 1}`))
    expect(await failToLogIn(browser, 1, `user${n}@example.com`)).toEqual(['InvalidCredentials'])
  }
  expect(await failToLogIn(service.openBrowser(from('2001:db8:1:2:3::1')), 1)).toEqual(['RATE_LIMITED'])
  expect(await failToLogIn(service.openBrowser(from('2001:db8:1:3::1')), 1)).toEqual(['InvalidCredentials'])
  advance(600_000)
  expect(await failToLogIn(service.openBrowser(from('2001:db8:1:2:3::1')), 1)).toEqual(['InvalidCredentials'])
})

test('a right password does not count as an attempt', async () => {
  holdTime()
  const service = await startWithLimits({ LIMIT_LOGIN_ADDRESS: '3 per 10m' })
  await signUp(service.openBrowser(), { email: EMAIL })
  for (let n = 0; n < 6; n += 1) expect((await logIn(service.openBrowser(), { email: EMAIL })).code).toBeUndefined()
})

test('changePassword and reauthenticate are limited, and a signed-in user can still read', async () => {
  holdTime()
  const service = await startWithLimits({ LIMIT_LOGIN: '2 per 15m' })
  const browser = service.openBrowser()
  await signUp(browser, { email: EMAIL })
  const again = (password: string) =>
    browser.gql('mutation ($p: String!) { reauthenticate(input: { password: $p }) { __typename } }', { p: password })
  for (let n = 0; n < 2; n += 1) expect((await again(OTHER_PASSWORD)).code).toBeUndefined()
  expect((await again(PASSWORD)).code).toBe('RATE_LIMITED')
  const change = await browser.gql(
    `mutation { changePassword(input: { currentPassword: "x", newPassword: "${OTHER_PASSWORD}" }) { __typename } }`,
  )
  expect(change.code).toBe('RATE_LIMITED')
  expect(await getSignedInEmail(browser)).toBe(EMAIL)
})

test('mails to one address and by one client are limited, known or not', async () => {
  holdTime()
  const service = await startWithLimits({ LIMIT_MAIL: '3 per 1h', LIMIT_MAIL_ADDRESS: '5 per 1h' })
  const ask = async (email: string, address: string) =>
    (
      await service
        .openBrowser(from(address))
        .gql('mutation ($e: String!) { requestPasswordReset(email: $e) { email } }', { e: email })
    ).code
  for (let n = 0; n < 3; n += 1) expect(await ask(EMAIL, `203.0.113.${n}`)).toBeUndefined()
  expect(await ask(EMAIL.toUpperCase(), '203.0.113.9')).toBe('RATE_LIMITED')
  for (let n = 0; n < 5; n += 1) expect(await ask(`user${n}@example.com`, '198.51.100.1')).toBeUndefined()
  expect(await ask('user9@example.com', '198.51.100.1')).toBe('RATE_LIMITED')
  expect(await service.db.collection('mails').countDocuments()).toBeLessThanOrEqual(8)
})

test('sign-ups and tokens by one client are limited', async () => {
  holdTime()
  const service = await startWithLimits({ LIMIT_SIGNUP_ADDRESS: '2 per 1h', LIMIT_TOKEN_ADDRESS: '2 per 10m' })
  for (let n = 0; n < 2; n += 1)
    expect((await signUp(service.openBrowser(), { email: `user${n}@example.com` })).code).toBeUndefined()
  expect((await signUp(service.openBrowser(), { email: 'user2@example.com' })).code).toBe('RATE_LIMITED')
  const verify = () => service.openBrowser().gql('mutation { verifyEmail(token: "x") { __typename } }')
  for (let n = 0; n < 2; n += 1) expect((await verify()).code).toBeUndefined()
  expect((await verify()).code).toBe('RATE_LIMITED')
})

test('a dump of the counters reveals no address', async () => {
  holdTime()
  const service = await startWithLimits({ LIMIT_LOGIN: '5 per 15m', LIMIT_LOGIN_ADDRESS: '10 per 10m' })
  await failToLogIn(service.openBrowser(from('203.0.113.77')), 1)
  const dump = JSON.stringify(await service.db.collection('rateLimits').find().toArray())
  expect(dump).not.toMatch(/ada@example|203\.0\.113/)
  expect(dump.length).toBeGreaterThan(100)
})

test('the first login from a device is reported by mail, at most three times a day, and its cookie is kept for 400 days', async () => {
  const advance = holdTime()
  const service = await startWithLimits({})
  const own = service.openBrowser()
  const { deviceCookie } = await signUp(own, { email: EMAIL })
  expect(deviceCookie).toHaveLength(1)
  expect(deviceCookie[0]).toMatch(
    /^device=s%3A[\w-]{32}\.\w+\.[\w%+/-]+; Path=\/; Expires=[^;]+; HttpOnly; SameSite=Lax$/,
  )
  expect((await logIn(own, { email: EMAIL })).deviceCookie).toEqual([])
  const countAlerts = () =>
    service.log.filter(({ event, kind }) => event === 'mail.sent' && kind === 'newDevice').length
  for (let n = 0; n < 5; n += 1) await logIn(service.openBrowser(), { email: EMAIL })
  await service.waitForLog(({ event, kind }) => event === 'mail.sent' && kind === 'newDevice')
  await waitUntil(() => expect(countAlerts()).toBe(3))
  service.clock.advance(31 * 24 * 3600 * 1000)
  advance(31 * 24 * 3600 * 1000)
  expect((await logIn(own, { email: EMAIL })).deviceCookie).toHaveLength(1)
  const user = await service.db.collection('users').findOne({ emailCanonical: EMAIL })
  expect(user?.devices).toHaveLength(4)
  expect(JSON.stringify(user)).not.toContain(/device=s%3A([\w-]{32})/.exec(deviceCookie[0] ?? '')?.[1])
})
