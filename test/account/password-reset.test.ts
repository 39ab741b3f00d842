// OWASP ASVS 5.0, 6.4.3: a reset link proves access to the mailbox, and nothing else.
import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import {
  changeEmail,
  changePassword,
  deleteAccount,
  disableUser,
  enableUser,
  getSignedInEmail,
  logIn,
  OTHER_PASSWORD,
  PASSWORD,
  requestPasswordReset,
  resetPassword,
  signUp,
  verifyEmail,
} from '../testkit/client.ts'
import { provideService } from '../testkit/fixtures.ts'
import { listMails } from '../testkit/mail/queue.ts'
import { createUser, findUserId, openSignedInBrowser } from '../testkit/users.ts'

const service = provideService()
const MINUTES = 60_000

/** Signs up a user who requests a reset, and returns their browser and the token of the mail. */
async function requestReset(email: string) {
  const { browser } = await createUser(service(), { email })
  await service().waitForMail(email)
  return { browser, token: await requestToken(email) }
}

async function requestToken(email: string): Promise<string | undefined> {
  await requestPasswordReset(service().openBrowser(), { email })
  return (await service().waitForMail(email)).token
}

const resetWith = (token: string | undefined, password = OTHER_PASSWORD) =>
  resetPassword(service().openBrowser(), { token, newPassword: password })

const tryLogIn = async (email: string, password: string) =>
  (await logIn(service().openBrowser(), { email, password })).kind

test('a reset sets the password, verifies the address, ends every session and signs nobody in', async () => {
  const { browser, token } = await requestReset('ada@example.com')
  const phone = await openSignedInBrowser(service(), { email: 'ada@example.com' })
  const stranger = service().openBrowser()
  const { kind, data, setCookie } = await resetPassword(stranger, { token })
  expect([kind, data?.email]).toEqual(['ResetPasswordSuccess', 'ada@example.com'])
  expect(setCookie).toEqual([])
  expect(await Promise.all([browser, phone, stranger].map(getSignedInEmail))).toEqual([null, null, null])
  expect(await service().db.collection('sessions').countDocuments()).toBe(0)
  expect(await tryLogIn('ada@example.com', PASSWORD)).toBe('InvalidCredentials')
  expect(await tryLogIn('ada@example.com', OTHER_PASSWORD)).toBe('LoginSuccess')
  expect(await service().db.collection('users').findOne()).toMatchObject({ emailVerified: true, tokens: {} })
  expect((await service().waitForMail('ada@example.com')).subject).toBe('Your password was changed')
})

test('a browser that resets while signed in is signed out, and its cookie is left alone', async () => {
  const { browser, token } = await requestReset('self@example.com')
  const { setCookie } = await resetPassword(browser, { token })
  expect(setCookie).toEqual([])
  expect(await getSignedInEmail(browser)).toBeNull()
})

test('a reset link works once', async () => {
  const { token } = await requestReset('bea@example.com')
  expect((await resetWith(token)).kind).toBe('ResetPasswordSuccess')
  expect((await resetWith(token, 'yet another long phrase')).kind).toBe('InvalidToken')
  expect(await tryLogIn('bea@example.com', OTHER_PASSWORD)).toBe('LoginSuccess')
})

test('of two parallel resets with different passwords exactly one wins, and only its password works', async () => {
  const { token } = await requestReset('cid@example.com')
  const passwords = [OTHER_PASSWORD, 'a second harbour at dusk']
  const kinds = (await Promise.all(passwords.map((password) => resetWith(token, password)))).map(({ kind }) => kind)
  expect([...kinds].sort()).toEqual(['InvalidToken', 'ResetPasswordSuccess'])
  const logins = await Promise.all(passwords.map((password) => tryLogIn('cid@example.com', password)))
  expect(logins).toEqual(kinds.map((kind) => (kind === 'ResetPasswordSuccess' ? 'LoginSuccess' : 'InvalidCredentials')))
})

test('a reset link works for 60 minutes, to the millisecond', async () => {
  for (const [email, age, kind] of [
    ['in.time@example.com', 60 * MINUTES - 1, 'ResetPasswordSuccess'],
    ['too.late@example.com', 60 * MINUTES, 'InvalidToken'],
  ] as const) {
    const { token } = await requestReset(email)
    service().clock.advance(age)
    expect((await resetWith(token)).kind).toBe(kind)
  }
})

