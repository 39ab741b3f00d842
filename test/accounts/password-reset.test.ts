import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import {
  changeEmail,
  changePassword,
  deleteAccount,
  requestPasswordReset,
  resetPassword,
  verifyEmail,
} from '../testkit/account.ts'
import { sharedService } from '../testkit/lend.ts'
import { logIn, OTHER_PASSWORD, PASSWORD, signUp, whoIs } from '../testkit/people.ts'
import { allMailsTo } from '../testkit/queue.ts'
import { anotherBrowser, disableUser, enableUser, idOf, newcomer } from '../testkit/staff.ts'

const service = sharedService()
const MINUTES = 60_000

/** Somebody new who has asked for a reset: their browser, and the token of the mail. */
async function forgetful(email: string) {
  const who = await newcomer(service(), email)
  await service().mailTo(email)
  return { who, token: await askFor(email) }
}

async function askFor(email: string): Promise<string | undefined> {
  await requestPasswordReset(service().browser(), email)
  return (await service().mailTo(email)).token
}

const reset = (token: string | undefined, password = OTHER_PASSWORD) =>
  resetPassword(service().browser(), token, password)

const loginKind = async (email: string, password: string) =>
  (await logIn(service().browser(), email, password)).body.data?.login?.__typename

test('C-49, 6.4.3: a reset sets the password, verifies the address, ends every session and signs nobody in', async () => {
  const { who, token } = await forgetful('ada@example.com')
  const phone = await anotherBrowser(service(), 'ada@example.com')
  const stranger = service().browser()
  const { kind, data, answer } = await resetPassword(stranger, token, OTHER_PASSWORD)
  expect([kind, data?.email]).toEqual(['ResetPasswordSuccess', 'ada@example.com'])
  expect(answer.setCookie).toEqual([])
  expect(await Promise.all([who, phone, stranger].map(whoIs))).toEqual([null, null, null])
  expect(await service().db.collection('sessions').countDocuments()).toBe(0)
  expect(await loginKind('ada@example.com', PASSWORD)).toBe('InvalidCredentials')
  expect(await loginKind('ada@example.com', OTHER_PASSWORD)).toBe('LoginSuccess')
  expect(await service().db.collection('users').findOne()).toMatchObject({ emailVerified: true, tokens: {} })
  expect((await service().mailTo('ada@example.com')).subject).toBe('Your password was changed')
})

test('C-49: the browser that resets while signed in is signed out, and its cookie is left alone', async () => {
  const { who, token } = await forgetful('self@example.com')
  const { answer } = await resetPassword(who, token, OTHER_PASSWORD)
  expect(answer.setCookie).toEqual([])
  expect(await whoIs(who)).toBeNull()
})

test('C-49: a token resets once', async () => {
  const { token } = await forgetful('bea@example.com')
  expect((await reset(token)).kind).toBe('ResetPasswordSuccess')
  expect((await reset(token, 'yet another long phrase')).kind).toBe('InvalidToken')
  expect(await loginKind('bea@example.com', OTHER_PASSWORD)).toBe('LoginSuccess')
})

test('C-48: of two parallel uses with different passwords exactly one wins, and only its password works', async () => {
  const { token } = await forgetful('cid@example.com')
  const passwords = [OTHER_PASSWORD, 'a second harbour at dusk']
  const kinds = (await Promise.all(passwords.map((password) => reset(token, password)))).map(({ kind }) => kind)
  expect([...kinds].sort()).toEqual(['InvalidToken', 'ResetPasswordSuccess'])
  const logins = await Promise.all(passwords.map((password) => loginKind('cid@example.com', password)))
  expect(logins).toEqual(kinds.map((kind) => (kind === 'ResetPasswordSuccess' ? 'LoginSuccess' : 'InvalidCredentials')))
})

test('C-49: the token lives for 60 minutes, to the millisecond', async () => {
  for (const [email, age, kind] of [
    ['in.time@example.com', 60 * MINUTES - 1, 'ResetPasswordSuccess'],
    ['too.late@example.com', 60 * MINUTES, 'InvalidToken'],
  ] as const) {
    const { token } = await forgetful(email)
    service().clock.advance(age)
    expect((await reset(token)).kind).toBe(kind)
  }
})

