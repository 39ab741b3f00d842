import { expect, onTestFinished, test } from 'vitest'
import { requestEmailVerification, requestPasswordReset, resetPassword, verifyEmail } from '../testkit/account.ts'
import { createTestDatabase } from '../testkit/database.ts'
import { ownService, sharedService } from '../testkit/lend.ts'
import { logIn, OTHER_PASSWORD, PASSWORD, signUp, whoIs } from '../testkit/people.ts'
import { allMailsTo, queueEmpty } from '../testkit/queue.ts'
import { startService } from '../testkit/service.ts'

const service = sharedService({ settings: { EMAIL_VERIFICATION: 'required' } })
const SQUATTER = 'the squatter was here first'

const signupKind = async (email: string, password = PASSWORD, names: object = {}) =>
  (await signUp(service().browser(), email, password, names)).body.data?.signup?.__typename
const loginKind = async (email: string, password = PASSWORD) =>
  (await logIn(service().browser(), email, password)).body.data?.login?.__typename
const verify = async (token: string | undefined) => (await verifyEmail(service().browser(), token)).kind

test('a sign-up signs nobody in; once verified, the user logs in', async () => {
  const ada = service().browser()
  const answer = await signUp(ada)
  expect(answer.body.data?.signup).toEqual({ __typename: 'MailRequested', email: 'ada@example.com' })
  expect(answer.setCookie).toEqual([])
  expect(await whoIs(ada)).toBeNull()
  expect(await loginKind('ada@example.com')).toBe('EmailNotVerified')
  expect(await service().db.collection('sessions').countDocuments()).toBe(0)
  const { answer: verified } = await verifyEmail(ada, (await service().mailTo('ada@example.com')).token)
  expect(verified.setCookie).toEqual([])
  expect(await whoIs(ada)).toBeNull()
  expect(await loginKind('ada@example.com')).toBe('LoginSuccess')
})

test('a login of an unverified user with the right password makes no session and sets no cookie', async () => {
  await signupKind('bea@example.com')
  const before = await service().db.collection('sessions').countDocuments()
  const answer = await logIn(service().browser(), 'bea@example.com')
  expect(answer.body.data?.login).toMatchObject({ __typename: 'EmailNotVerified' })
  expect(answer.setCookie).toEqual([])
  expect(await service().db.collection('sessions').countDocuments()).toBe(before)
})

test('a verified owner is told by mail that somebody tried, and nothing of theirs changes', async () => {
  await signupKind('cid@example.com')
  await verify((await service().mailTo('cid@example.com')).token)
  const before = await service().db.collection('users').findOne({ emailCanonical: 'cid@example.com' })
  expect(await signupKind('CID@example.com', OTHER_PASSWORD, { firstName: 'Mallory' })).toBe('MailRequested')
  const mail = await service().mailTo('cid@example.com')
  expect(mail.subject).toBe('Someone tried to sign up with your email address')
  expect(mail.token).toBeUndefined()
  expect(await service().db.collection('users').findOne({ emailCanonical: 'cid@example.com' })).toEqual(before)
})

test('a squatter who signed up first gets nothing: the owner of the mailbox has the attempt that they confirm', async () => {
  await signupKind('owner@example.com', SQUATTER, { firstName: 'Squatter' })
  await service().mailTo('owner@example.com')
  await signupKind('owner@example.com', PASSWORD, { firstName: 'Olive', lastName: 'Owner' })
  const own = await service().mailTo('owner@example.com')
  expect(await loginKind('owner@example.com', PASSWORD)).toBe('InvalidCredentials')
  expect(await verify(own.token)).toBe('VerifyEmailSuccess')
  expect(await loginKind('owner@example.com', SQUATTER)).toBe('InvalidCredentials')
  const olive = service().browser()
  await logIn(olive, 'owner@example.com', PASSWORD)
  const { body } = await olive.gql('{ me { firstName lastName emailVerified } }')
  expect(body.data?.me).toEqual({ firstName: 'Olive', lastName: 'Owner', emailVerified: true })
})

