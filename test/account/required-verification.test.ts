import { expect, onTestFinished, test } from 'vitest'
import {
  getSignedInEmail,
  logIn,
  OTHER_PASSWORD,
  PASSWORD,
  requestEmailVerification,
  requestPasswordReset,
  resetPassword,
  signUp,
  verifyEmail,
} from '../testkit/client.ts'
import { createTestDatabase } from '../testkit/database.ts'
import { provideService, startOwnService } from '../testkit/fixtures.ts'
import { listMails, waitForEmptyQueue } from '../testkit/mail/queue.ts'
import { startService } from '../testkit/service.ts'

const service = provideService({ settings: { EMAIL_VERIFICATION: 'required' } })
const SQUATTER = 'the squatter was here first'

const trySignUp = async (email: string, password = PASSWORD, names: object = {}) =>
  (await signUp(service().openBrowser(), { email, password, ...names })).kind
const tryLogIn = async (email: string, password = PASSWORD) =>
  (await logIn(service().openBrowser(), { email, password })).kind
const verify = async (token: string | undefined) => (await verifyEmail(service().openBrowser(), { token })).kind

test('with required verification, signing up signs nobody in; once verified, the user logs in', async () => {
  const ada = service().openBrowser()
  const answer = await signUp(ada)
  expect(answer.data).toEqual({ __typename: 'MailRequested', email: 'ada@example.com' })
  expect(answer.setCookie).toEqual([])
  expect(await getSignedInEmail(ada)).toBeNull()
  expect(await tryLogIn('ada@example.com')).toBe('EmailNotVerified')
  expect(await service().db.collection('sessions').countDocuments()).toBe(0)
  const verified = await verifyEmail(ada, { token: (await service().waitForMail('ada@example.com')).token })
  expect(verified.setCookie).toEqual([])
  expect(await getSignedInEmail(ada)).toBeNull()
  expect(await tryLogIn('ada@example.com')).toBe('LoginSuccess')
})

test('the right password of an unverified user starts no session and sets no cookie', async () => {
  await trySignUp('bea@example.com')
  const before = await service().db.collection('sessions').countDocuments()
  const answer = await logIn(service().openBrowser(), { email: 'bea@example.com' })
  expect(answer.data).toMatchObject({ __typename: 'EmailNotVerified' })
  expect(answer.setCookie).toEqual([])
  expect(await service().db.collection('sessions').countDocuments()).toBe(before)
})

test('a verified owner is told by mail that someone tried to sign up, and nothing of theirs changes', async () => {
  await trySignUp('cid@example.com')
  await verify((await service().waitForMail('cid@example.com')).token)
  const before = await service().db.collection('users').findOne({ emailCanonical: 'cid@example.com' })
  expect(await trySignUp('CID@example.com', OTHER_PASSWORD, { firstName: 'Mallory' })).toBe('MailRequested')
  const mail = await service().waitForMail('cid@example.com')
  expect(mail.subject).toBe('Someone tried to sign up with your email address')
  expect(mail.token).toBeUndefined()
  expect(await service().db.collection('users').findOne({ emailCanonical: 'cid@example.com' })).toEqual(before)
})

test('someone who signed up first with a foreign address gets nothing: the owner of the mailbox decides by the link they open', async () => {
  await trySignUp('owner@example.com', SQUATTER, { firstName: 'Squatter' })
  await service().waitForMail('owner@example.com')
  await trySignUp('owner@example.com', PASSWORD, { firstName: 'Olive', lastName: 'Owner' })
  const own = await service().waitForMail('owner@example.com')
  expect(await tryLogIn('owner@example.com', PASSWORD)).toBe('InvalidCredentials')
  expect(await verify(own.token)).toBe('VerifyEmailSuccess')
  expect(await tryLogIn('owner@example.com', SQUATTER)).toBe('InvalidCredentials')
  const olive = service().openBrowser()
  await logIn(olive, { email: 'owner@example.com' })
  const { body } = await olive.gql('{ me { firstName lastName emailVerified } }')
  expect(body.data?.me).toEqual({ firstName: 'Olive', lastName: 'Owner', emailVerified: true })
})

