// RFC 6238, and OWASP ASVS 5.0, 6.5: a code works once, within one step, and a right password alone opens nothing.
import { expect, test } from 'vitest'
import { findStep } from '../../src/domain/factors/totp.ts'
import {
  changePassword,
  getSignedInEmail,
  listSessions,
  logIn,
  requestPasswordReset,
  resetPassword,
} from '../testkit/client.ts'
import {
  addApp,
  completeLogin,
  confirmTotp,
  createUserWithApp,
  createVerifiedUser,
  logInWithApp,
  makeCode,
  queryFactors,
  reauthenticateWith,
  removeTotp,
  STEP_MS,
  startLogin,
  startTotp,
} from '../testkit/factors.ts'
import { provideService } from '../testkit/fixtures.ts'
import { createUser, openSignedInBrowser } from '../testkit/users.ts'

const service = provideService()
const MINUTES = 60_000

const readUser = async (email: string) => service().db.collection('users').findOne({ emailCanonical: email })

test.each([
  [59, '287082'],
  [1111111109, '081804'],
  [1111111111, '050471'],
  [1234567890, '005924'],
  [2000000000, '279037'],
  [20000000000, '353130'],
])('at %i s the code of RFC 6238 is right', (seconds, code) => {
  const secret = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ'
  expect(findStep(secret, code, new Date(seconds * 1000))).toBe(Math.floor(seconds / 30))
})

test('an authenticator app is set up by its first code, ends the other sessions, and brings ten recovery codes', async () => {
  const user = await createVerifiedUser(service())
  const other = await user.logInElsewhere()
  const { kind, data: setup } = await startTotp(user.browser)
  expect(kind).toBe('TotpSetup')
  expect(String(setup?.uri)).toMatch(/^otpauth:\/\/totp\/Gatehouse:.*secret=[A-Z2-7]{32}/)
  const before = user.browser.cookie
  const { data } = await confirmTotp(user.browser, { code: makeCode(service(), String(setup?.secret)) })
  expect(data?.factors?.recoveryCodesLeft).toBe(10)
  expect(data?.factors?.totpSince).toBe(service().clock.now().toISOString())
  const codes = data?.recoveryCodes as unknown as string[]
  expect(new Set(codes).size).toBe(10)
  for (const code of codes) expect(code).toMatch(/^([A-Z2-7]{4}-){5}[A-Z2-7]{4}$/)
  expect(user.browser.cookie).not.toBe(before)
  expect(await getSignedInEmail(other)).toBeNull()
  expect((await listSessions(user.browser)).length).toBe(1)
  const session = await user.browser.gql('{ session { assurance } me { secondFactor } }')
  expect(session.body.data).toEqual({ session: { assurance: 'MULTI_FACTOR' }, me: { secondFactor: true } })
  expect((await service().waitForMail(user.email)).subject).toBe('An authenticator app was added')
  const stored = JSON.stringify(await readUser(user.email))
  for (const secret of [String(setup?.secret), ...codes]) expect(stored).not.toContain(secret)
})

test('without a verified address no authenticator app can be set up', async () => {
  const { browser } = await createUser(service())
  expect((await startTotp(browser)).kind).toBe('EmailNotVerified')
})

test('a secret is confirmed by the session that asked for it, within ten minutes, and by the right code', async () => {
  const user = await createVerifiedUser(service())
  expect((await confirmTotp(user.browser, { code: '123456' })).kind).toBe('InvalidToken')
  const { data } = await startTotp(user.browser)
  const secret = String(data?.secret)
  const other = await user.logInElsewhere()
  expect((await confirmTotp(other, { code: makeCode(service(), secret) })).kind).toBe('InvalidToken')
  for (const code of ['', 'abcdef', '1234567', makeCode(service(), secret, 2), makeCode(service(), secret, -2)]) {
    expect((await confirmTotp(user.browser, { code })).kind).toBe('InvalidFactor')
  }
  service().clock.advance(10 * MINUTES)
  expect((await confirmTotp(user.browser, { code: makeCode(service(), secret) })).kind).toBe('InvalidToken')
  expect((await queryFactors(user.browser)).data?.totpSince).toBeNull()
})

test('a second authenticator app replaces the first and keeps sessions and recovery codes', async () => {
  const user = await createUserWithApp(service())
  const { browser: other } = await logInWithApp(service(), user)
  const { recoveryCodes, secret } = await addApp(service(), user)
  expect(recoveryCodes).toEqual([])
  expect(await getSignedInEmail(other)).toBe(user.email)
  expect((await logInWithApp(service(), user)).result.kind).toBe('InvalidFactor')
  expect((await logInWithApp(service(), { ...user, secret })).result.kind).toBe('LoginSuccess')
})

test('the right password alone starts no session, and the second step starts one with both', async () => {
  const user = await createUserWithApp(service())
  const browser = service().openBrowser()
  const { kind, data, setCookie } = await startLogin(browser, { email: user.email, rememberMe: true })
  expect(kind).toBe('SecondFactorRequired')
  expect(setCookie).toEqual([])
  expect(data?.methods).toEqual(['TOTP', 'RECOVERY_CODE'])
  expect(data?.passkeyOptions).toBeNull()
  expect(await getSignedInEmail(browser)).toBeNull()
  const proof = { code: makeCode(service(), user.secret) }
  const done = await completeLogin(browser, { challenge: data?.challenge, proof })
  expect(done.kind).toBe('LoginSuccess')
  expect(done.data?.session?.assurance).toBe('MULTI_FACTOR')
  expect(done.setCookie.join()).toMatch(/Expires=/)
  expect(await getSignedInEmail(browser)).toBe(user.email)
  const again = await completeLogin(service().openBrowser(), { challenge: data?.challenge, proof })
  expect(again.kind).toBe('InvalidToken')
})

