import { expect, test, vi } from 'vitest'
import {
  changeEmail,
  changePassword,
  deleteAccount,
  requestEmailVerification,
  requestPasswordReset,
  resetPassword,
  revokeAllSessions,
  verifyEmail,
} from '../testkit/account.ts'
import { ownService, sharedService } from '../testkit/lend.ts'
import { logIn, OTHER_PASSWORD, PASSWORD, signUp, whoIs } from '../testkit/people.ts'
import { allMailsTo } from '../testkit/queue.ts'
import { startMailServer } from '../testkit/smtp.ts'
import { anotherBrowser, disableUser, enableUser, idOf, newcomer } from '../testkit/staff.ts'

const service = sharedService()
const HOURS = 3_600_000

/** Somebody new who has asked for another address: their browser, and the token of the mail to it. */
async function mover(name: string) {
  const who = await newcomer(service(), `${name}@example.com`)
  await service().mailTo(`${name}@example.com`)
  await changeEmail(who, `${name}.new@example.com`)
  return { who, token: (await service().mailTo(`${name}.new@example.com`)).token }
}

const confirm = async (token: string | undefined) => (await verifyEmail(service().browser(), token)).kind
const loginKind = async (email: string, password = PASSWORD) =>
  (await logIn(service().browser(), email, password)).body.data?.login?.__typename

test('nothing changes until the new address answers; then it is the address, and the old one hears of it', async () => {
  const ada = await newcomer(service(), 'ada@example.com')
  await service().mailTo('ada@example.com')
  const asked = await changeEmail(ada, ' Ada.New@Example.com ')
  expect([asked.kind, asked.data?.email]).toEqual(['MailRequested', 'Ada.New@Example.com'])
  const mail = await service().mailTo('Ada.New@example.com')
  expect(mail.subject).toBe('Verify your new email address')
  expect(await whoIs(ada)).toBe('ada@example.com')
  expect(await loginKind('ada.new@example.com')).toBe('InvalidCredentials')

  const phone = service().browser()
  const done = await verifyEmail(phone, mail.token)
  expect([done.kind, done.data?.email, done.answer.setCookie]).toEqual([
    'VerifyEmailSuccess',
    'Ada.New@Example.com',
    [],
  ])
  expect(await whoIs(phone)).toBeNull()
  expect(await whoIs(ada)).toBe('Ada.New@Example.com')
  expect(await loginKind('ada.new@example.com')).toBe('LoginSuccess')
  expect(await loginKind('ada@example.com')).toBe('InvalidCredentials')
  const notice = await service().mailTo('ada@example.com')
  expect(notice.subject).toBe('Your email address was changed')
  expect(notice.raw).not.toContain('ada.new')
})

test('asking for an address that is taken answers alike, and sends nobody a mail', async () => {
  const bea = await newcomer(service(), 'bea@example.com')
  await newcomer(service(), 'takenx@example.com')
  const before = (await allMailsTo(service(), 'takenx@example.com')).length
  const [taken, free] = [await changeEmail(bea, 'takenx@example.com'), await changeEmail(bea, 'free12@example.com')]
  expect(taken.answer.text).toBe(free.answer.text.replace('free12', 'takenx'))
  expect(await allMailsTo(service(), 'takenx@example.com')).toHaveLength(before)
})

test('an address that is taken before its mail is answered gives EmailTaken, and the link is spent', async () => {
  const { token, who } = await mover('cid')
  await signUp(service().browser(), 'cid.new@example.com')
  expect(await confirm(token)).toBe('EmailTaken')
  expect(await confirm(token)).toBe('InvalidToken')
  expect(await whoIs(who)).toBe('cid@example.com')
  const subjects = (await allMailsTo(service(), 'cid@example.com')).map(({ subject }) => subject)
  expect(subjects).toEqual(['Verify your email address'])
})

test('the address that one has is UNCHANGED, other letters of it are a change, and no address is an error', async () => {
  const dot = await newcomer(service(), 'dot@example.com')
  await service().mailTo('dot@example.com')
  const reasonOf = async (email: string) => (await changeEmail(dot, email)).data?.fields
  expect(await reasonOf(' dot@example.com')).toMatchObject([{ name: 'email', reason: 'UNCHANGED' }])
  expect(await reasonOf('dot')).toMatchObject([{ name: 'email', reason: 'MALFORMED' }])
  expect(await reasonOf('  ')).toMatchObject([{ name: 'email', reason: 'REQUIRED' }])
  expect(await reasonOf(`${'x'.repeat(260)}@example.com`)).toMatchObject([{ name: 'email', reason: 'TOO_LONG' }])
  expect((await changeEmail(dot, 'Dot@example.com')).kind).toBe('MailRequested')
  expect(await confirm((await service().mailTo('Dot@example.com')).token)).toBe('VerifyEmailSuccess')
  expect(await whoIs(dot)).toBe('Dot@example.com')
})