test('someone who signs up after the owner gets nothing either, and no other link works after the first', async () => {
  await trySignUp('first@example.com', PASSWORD)
  const own = await service().waitForMail('first@example.com')
  await trySignUp('first@example.com', SQUATTER)
  const squatters = await service().waitForMail('first@example.com')
  expect(await verify(own.token)).toBe('VerifyEmailSuccess')
  expect(await verify(squatters.token)).toBe('InvalidToken')
  expect([await tryLogIn('first@example.com', PASSWORD), await tryLogIn('first@example.com', SQUATTER)]).toEqual([
    'LoginSuccess',
    'InvalidCredentials',
  ])
})

test('of several sign-ups with one address exactly one wins, also when their links are opened at once', async () => {
  const passwords = [PASSWORD, OTHER_PASSWORD, SQUATTER]
  const tokens = []
  for (const password of passwords) {
    await trySignUp('race@example.com', password)
    tokens.push((await service().waitForMail('race@example.com')).token)
  }
  const kinds = await Promise.all(tokens.map(verify))
  expect(kinds.filter((kind) => kind === 'VerifyEmailSuccess')).toHaveLength(1)
  const winner = passwords[kinds.indexOf('VerifyEmailSuccess')]
  for (const password of passwords) {
    expect(await tryLogIn('race@example.com', password)).toBe(
      password === winner ? 'LoginSuccess' : 'InvalidCredentials',
    )
  }
})

test('a session from before verification was required ends when the owner of the mailbox verifies', async () => {
  const database = await createTestDatabase()
  onTestFinished(() => database.drop())
  const lax = await startService({ databaseUri: database.uri, settings: { SESSION_SECRET: 's'.repeat(32) } })
  const squatter = lax.openBrowser()
  await signUp(squatter, { email: 'owner@example.com', password: SQUATTER })
  const cookie = squatter.cookie ?? ''
  await waitForEmptyQueue(database)
  await lax.close()

  const strict = await startOwnService({
    databaseUri: database.uri,
    settings: { SESSION_SECRET: 's'.repeat(32), EMAIL_VERIFICATION: 'required' },
  })
  const back = strict.openBrowser()
  back.setCookie(cookie)
  expect(await getSignedInEmail(back)).toBe('owner@example.com')
  await signUp(strict.openBrowser(), { email: 'owner@example.com' })
  await verifyEmail(strict.openBrowser(), { token: (await strict.waitForMail('owner@example.com')).token })
  expect(await getSignedInEmail(back)).toBeNull()
  expect(await database.db.collection('sessions').countDocuments()).toBe(0)
})

test('a reset by mail verifies the address, too, and cancels the sign-ups of others', async () => {
  await trySignUp('reset@example.com', PASSWORD)
  await service().waitForMail('reset@example.com')
  await trySignUp('reset@example.com', SQUATTER)
  const attempt = await service().waitForMail('reset@example.com')
  await requestPasswordReset(service().openBrowser(), { email: 'reset@example.com' })
  const reset = await service().waitForMail('reset@example.com')
  expect((await resetPassword(service().openBrowser(), { token: reset.token })).kind).toBe('ResetPasswordSuccess')
  expect(await verify(attempt.token)).toBe('InvalidToken')
  expect(await tryLogIn('reset@example.com', OTHER_PASSWORD)).toBe('LoginSuccess')
})

test('an unknown address gets no mail, whatever is requested', async () => {
  await requestEmailVerification(service().openBrowser(), { email: 'nobody@example.com' })
  await requestPasswordReset(service().openBrowser(), { email: 'nobody@example.com' })
  expect(await listMails(service(), 'nobody@example.com')).toEqual([])
})

test('signing up in a signed-in browser leaves it signed in', async () => {
  await trySignUp('kim@example.com')
  await verify((await service().waitForMail('kim@example.com')).token)
  const kim = service().openBrowser()
  await logIn(kim, { email: 'kim@example.com' })
  expect((await signUp(kim, { email: 'lou@example.com' })).setCookie).toEqual([])
  expect(await getSignedInEmail(kim)).toBe('kim@example.com')
})
