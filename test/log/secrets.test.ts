// OWASP ASVS 5.0, 16.2.5 (no secrets in logs) and 16.4.1 (no injection into logs).
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Answer } from '../testkit/browser.ts'
import {
  callField,
  changeEmail,
  changePassword,
  logIn,
  logOut,
  reauthenticate,
  requestPasswordReset,
  resetPassword,
  signUp,
  updateProfile,
  verifyEmail,
} from '../testkit/client.ts'
import { startOwnProxiedService, startOwnService } from '../testkit/fixtures.ts'
import { buildRawRequest, exchangeRaw } from '../testkit/http/raw.ts'

const EMAIL = 'canary.address@example.com'
const PASSWORD = 'canary-password-one-4711'
const NEXT_PASSWORD = 'canary-password-two-4711'

test('no password, cookie, token or address reaches the log, but in the line of the development mailer', async () => {
  const service = await startOwnProxiedService({ settings: { LOG_LEVEL: 'trace' } })
  const ada = service.openBrowser()
  const answers: Answer[] = []
  const cookies = new Set<string>()
  const note = async (answering: Promise<Answer>) => {
    answers.push(await answering)
    if (ada.cookie) cookies.add(ada.cookie)
  }

  await note(signUp(ada, { email: EMAIL, password: PASSWORD, firstName: 'Canary', lastName: 'Canary' }))
  const { token: verification } = await service.waitForMail(EMAIL)
  await note(verifyEmail(ada, { token: verification }))
  await note(verifyEmail(ada, { token: verification }))
  await note(logIn(ada, { email: EMAIL, password: 'canary-wrong' }))
  await note(logIn(ada, { email: EMAIL, password: PASSWORD }))
  await note(logIn(ada, { email: EMAIL, password: { canary: 1 } as unknown as string }))
  await note(logIn(ada, { email: ['canary'] as unknown as string, password: PASSWORD }))
  await note(signUp(ada, { email: 'canary no address', password: 'canary\ud800' }))
  await note(ada.gql(`mutation { login(input: { email: "${EMAIL}", password: "${PASSWORD}" `))
  await note(
    ada.gql(`mutation { login(input: { email: "${EMAIL}", password: ${JSON.stringify(PASSWORD)}, x: 1 }) { a } }`),
  )
  await note(ada.post('/graphql', `{"query": "canary ${PASSWORD}`))
  await note(ada.post('/graphql', `password=${PASSWORD}`, { 'Content-Type': 'application/x-www-form-urlencoded' }))
  await note(ada.get(`/reset-password?token=canary-query`))
  await note(reauthenticate(ada, { password: PASSWORD }))
  await note(changePassword(ada, { newPassword: NEXT_PASSWORD, currentPassword: PASSWORD }))
  await note(updateProfile(ada, { firstName: 'Canary' }))
  await note(changeEmail(ada, { email: 'canary.new@example.com' }))
  const { token: change } = await service.waitForMail('canary.new@example.com')
  await note(requestPasswordReset(ada, { email: EMAIL }))
  const notice = await service.waitForMail(EMAIL)
  const reset = notice.token ?? (await service.waitForMail(EMAIL)).token
  await note(resetPassword(ada, { token: reset, newPassword: 'canary' }))
  for (const [command, collection] of [
    ['find', 'users'],
    ['find', 'sessions'],
    ['update', 'sessions'],
  ] as const) {
    const errmsg = `canary ${EMAIL} ${PASSWORD}`
    const fault = service.proxy.fail({ command, collection, code: 2, codeName: 'CanaryName', errmsg, times: 3 })
    await note(logIn(ada, { email: EMAIL, password: NEXT_PASSWORD }))
    await note(callField(ada, 'me', '{ me { email } }'))
    fault.lift()
  }
  await note(resetPassword(ada, { token: reset, newPassword: PASSWORD }))
  await note(logIn(ada, { email: EMAIL, password: PASSWORD }))
  await note(logOut(ada))

  const tokens = [verification, change, reset]
  expect(tokens.every((token) => token?.length === 43)).toBe(true)
  expect(cookies.size).toBeGreaterThan(3)
  const written = service.log.filter(({ event }) => event === 'mail.written')
  expect(written.length).toBeGreaterThanOrEqual(3)
  const secrets = [...cookies].flatMap((cookie) => [cookie, decodeURIComponent(cookie).slice(2).split('.')[0] ?? ''])
  for (const line of service.log.filter((one) => !written.includes(one))) {
    const text = JSON.stringify(line)
    expect(text).not.toMatch(/canary/i)
    for (const secret of [...secrets, ...tokens]) expect(text).not.toContain(secret)
  }
  for (const { text } of answers) {
    expect(text).not.toMatch(/canary-|canaryname/i)
    for (const secret of [...secrets, ...tokens]) expect(text).not.toContain(secret)
  }
  for (const { text } of answers.filter(({ status }) => status !== 200)) expect(text).not.toMatch(/canary/i)
  expect(readdirSync(join(service.dataDir, 'outbox')).join()).not.toMatch(/canary/i)
})

test('whatever an address, a name or a header holds, a request cannot forge a line or an event of the log', async () => {
  const service = await startOwnService()
  const forged = '\r\n{"event":"login.succeeded","forged":true}\u2028\u001b[31m'
  const browser = service.openBrowser()
  await logIn(browser, { email: `ada@example.com${forged}` })
  await signUp(browser, {
    email: `ada${forged}@example.com`,
    password: 'a quiet harbour before dawn',
    firstName: forged,
  })
  await browser.get(`/${encodeURIComponent(forged)}`)
  await browser.get('/', { 'User-Agent': 'x {"event":"login.succeeded","forged":true}', 'X-Forwarded-For': 'forged' })
  await exchangeRaw(service.url, buildRawRequest('GET /a\u001b[31mb HTTP/1.1\r\nforged: 1', []))
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 40 }), async (text) => {
      await logIn(browser, { email: text, password: `${text}${forged}` })
    }),
    { numRuns: 10 },
  )
  for (const line of service.log) {
    expect(line).not.toHaveProperty('forged')
    expect(JSON.stringify(line)).not.toMatch(/[\p{Cc}]/u)
  }
  expect(service.log.filter(({ event }) => event === 'login.succeeded')).toEqual([])
  expect(
    new Set(service.log.filter(({ event }) => event === 'login.failed').map(({ requestId }) => requestId)).size,
  ).toBe(11)
})