test('C-49: a second request makes the first token invalid', async () => {
  const { token } = await forgetful('dot@example.com')
  const second = await askFor('dot@example.com')
  expect((await reset(token)).kind).toBe('InvalidToken')
  expect((await reset(second)).kind).toBe('ResetPasswordSuccess')
})

test('C-49: the token of one user changes nobody else, whoever uses it', async () => {
  const { token } = await forgetful('eve@example.com')
  const fay = await newcomer(service(), 'fay@example.com')
  expect((await resetPassword(fay, token, OTHER_PASSWORD)).data?.email).toBe('eve@example.com')
  expect(await whoIs(fay)).toBe('fay@example.com')
  expect(await loginKind('fay@example.com', PASSWORD)).toBe('LoginSuccess')
})

test('C-49: a changed password, a changed address, a deletion and a disabling each end the token', async () => {
  const change = await forgetful('gus@example.com')
  await changePassword(change.who, PASSWORD, OTHER_PASSWORD)
  const move = await forgetful('hal@example.com')
  await changeEmail(move.who, 'hal.new@example.com')
  expect((await verifyEmail(move.who, (await service().mailTo('hal.new@example.com')).token)).kind).toBe(
    'VerifyEmailSuccess',
  )
  const leave = await forgetful('ida@example.com')
  await deleteAccount(leave.who)
  const barred = await forgetful('jim@example.com')
  const admin = await newcomer(service(), 'admin@example.com', ['ADMIN'])
  await disableUser(admin, await idOf(service(), 'jim@example.com'))

  const answers = await Promise.all(
    [change, move, leave, barred].map(({ token }) => reset(token, 'one more long phrase')),
  )
  expect(answers.map(({ kind }) => kind)).toEqual(Array(4).fill('InvalidToken'))
  expect(new Set(answers.map(({ answer }) => answer.text)).size).toBe(1)
  await enableUser(admin, await idOf(service(), 'jim@example.com'))
  expect((await reset(barred.token)).kind).toBe('InvalidToken')
})

test('C-49: a token of a deleted user is not one of the next user of the address', async () => {
  const { who, token } = await forgetful('again@example.com')
  await deleteAccount(who)
  await signUp(service().browser(), 'again@example.com')
  expect((await reset(token)).kind).toBe('InvalidToken')
})

test.each([
  ['short', 'TOO_SHORT'],
  ['aaaaaaaaaaaaaaaaaaaa', 'TOO_COMMON'],
  [PASSWORD, 'UNCHANGED'],
  ['x'.repeat(300), 'TOO_LONG'],
] as const)('a refused password (%s) does not spend the token', async (password, reason) => {
  const { token } = await forgetful(`${reason.toLowerCase()}@example.com`)
  const refused = await reset(token, password)
  expect(refused.data).toMatchObject({ __typename: 'InvalidInput', fields: [{ name: 'newPassword', reason }] })
  expect((await reset(token)).kind).toBe('ResetPasswordSuccess')
})

test('a disabled user, an unknown address and no address get no mail, and the answer is the same but for the address', async () => {
  await newcomer(service(), 'off@example.com')
  await service().mailTo('off@example.com')
  await service()
    .db.collection('users')
    .updateOne({ emailCanonical: 'off@example.com' }, { $set: { disabledAt: new Date() } })
  for (const email of ['off@example.com', 'nobody@example.com', 'no address', '']) {
    const { kind, data } = await requestPasswordReset(service().browser(), ` ${email} `)
    expect([kind, data?.email]).toEqual(['MailRequested', email])
  }
  expect(await allMailsTo(service(), 'nobody@example.com')).toEqual([])
  expect((await allMailsTo(service(), 'off@example.com')).map(({ subject }) => subject)).toEqual([
    'Verify your email address',
  ])
})

test('only the hash of a token is in the database, under which the document finds its user', async () => {
  const { token = '' } = await forgetful('kim@example.com')
  const hash = createHash('sha256').update(token).digest('hex')
  expect(Buffer.from(token, 'base64url')).toHaveLength(32)
  const found = await service().db.collection<{ _id: string }>('tokens').findOne({ _id: hash })
  expect(found).toMatchObject({ purpose: 'resetPassword', userId: await idOf(service(), 'kim@example.com') })
  expect(await service().db.collection('users').findOne({ emailCanonical: 'kim@example.com' })).toMatchObject({
    tokens: { resetPassword: hash },
  })
})
