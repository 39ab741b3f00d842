// OWASP ASVS 5.0, 6.4: links in mails live for a limited time and work once.
import { expect, test } from 'vitest'
import {
  changeEmail,
  changePassword,
  deleteAccount,
  disableUser,
  enableUser,
  getSignedInEmail,
  logIn,
  PASSWORD,
  requestEmailVerification,
  requestPasswordReset,
  resetPassword,
  revokeAllSessions,
  signUp,
  verifyEmail,
} from '../testkit/client.ts'
import { provideService, startOwnService } from '../testkit/fixtures.ts'
import { startMailServer } from '../testkit/mail/mail-server.ts'
import { listMails } from '../testkit/mail/queue.ts'
import { createUser, findUserId, openSignedInBrowser } from '../testkit/users.ts'
import { advanceUntil } from '../testkit/wait.ts'

const service = provideService()
const HOURS = 3_600_000

/** Signs up a user who requests a change of address, and returns their browser and the token of the mail. */
async function requestChange(name: string) {
  const { browser } = await createUser(service(), { email: `${name}@example.com` })
  await service().waitForMail(`${name}@example.com`)
  await changeEmail(browser, { email: `${name}.new@example.com` })
  return { browser, token: (await service().waitForMail(`${name}.new@example.com`)).token }
}

const confirmChange = async (token: string | undefined) => (await verifyEmail(service().openBrowser(), { token })).kind
const tryLogIn = async (email: string, password = PASSWORD) =>
  (await logIn(service().openBrowser(), { email, password })).kind

test('a change of address takes effect when the new address confirms it, and the old address is notified', async () => {
  const { browser: ada } = await createUser(service(), { email: 'ada@example.com' })
  await service().waitForMail('ada@example.com')
  const asked = await changeEmail(ada, { email: ' Ada.New@Example.com ' })
  expect([asked.kind, asked.data?.email]).toEqual(['MailRequested', 'Ada.New@Example.com'])
  const mail = await service().waitForMail('Ada.New@example.com')
  expect(mail.subject).toBe('Verify your new email address')
  expect(await getSignedInEmail(ada)).toBe('ada@example.com')
  expect(await tryLogIn('ada.new@example.com')).toBe('InvalidCredentials')

  const phone = service().openBrowser()
  const done = await verifyEmail(phone, { token: mail.token })
  expect([done.kind, done.data?.email, done.setCookie]).toEqual(['VerifyEmailSuccess', 'Ada.New@Example.com', []])
  expect(await getSignedInEmail(phone)).toBeNull()
  expect(await getSignedInEmail(ada)).toBe('Ada.New@Example.com')
  expect(await tryLogIn('ada.new@example.com')).toBe('LoginSuccess')
  expect(await tryLogIn('ada@example.com')).toBe('InvalidCredentials')
  const notice = await service().waitForMail('ada@example.com')
  expect(notice.subject).toBe('Your email address was changed')
  expect(notice.raw).not.toContain('ada.new')
})

test('asking for an address that is taken gets the same answer, and sends no mail', async () => {
  const { browser: bea } = await createUser(service(), { email: 'bea@example.com' })
  await createUser(service(), { email: 'takenx@example.com' })
  const before = (await listMails(service(), 'takenx@example.com')).length
  const [taken, free] = [
    await changeEmail(bea, { email: 'takenx@example.com' }),
    await changeEmail(bea, { email: 'free12@example.com' }),
  ]
  expect(taken.text).toBe(free.text.replace('free12', 'takenx'))
  expect(await listMails(service(), 'takenx@example.com')).toHaveLength(before)
})

test('an address that is taken before its link is opened gives EmailTaken, and the link is used up', async () => {
  const { token, browser } = await requestChange('cid')
  await signUp(service().openBrowser(), { email: 'cid.new@example.com' })
  expect(await confirmChange(token)).toBe('EmailTaken')
  expect(await confirmChange(token)).toBe('InvalidToken')
  expect(await getSignedInEmail(browser)).toBe('cid@example.com')
  const subjects = (await listMails(service(), 'cid@example.com')).map(({ subject }) => subject)
  expect(subjects).toEqual(['Verify your email address'])
})

test('the current address is UNCHANGED, other letter case is a change, and text that is no address is an error', async () => {
  const { browser: dot } = await createUser(service(), { email: 'dot@example.com' })
  await service().waitForMail('dot@example.com')
  const findReason = async (email: string) => (await changeEmail(dot, { email })).data?.fields
  expect(await findReason(' dot@example.com')).toMatchObject([{ name: 'email', reason: 'UNCHANGED' }])
  expect(await findReason('dot')).toMatchObject([{ name: 'email', reason: 'MALFORMED' }])
  expect(await findReason('  ')).toMatchObject([{ name: 'email', reason: 'REQUIRED' }])
  expect(await findReason(`${'x'.repeat(260)}@example.com`)).toMatchObject([{ name: 'email', reason: 'TOO_LONG' }])
  expect((await changeEmail(dot, { email: 'Dot@example.com' })).kind).toBe('MailRequested')
  expect(await confirmChange((await service().waitForMail('Dot@example.com')).token)).toBe('VerifyEmailSuccess')
  expect(await getSignedInEmail(dot)).toBe('Dot@example.com')
})