test('a squatter who signs up after the owner gets nothing either, and neither link works after the first', async () => {
  await signupKind('first@example.com', PASSWORD)
  const own = await service().mailTo('first@example.com')
  await signupKind('first@example.com', SQUATTER)
  const squatters = await service().mailTo('first@example.com')
  expect(await verify(own.token)).toBe('VerifyEmailSuccess')
  expect(await verify(squatters.token)).toBe('InvalidToken')
  expect([await loginKind('first@example.com', PASSWORD), await loginKind('first@example.com', SQUATTER)]).toEqual([
    'LoginSuccess',
    'InvalidCredentials',
  ])
})

test('of several attempts one wins, also when their links are opened at once', async () => {
  const passwords = [PASSWORD, OTHER_PASSWORD, SQUATTER]
  const tokens = []
  for (const password of passwords) {
    await signupKind('race@example.com', password)
    tokens.push((await service().mailTo('race@example.com')).token)
  }
  const kinds = await Promise.all(tokens.map(verify))
  expect(kinds.filter((kind) => kind === 'VerifyEmailSuccess')).toHaveLength(1)
  const winner = passwords[kinds.indexOf('VerifyEmailSuccess')]
  for (const password of passwords) {
    expect(await loginKind('race@example.com', password)).toBe(
      password === winner ? 'LoginSuccess' : 'InvalidCredentials',
    )
  }
})

test('a squatter with a session from before verification was required loses it with the password', async () => {
  const database = await createTestDatabase()
  onTestFinished(() => database.drop())
  const lax = await startService({ databaseUri: database.uri, settings: { SESSION_SECRET: 's'.repeat(32) } })
  const squatter = lax.browser()
  await signUp(squatter, 'owner@example.com', SQUATTER)
  const cookie = squatter.cookie ?? ''
  await queueEmpty(database)
  await lax.close()

  const strict = await ownService({
    databaseUri: database.uri,
    settings: { SESSION_SECRET: 's'.repeat(32), EMAIL_VERIFICATION: 'required' },
  })
  const back = strict.browser()
  back.setCookie(cookie)
  expect(await whoIs(back)).toBe('owner@example.com')
  await signUp(strict.browser(), 'owner@example.com', PASSWORD)
  await verifyEmail(strict.browser(), (await strict.mailTo('owner@example.com')).token)
  expect(await whoIs(back)).toBeNull()
  expect(await database.db.collection('sessions').countDocuments()).toBe(0)
})

test('a reset by mail verifies the address, too, and ends the attempts of others', async () => {
  await signupKind('reset@example.com', PASSWORD)
  await service().mailTo('reset@example.com')
  await signupKind('reset@example.com', SQUATTER)
  const attempt = await service().mailTo('reset@example.com')
  await requestPasswordReset(service().browser(), 'reset@example.com')
  const reset = await service().mailTo('reset@example.com')
  expect((await resetPassword(service().browser(), reset.token, OTHER_PASSWORD)).kind).toBe('ResetPasswordSuccess')
  expect(await verify(attempt.token)).toBe('InvalidToken')
  expect(await loginKind('reset@example.com', OTHER_PASSWORD)).toBe('LoginSuccess')
})

test('an unknown address gets no mail, whatever is asked for it', async () => {
  await requestEmailVerification(service().browser(), 'nobody@example.com')
  await requestPasswordReset(service().browser(), 'nobody@example.com')
  expect(await allMailsTo(service(), 'nobody@example.com')).toEqual([])
})

test('a sign-up in a browser where somebody is signed in leaves them signed in', async () => {
  await signupKind('kim@example.com')
  await verify((await service().mailTo('kim@example.com')).token)
  const kim = service().browser()
  await logIn(kim, 'kim@example.com')
  expect((await signUp(kim, 'lou@example.com')).setCookie).toEqual([])
  expect(await whoIs(kim)).toBe('kim@example.com')
})
