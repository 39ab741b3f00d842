// OWASP ASVS 5.0, 7.6.2: opening a link, as mail scanners do, changes nothing by itself.
import { expect, test } from 'vitest'
import {
  changeEmail,
  getSignedInEmail,
  requestEmailVerification,
  requestPasswordReset,
  resetPassword,
  verifyEmail,
} from '../testkit/client.ts'
import { provideService } from '../testkit/fixtures.ts'
import { listMails } from '../testkit/mail/queue.ts'
import { createUser } from '../testkit/users.ts'

const service = provideService()
const HOURS = 3_600_000

const isVerified = async (email: string) =>
  (await service().db.collection('users').findOne({ emailCanonical: email }))?.emailVerified

test('signing up sends one mail, whose link verifies the address and signs nobody in', async () => {
  const { browser: ada } = await createUser(service(), { email: 'ada@example.com' })
  const mail = await service().waitForMail('ada@example.com')
  expect(mail.subject).toBe('Verify your email address')
  const phone = service().openBrowser()
  const { kind, data, setCookie } = await verifyEmail(phone, { token: mail.token })
  expect([kind, data?.email]).toEqual(['VerifyEmailSuccess', 'ada@example.com'])
  expect(setCookie).toEqual([])
  expect(await getSignedInEmail(phone)).toBeNull()
  expect(await getSignedInEmail(ada)).toBe('ada@example.com')
  const me = await ada.gql('{ me { emailVerified } }')
  expect(me.body.data).toEqual({ me: { emailVerified: true } })
})

test('verifying an address ends no session and sets no cookie', async () => {
  const { browser: bea } = await createUser(service(), { email: 'bea@example.com' })
  const mail = await service().waitForMail('bea@example.com')
  const cookie = bea.cookie
  const { setCookie } = await verifyEmail(bea, { token: mail.token })
  expect(setCookie).toEqual([])
  expect(bea.cookie).toBe(cookie)
  expect(await getSignedInEmail(bea)).toBe('bea@example.com')
})

test('a verification link works once', async () => {
  await createUser(service(), { email: 'cid@example.com' })
  const mail = await service().waitForMail('cid@example.com')
  expect((await verifyEmail(service().openBrowser(), { token: mail.token })).kind).toBe('VerifyEmailSuccess')
  expect((await verifyEmail(service().openBrowser(), { token: mail.token })).kind).toBe('InvalidToken')
})

test('of two parallel uses of a verification link one verifies', async () => {
  await createUser(service(), { email: 'duo@example.com' })
  const { token } = await service().waitForMail('duo@example.com')
  const both = await Promise.all([
    verifyEmail(service().openBrowser(), { token }),
    verifyEmail(service().openBrowser(), { token }),
  ])
  expect(both.map(({ kind }) => kind).sort()).toEqual(['InvalidToken', 'VerifyEmailSuccess'])
})

test('the verification link of a sign-up works for 24 hours, to the millisecond', async () => {
  for (const [email, age, kind] of [
    ['in.time@example.com', 24 * HOURS - 1, 'VerifyEmailSuccess'],
    ['too.late@example.com', 24 * HOURS, 'InvalidToken'],
  ] as const) {
    await createUser(service(), { email })
    const mail = await service().waitForMail(email)
    service().clock.advance(age)
    expect((await verifyEmail(service().openBrowser(), { token: mail.token })).kind).toBe(kind)
    expect(await isVerified(email)).toBe(kind === 'VerifyEmailSuccess')
  }
})

test('a new verification mail replaces the old one', async () => {
  await createUser(service(), { email: 'eve@example.com' })
  const first = await service().waitForMail('eve@example.com')
  await requestEmailVerification(service().openBrowser(), { email: 'Eve@Example.com' })
  const second = await service().waitForMail('eve@example.com')
  expect((await verifyEmail(service().openBrowser(), { token: first.token })).kind).toBe('InvalidToken')
  expect((await verifyEmail(service().openBrowser(), { token: second.token })).kind).toBe('VerifyEmailSuccess')
})

test('requesting a verification for a verified address sends nothing', async () => {
  await createUser(service(), { email: 'fay@example.com' })
  const mail = await service().waitForMail('fay@example.com')
  await verifyEmail(service().openBrowser(), { token: mail.token })
  expect((await requestEmailVerification(service().openBrowser(), { email: 'fay@example.com' })).kind).toBe(
    'MailRequested',
  )
  expect(await listMails(service(), 'fay@example.com')).toHaveLength(1)
})

test('opening the verification link with GET, HEAD or POST uses nothing up', async () => {
  await createUser(service(), { email: 'gus@example.com' })
  const { token } = await service().waitForMail('gus@example.com')
  for (const method of ['GET', 'HEAD', 'POST']) {
    await service().openBrowser().send(method, `/verify-email?token=${token}`)
    await service().openBrowser().send(method, `/graphql?query=mutation{verifyEmail(token:"${token}"){__typename}}`)
  }
  expect(await isVerified('gus@example.com')).toBe(false)
  expect((await verifyEmail(service().openBrowser(), { token })).kind).toBe('VerifyEmailSuccess')
})

test('a token for something else, and any other text, is InvalidToken with one answer', async () => {
  await createUser(service(), { email: 'hal@example.com' })
  const verify = await service().waitForMail('hal@example.com')
  await requestPasswordReset(service().openBrowser(), { email: 'hal@example.com' })
  const reset = await service().waitForMail('hal@example.com')
  const texts = [
    '',
    'x',
    'a'.repeat(43),
    `${verify.token}=`,
    `${verify.token}x`,
    ' ',
    '\u0000',
    '😀'.repeat(43),
    reset.token,
  ]
  const answers = await Promise.all(texts.map((text) => verifyEmail(service().openBrowser(), { token: text })))
  expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1)
  expect(answers[0]?.kind).toBe('InvalidToken')
  const swapped = await resetPassword(service().openBrowser(), { token: verify.token })
  expect(swapped.kind).toBe('InvalidToken')
  expect((await verifyEmail(service().openBrowser(), { token: verify.token })).kind).toBe('VerifyEmailSuccess')
})

test('verifying an address leaves the other links of the user valid', async () => {
  const { browser: ida } = await createUser(service(), { email: 'ida@example.com' })
  const verify = await service().waitForMail('ida@example.com')
  await requestPasswordReset(ida, { email: 'ida@example.com' })
  const reset = await service().waitForMail('ida@example.com')
  await changeEmail(ida, { email: 'ida.new@example.com' })
  const change = await service().waitForMail('ida.new@example.com')
  expect((await verifyEmail(ida, { token: verify.token })).kind).toBe('VerifyEmailSuccess')
  expect((await resetPassword(service().openBrowser(), { token: reset.token, newPassword: 'short' })).kind).toBe(
    'InvalidInput',
  )
  expect((await verifyEmail(ida, { token: change.token })).kind).toBe('VerifyEmailSuccess')
})