test('the link for a new address works for 24 hours, to the millisecond', async () => {
  const late = await requestChange('late')
  service().clock.advance(24 * HOURS)
  expect(await confirmChange(late.token)).toBe('InvalidToken')
  const early = await requestChange('early')
  service().clock.advance(24 * HOURS - 1)
  expect(await confirmChange(early.token)).toBe('VerifyEmailSuccess')
})

test('the link for a new address works once, and a second request replaces the first', async () => {
  const { browser, token } = await requestChange('eve')
  await changeEmail(browser, { email: 'eve.newer@example.com' })
  const second = (await service().waitForMail('eve.newer@example.com')).token
  expect(await confirmChange(token)).toBe('InvalidToken')
  expect(await confirmChange(second)).toBe('VerifyEmailSuccess')
  expect(await confirmChange(second)).toBe('InvalidToken')
  expect(await getSignedInEmail(browser)).toBe('eve.newer@example.com')
})

test('the link for a new address does not reset a password', async () => {
  const { token } = await requestChange('fay')
  expect((await resetPassword(service().openBrowser(), { token })).kind).toBe('InvalidToken')
  expect(await confirmChange(token)).toBe('VerifyEmailSuccess')
})

test('a password change, a reset, a deletion and a disabled user each cancel a pending change of address', async () => {
  const changed = await requestChange('gus')
  await changePassword(changed.browser)
  const reset = await requestChange('hal')
  await requestPasswordReset(reset.browser, { email: 'hal@example.com' })
  await resetPassword(reset.browser, { token: (await service().waitForMail('hal@example.com')).token })
  const deleted = await requestChange('ida')
  await deleteAccount(deleted.browser)
  const disabled = await requestChange('jim')
  const { browser: admin } = await createUser(service(), { email: 'admin@example.com', roles: ['ADMIN'] })
  const id = await findUserId(service(), 'jim@example.com')
  await disableUser(admin, { id })
  const tokens = [changed, reset, deleted, disabled].map(({ token }) => token)
  expect(await Promise.all(tokens.map(confirmChange))).toEqual(Array(4).fill('InvalidToken'))
  await enableUser(admin, { id })
  expect(await confirmChange(disabled.token)).toBe('InvalidToken')
})

test('a changed address cancels the verification and the reset that were sent to the old one', async () => {
  const { browser, token } = await requestChange('kim')
  await requestEmailVerification(browser, { email: 'kim@example.com' })
  const verification = (await service().waitForMail('kim@example.com')).token
  await requestPasswordReset(browser, { email: 'kim@example.com' })
  const reset = (await service().waitForMail('kim@example.com')).token
  expect(await confirmChange(token)).toBe('VerifyEmailSuccess')
  expect(await confirmChange(verification)).toBe('InvalidToken')
  expect((await resetPassword(browser, { token: reset })).kind).toBe('InvalidToken')
})

test('a confirmed change of address ends no session', async () => {
  const { browser, token } = await requestChange('lou')
  const phone = await openSignedInBrowser(service(), { email: 'lou@example.com' })
  expect(await confirmChange(token)).toBe('VerifyEmailSuccess')
  expect(await Promise.all([browser, phone].map(getSignedInEmail))).toEqual(Array(2).fill('lou.new@example.com'))
})

test('a thief whose session is revoked before their mail is sent gets none', async () => {
  const server = await startMailServer()
  server.refuse(451)
  const own = await startOwnService({
    settings: { SMTP_URL: `smtp://127.0.0.1:${server.port}`, MAIL_FROM: 'no-reply@example.com' },
  })
  const { browser: mia } = await createUser(own, { email: 'mia@example.com' })
  const thief = mia.clone()
  await changeEmail(thief, { email: 'thief@example.com' })
  await own.waitForLog(({ event, kind }) => event === 'mail.failed' && kind === 'changeEmail')
  await revokeAllSessions(mia)
  server.refuse(null)
  await advanceUntil(own, 10_000, async () => expect(await own.db.collection('mails').countDocuments()).toBe(0))
  expect(server.deliveries.map(({ to }) => to)).toEqual(['mia@example.com'])
})

test('the old address can sign up again after a change', async () => {
  const { token } = await requestChange('ned')
  await confirmChange(token)
  expect((await signUp(service().openBrowser(), { email: 'ned@example.com' })).data).toMatchObject({
    __typename: 'SignupSuccess',
  })
})