test('a code works one step early and one late, and never twice', async () => {
  const user = await createUserWithApp(service())
  const attempt = async (code: string) => {
    const browser = service().openBrowser()
    const { data } = await startLogin(browser, { email: user.email })
    return (await completeLogin(browser, { challenge: data?.challenge, proof: { code } })).kind
  }
  service().clock.advance(5 * STEP_MS)
  const late = makeCode(service(), user.secret, -1)
  expect(await attempt(makeCode(service(), user.secret, 2))).toBe('InvalidFactor')
  expect(await attempt(makeCode(service(), user.secret, -2))).toBe('InvalidFactor')
  expect(await attempt(late)).toBe('LoginSuccess')
  expect(await attempt(late)).toBe('InvalidFactor')
  const early = makeCode(service(), user.secret, 1)
  expect(await attempt(` ${early.slice(0, 3)} ${early.slice(3)} `)).toBe('LoginSuccess')
  expect(await attempt(early)).toBe('InvalidFactor')
  expect(await attempt(makeCode(service(), user.secret))).toBe('InvalidFactor')
})

test('step-up of a user with a second factor needs the password and the factor', async () => {
  const user = await createUserWithApp(service())
  service().clock.advance(11 * MINUTES)
  expect((await removeTotp(user.browser)).kind).toBe('REAUTHENTICATION_REQUIRED')
  expect((await reauthenticateWith(user.browser, {})).kind).toBe('InvalidFactor')
  expect((await reauthenticateWith(user.browser, { proof: { code: '000000' } })).kind).toBe('InvalidFactor')
  const proof = { code: makeCode(service(), user.secret) }
  expect((await reauthenticateWith(user.browser, { password: 'not the password', proof })).kind).toBe(
    'InvalidCredentials',
  )
  expect((await removeTotp(user.browser)).kind).toBe('REAUTHENTICATION_REQUIRED')
  expect((await reauthenticateWith(user.browser, { proof })).data?.session?.assurance).toBe('MULTI_FACTOR')
  expect((await reauthenticateWith(user.browser, { proof })).kind).toBe('InvalidFactor')
  expect((await removeTotp(user.browser)).kind).toBe('Factors')
})

test('a new password of a user with a second factor needs a fresh session', async () => {
  const user = await createUserWithApp(service())
  service().clock.advance(11 * MINUTES)
  expect((await changePassword(user.browser)).kind).toBe('REAUTHENTICATION_REQUIRED')
  await reauthenticateWith(user.browser, { proof: { code: makeCode(service(), user.secret) } })
  expect((await changePassword(user.browser)).kind).toBe('ChangePasswordSuccess')
  const { body } = await user.browser.gql('{ session { assurance } }')
  expect(body.data).toEqual({ session: { assurance: 'MULTI_FACTOR' } })
})

test('removing the authenticator app ends the other sessions and voids the recovery codes', async () => {
  const user = await createUserWithApp(service())
  const { browser: other } = await logInWithApp(service(), user)
  const { kind, data } = await removeTotp(user.browser)
  expect([kind, data?.totpSince, data?.recoveryCodesLeft]).toEqual(['Factors', null, 0])
  expect(await getSignedInEmail(other)).toBeNull()
  const { body } = await user.browser.gql('{ session { assurance } me { secondFactor } }')
  expect(body.data).toEqual({ session: { assurance: 'SINGLE_FACTOR' }, me: { secondFactor: false } })
  expect((await removeTotp(user.browser)).kind).toBe('NotFound')
  expect((await logIn(service().openBrowser(), { email: user.email })).kind).toBe('LoginSuccess')
})

test('a reset password skips no second factor', async () => {
  const user = await createUserWithApp(service())
  await service().waitForMail(user.email)
  await requestPasswordReset(service().openBrowser(), { email: user.email })
  const { token } = await service().waitForMail(user.email)
  await resetPassword(service().openBrowser(), { token, newPassword: 'another long passphrase' })
  const browser = service().openBrowser()
  expect((await startLogin(browser, { email: user.email, password: 'another long passphrase' })).kind).toBe(
    'SecondFactorRequired',
  )
  expect(await getSignedInEmail(browser)).toBeNull()
})

test('an answer before the right password does not tell who has a second factor', async () => {
  const user = await createUserWithApp(service())
  const wrong = await startLogin(service().openBrowser(), { email: user.email, password: 'not the password' })
  const unknown = await startLogin(service().openBrowser(), { email: 'nobody@example.com' })
  expect(wrong.text).toBe(unknown.text)
})

test('a session of a user without a second factor is one of a password alone', async () => {
  const user = await createUser(service())
  const browser = await openSignedInBrowser(service(), user)
  const { body } = await browser.gql('{ session { assurance secondFactorRequired } }')
  expect(body.data).toEqual({ session: { assurance: 'SINGLE_FACTOR', secondFactorRequired: false } })
})