test('a second request makes the first reset link invalid', async () => {
  const { token } = await requestReset('dot@example.com')
  const second = await requestToken('dot@example.com')
  expect((await resetWith(token)).kind).toBe('InvalidToken')
  expect((await resetWith(second)).kind).toBe('ResetPasswordSuccess')
})

test('the reset link of one user changes nobody else, whoever opens it', async () => {
  const { token } = await requestReset('eve@example.com')
  const { browser: fay } = await createUser(service(), { email: 'fay@example.com' })
  expect((await resetPassword(fay, { token })).data?.email).toBe('eve@example.com')
  expect(await getSignedInEmail(fay)).toBe('fay@example.com')
  expect(await tryLogIn('fay@example.com', PASSWORD)).toBe('LoginSuccess')
})

test('a changed password, a changed address, a deletion and a disabled user each end the reset link', async () => {
  const change = await requestReset('gus@example.com')
  await changePassword(change.browser)
  const move = await requestReset('hal@example.com')
  await changeEmail(move.browser, { email: 'hal.new@example.com' })
  expect(
    (await verifyEmail(move.browser, { token: (await service().waitForMail('hal.new@example.com')).token })).kind,
  ).toBe('VerifyEmailSuccess')
  const leave = await requestReset('ida@example.com')
  await deleteAccount(leave.browser)
  const barred = await requestReset('jim@example.com')
  const { browser: admin } = await createUser(service(), { email: 'admin@example.com', roles: ['ADMIN'] })
  await disableUser(admin, { id: await findUserId(service(), 'jim@example.com') })

  const answers = await Promise.all(
    [change, move, leave, barred].map(({ token }) => resetWith(token, 'one more long phrase')),
  )
  expect(answers.map(({ kind }) => kind)).toEqual(Array(4).fill('InvalidToken'))
  expect(new Set(answers.map(({ text }) => text)).size).toBe(1)
  await enableUser(admin, { id: await findUserId(service(), 'jim@example.com') })
  expect((await resetWith(barred.token)).kind).toBe('InvalidToken')
})

test('the reset link of a deleted user does not work for the next user with that address', async () => {
  const { browser, token } = await requestReset('again@example.com')
  await deleteAccount(browser)
  await signUp(service().openBrowser(), { email: 'again@example.com' })
  expect((await resetWith(token)).kind).toBe('InvalidToken')
})

test.each([
  ['short', 'TOO_SHORT'],
  ['aaaaaaaaaaaaaaaaaaaa', 'TOO_COMMON'],
  [PASSWORD, 'UNCHANGED'],
  ['x'.repeat(300), 'TOO_LONG'],
] as const)('a refused password (%s) does not use up the reset link', async (password, reason) => {
  const { token } = await requestReset(`${reason.toLowerCase()}@example.com`)
  const refused = await resetWith(token, password)
  expect(refused.data).toMatchObject({ __typename: 'InvalidInput', fields: [{ name: 'newPassword', reason }] })
  expect((await resetWith(token)).kind).toBe('ResetPasswordSuccess')
})

test('a disabled user, an unknown address and text that is no address get no mail, and the same answer but for the address', async () => {
  await createUser(service(), { email: 'off@example.com' })
  await service().waitForMail('off@example.com')
  await service()
    .db.collection('users')
    .updateOne({ emailCanonical: 'off@example.com' }, { $set: { disabledAt: new Date() } })
  for (const email of ['off@example.com', 'nobody@example.com', 'no address', '']) {
    const { kind, data } = await requestPasswordReset(service().openBrowser(), { email: ` ${email} ` })
    expect([kind, data?.email]).toEqual(['MailRequested', email])
  }
  expect(await listMails(service(), 'nobody@example.com')).toEqual([])
  expect((await listMails(service(), 'off@example.com')).map(({ subject }) => subject)).toEqual([
    'Verify your email address',
  ])
})

test('the database holds only the hash of a token, and finds its user by it', async () => {
  const { token = '' } = await requestReset('kim@example.com')
  const hash = createHash('sha256').update(token).digest('hex')
  expect(Buffer.from(token, 'base64url')).toHaveLength(32)
  const found = await service().db.collection<{ _id: string }>('tokens').findOne({ _id: hash })
  expect(found).toMatchObject({ purpose: 'resetPassword', userId: await findUserId(service(), 'kim@example.com') })
  expect(await service().db.collection('users').findOne({ emailCanonical: 'kim@example.com' })).toMatchObject({
    tokens: { resetPassword: hash },
  })
})
