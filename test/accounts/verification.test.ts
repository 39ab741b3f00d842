import { expect, test } from 'vitest'
import {
  changeEmail,
  requestEmailVerification,
  requestPasswordReset,
  resetPassword,
  verifyEmail,
} from '../testkit/account.ts'
import { sharedService } from '../testkit/lend.ts'
import { OTHER_PASSWORD, whoIs } from '../testkit/people.ts'
import { allMailsTo } from '../testkit/queue.ts'
import { newcomer } from '../testkit/staff.ts'

const service = sharedService()
const HOURS = 3_600_000

const isVerified = async (email: string) =>
  (await service().db.collection('users').findOne({ emailCanonical: email }))?.emailVerified

test('a sign-up sends one mail, whose token verifies the address and signs nobody in', async () => {
  const ada = await newcomer(service(), 'ada@example.com')
  const mail = await service().mailTo('ada@example.com')
  expect(mail.subject).toBe('Verify your email address')
  const phone = service().browser()
  const { kind, data, answer } = await verifyEmail(phone, mail.token)
  expect([kind, data?.email]).toEqual(['VerifyEmailSuccess', 'ada@example.com'])
  expect(answer.setCookie).toEqual([])
  expect(await whoIs(phone)).toBeNull()
  expect(await whoIs(ada)).toBe('ada@example.com')
  const me = await ada.gql('{ me { emailVerified } }')
  expect(me.body.data).toEqual({ me: { emailVerified: true } })
})

test('C-50: verifying ends no session, neither here nor elsewhere, and sets no cookie', async () => {
  const bea = await newcomer(service(), 'bea@example.com')
  const mail = await service().mailTo('bea@example.com')
  const cookie = bea.cookie
  const { answer } = await verifyEmail(bea, mail.token)
  expect(answer.setCookie).toEqual([])
  expect(bea.cookie).toBe(cookie)
  expect(await whoIs(bea)).toBe('bea@example.com')
})

test('C-50: a token verifies once', async () => {
  await newcomer(service(), 'cid@example.com')
  const mail = await service().mailTo('cid@example.com')
  expect((await verifyEmail(service().browser(), mail.token)).kind).toBe('VerifyEmailSuccess')
  expect((await verifyEmail(service().browser(), mail.token)).kind).toBe('InvalidToken')
})

test('C-50: of two parallel uses of a token one verifies', async () => {
  await newcomer(service(), 'duo@example.com')
  const { token } = await service().mailTo('duo@example.com')
  const both = await Promise.all([verifyEmail(service().browser(), token), verifyEmail(service().browser(), token)])
  expect(both.map(({ kind }) => kind).sort()).toEqual(['InvalidToken', 'VerifyEmailSuccess'])
})

test('C-50: the token of a sign-up lives for 24 hours, to the millisecond', async () => {
  for (const [email, age, kind] of [
    ['in.time@example.com', 24 * HOURS - 1, 'VerifyEmailSuccess'],
    ['too.late@example.com', 24 * HOURS, 'InvalidToken'],
  ] as const) {
    await newcomer(service(), email)
    const mail = await service().mailTo(email)
    service().clock.advance(age)
    expect((await verifyEmail(service().browser(), mail.token)).kind).toBe(kind)
    expect(await isVerified(email)).toBe(kind === 'VerifyEmailSuccess')
  }
})

test('C-50: asked for again, the new mail replaces the old one', async () => {
  await newcomer(service(), 'eve@example.com')
  const first = await service().mailTo('eve@example.com')
  await requestEmailVerification(service().browser(), 'Eve@Example.com')
  const second = await service().mailTo('eve@example.com')
  expect((await verifyEmail(service().browser(), first.token)).kind).toBe('InvalidToken')
  expect((await verifyEmail(service().browser(), second.token)).kind).toBe('VerifyEmailSuccess')
})

test('asking again for a verified address sends nothing', async () => {
  await newcomer(service(), 'fay@example.com')
  const mail = await service().mailTo('fay@example.com')
  await verifyEmail(service().browser(), mail.token)
  expect((await requestEmailVerification(service().browser(), 'fay@example.com')).kind).toBe('MailRequested')
  expect(await allMailsTo(service(), 'fay@example.com')).toHaveLength(1)
})

test('7.6.2, C-50: opening the link, as mail scanners do, spends nothing', async () => {
  await newcomer(service(), 'gus@example.com')
  const { token } = await service().mailTo('gus@example.com')
  for (const method of ['GET', 'HEAD', 'POST']) {
    await service().browser().send(method, `/verify-email?token=${token}`)
    await service().browser().send(method, `/graphql?query=mutation{verifyEmail(token:"${token}"){__typename}}`)
  }
  expect(await isVerified('gus@example.com')).toBe(false)
  expect((await verifyEmail(service().browser(), token)).kind).toBe('VerifyEmailSuccess')
})

test('C-50: a token made for something else, and any other text, is InvalidToken with one answer', async () => {
  await newcomer(service(), 'hal@example.com')
  const verify = await service().mailTo('hal@example.com')
  await requestPasswordReset(service().browser(), 'hal@example.com')
  const reset = await service().mailTo('hal@example.com')
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
  const answers = await Promise.all(texts.map((text) => verifyEmail(service().browser(), text)))
  expect(new Set(answers.map(({ answer }) => `${answer.status} ${answer.text}`)).size).toBe(1)
  expect(answers[0]?.kind).toBe('InvalidToken')
  const swapped = await resetPassword(service().browser(), verify.token, OTHER_PASSWORD)
  expect(swapped.kind).toBe('InvalidToken')
  expect((await verifyEmail(service().browser(), verify.token)).kind).toBe('VerifyEmailSuccess')
})

test('verifying leaves the other links of the user alive', async () => {
  const ida = await newcomer(service(), 'ida@example.com')
  const verify = await service().mailTo('ida@example.com')
  await requestPasswordReset(ida, 'ida@example.com')
  const reset = await service().mailTo('ida@example.com')
  await changeEmail(ida, 'ida.new@example.com')
  const change = await service().mailTo('ida.new@example.com')
  expect((await verifyEmail(ida, verify.token)).kind).toBe('VerifyEmailSuccess')
  expect((await resetPassword(service().browser(), reset.token, 'short')).kind).toBe('InvalidInput')
  expect((await verifyEmail(ida, change.token)).kind).toBe('VerifyEmailSuccess')
})