test('C-50: the token lives for 24 hours, to the millisecond', async () => {
  const late = await mover('late')
  service().clock.advance(24 * HOURS)
  expect(await confirm(late.token)).toBe('InvalidToken')
  const early = await mover('early')
  service().clock.advance(24 * HOURS - 1)
  expect(await confirm(early.token)).toBe('VerifyEmailSuccess')
})

test('C-50: it works once, and a second request replaces the first', async () => {
  const { who, token } = await mover('eve')
  await changeEmail(who, 'eve.newer@example.com')
  const second = (await service().mailTo('eve.newer@example.com')).token
  expect(await confirm(token)).toBe('InvalidToken')
  expect(await confirm(second)).toBe('VerifyEmailSuccess')
  expect(await confirm(second)).toBe('InvalidToken')
  expect(await whoIs(who)).toBe('eve.newer@example.com')
})

test('C-50: it is no token for a reset', async () => {
  const { token } = await mover('fay')
  expect((await resetPassword(service().browser(), token, OTHER_PASSWORD)).kind).toBe('InvalidToken')
  expect(await confirm(token)).toBe('VerifyEmailSuccess')
})

test('a changed or reset password, a deletion and a disabling end a change of address that is under way', async () => {
  const changed = await mover('gus')
  await changePassword(changed.who, PASSWORD, OTHER_PASSWORD)
  const reset = await mover('hal')
  await requestPasswordReset(reset.who, 'hal@example.com')
  await resetPassword(reset.who, (await service().mailTo('hal@example.com')).token, OTHER_PASSWORD)
  const deleted = await mover('ida')
  await deleteAccount(deleted.who)
  const disabled = await mover('jim')
  const admin = await newcomer(service(), 'admin@example.com', ['ADMIN'])
  const id = await idOf(service(), 'jim@example.com')
  await disableUser(admin, id)
  const tokens = [changed, reset, deleted, disabled].map(({ token }) => token)
  expect(await Promise.all(tokens.map(confirm))).toEqual(Array(4).fill('InvalidToken'))
  await enableUser(admin, id)
  expect(await confirm(disabled.token)).toBe('InvalidToken')
})

test('a changed address ends the verification and the resets that were mailed to the old one', async () => {
  const { who, token } = await mover('kim')
  await requestEmailVerification(who, 'kim@example.com')
  const verification = (await service().mailTo('kim@example.com')).token
  await requestPasswordReset(who, 'kim@example.com')
  const reset = (await service().mailTo('kim@example.com')).token
  expect(await confirm(token)).toBe('VerifyEmailSuccess')
  expect(await confirm(verification)).toBe('InvalidToken')
  expect((await resetPassword(who, reset, OTHER_PASSWORD)).kind).toBe('InvalidToken')
})

test('a confirmed change ends no session', async () => {
  const { who, token } = await mover('lou')
  const phone = await anotherBrowser(service(), 'lou@example.com')
  expect(await confirm(token)).toBe('VerifyEmailSuccess')
  expect(await Promise.all([who, phone].map(whoIs))).toEqual(Array(2).fill('lou.new@example.com'))
})

test('a thief whose sessions end before the mail is sent gets none', async () => {
  const server = await startMailServer()
  server.refuse(451)
  const own = await ownService({
    settings: { SMTP_URL: `smtp://127.0.0.1:${server.port}`, MAIL_FROM: 'no-reply@example.com' },
  })
  const mia = await newcomer(own, 'mia@example.com')
  const thief = mia.clone()
  await changeEmail(thief, 'thief@example.com')
  await own.logged(({ event, kind }) => event === 'mail.failed' && kind === 'changeEmail')
  await revokeAllSessions(mia)
  server.refuse(null)
  await vi.waitFor(async () => {
    own.clock.advance(10_000)
    expect(await own.db.collection('mails').countDocuments()).toBe(0)
  })
  expect(server.deliveries.map(({ to }) => to)).toEqual(['mia@example.com'])
})

test('the address that was given up can sign up again', async () => {
  const { token } = await mover('ned')
  await confirm(token)
  expect((await signUp(service().browser(), 'ned@example.com')).body.data?.signup).toMatchObject({
    __typename: 'SignupSuccess',
  })
})
