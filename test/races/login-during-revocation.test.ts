// A login or a sign-up is in progress while all sessions of the user end: its session never starts.
import { beforeAll, beforeEach, expect, test } from 'vitest'
import type { Browser } from '../testkit/browser.ts'
import {
  changePassword,
  deleteAccount,
  disableUser,
  getSignedInEmail,
  listSessions,
  logIn,
  OTHER_PASSWORD,
  requestPasswordReset,
  resetPassword,
  revokeAllSessions,
  revokeOtherSessions,
  signUp,
} from '../testkit/client.ts'
import { provideProxiedService } from '../testkit/fixtures.ts'
import { holdAt, moments } from '../testkit/mongo/holds.ts'
import type { Match } from '../testkit/mongo/proxy.ts'
import { createIdleUser, type User } from '../testkit/users.ts'

const service = provideProxiedService()
let ada: User
let admin: User
beforeAll(async () => {
  admin = await createIdleUser(service(), { roles: ['ADMIN'] })
})
beforeEach(async () => {
  ada = await createIdleUser(service())
})

const countLiveSessions = () =>
  service().db.collection('sessions').countDocuments({ 'session.userId': ada.id, 'session.replacedAt': null })

async function prepareReset() {
  const browser = service().openBrowser()
  await requestPasswordReset(browser, { email: ada.email })
  const { token = '' } = await service().waitForMail(ada.email)
  return async () => (await resetPassword(browser, { token })).kind
}

/** What ends the sessions of a user, and how many are left then. */
const REVOCATIONS: Record<
  string,
  { prepare: () => Promise<() => Promise<string | undefined>>; answers: string; left: number }
> = {
  revokeAllSessions: {
    prepare: async () => async () => (await revokeAllSessions(ada.browser)).kind,
    answers: 'SessionsRevoked',
    left: 0,
  },
  revokeOtherSessions: {
    prepare: async () => async () => (await revokeOtherSessions(ada.browser)).kind,
    answers: 'SessionsRevoked',
    left: 1,
  },
  changePassword: {
    prepare: async () => async () => (await changePassword(ada.browser)).kind,
    answers: 'ChangePasswordSuccess',
    left: 1,
  },
  resetPassword: { prepare: prepareReset, answers: 'ResetPasswordSuccess', left: 0 },
  disableUser: {
    prepare: async () => async () => (await disableUser(admin.browser, { id: ada.id })).kind,
    answers: 'AdminUserSuccess',
    left: 0,
  },
  deleteAccount: {
    prepare: async () => async () => (await deleteAccount(ada.browser)).kind,
    answers: 'DeleteAccountSuccess',
    left: 0,
  },
}

for (const [name, { prepare, answers, left }] of Object.entries(REVOCATIONS)) {
  async function endWhileALoginWaits(phone: Browser, moment: Match) {
    const end = await prepare()
    const gate = await holdAt(service().proxy, moment, () => logIn(phone, { email: ada.email }))
    expect(await end()).toBe(answers)
    gate.release()
    const { body, setCookie } = await gate.answer
    expect(body.data?.login?.__typename).toBe('InvalidCredentials')
    expect(setCookie).toEqual([])
    expect(await getSignedInEmail(phone)).toBeNull()
    expect(await countLiveSessions()).toBe(left)
  }

  test(`a login held before its session is stored starts none after ${name}`, () =>
    endWhileALoginWaits(service().openBrowser(), moments.sessionInsert))

  test(`a login held before its commit starts no session after ${name}`, () =>
    endWhileALoginWaits(service().openBrowser(), moments.loginCommit))

  test(`${name} during a login also ends the session that the same browser had before`, async () =>
    endWhileALoginWaits(await ada.logInElsewhere(), moments.loginCommit))
}

test('a login that committed before all sessions ended is ended with them', async () => {
  const phone = service().openBrowser()
  const gate = await holdAt(service().proxy, { ...moments.loginCommit, at: 'reply' }, () =>
    logIn(phone, { email: ada.email }),
  )
  await revokeAllSessions(ada.browser)
  gate.release()
  await gate.answer
  expect(await getSignedInEmail(phone)).toBeNull()
  expect(await countLiveSessions()).toBe(0)
})

test('a login with the old password does not outlive the password change in progress', async () => {
  const phone = service().openBrowser()
  const gate = await holdAt(
    service().proxy,
    moments.passwordCommit,
    async () => (await changePassword(ada.browser)).kind,
  )
  await logIn(phone, { email: ada.email })
  expect(await getSignedInEmail(phone)).toBe(ada.email)
  gate.release()
  expect(await gate.answer).toBe('ChangePasswordSuccess')
  expect(await getSignedInEmail(phone)).toBeNull()
  expect(await listSessions(ada.browser)).toHaveLength(1)
  await logIn(phone, { email: ada.email, password: OTHER_PASSWORD })
  expect(await getSignedInEmail(phone)).toBe(ada.email)
})

test('two parallel signups with one address make one user and one session', async () => {
  const email = 'grace@example.com'
  const browsers: Browser[] = [service().openBrowser(), service().openBrowser()]
  const gate = service().proxy.hold(moments.signupCommit)
  const [first, second] = browsers.map((browser) => signUp(browser, { email })) as [
    ReturnType<typeof signUp>,
    ReturnType<typeof signUp>,
  ]
  await gate.reached
  const winner = await Promise.race([first, second])
  expect(winner.kind).toBe('SignupSuccess')
  gate.release()
  const kinds = (await Promise.all([first, second])).map(({ body }) => body.data?.signup?.__typename)
  expect(kinds.map(String).sort()).toEqual(['EmailTaken', 'SignupSuccess'])
  expect(await service().db.collection('users').countDocuments({ emailCanonical: email })).toBe(1)
  const emails = await Promise.all(browsers.map(getSignedInEmail))
  expect(emails.filter((email) => email !== null)).toEqual([email])
  const user = await service().db.collection('users').findOne({ emailCanonical: email })
  const sessions = await service().db.collection('sessions').find({ 'session.replacedAt': null }).toArray()
  expect(sessions.filter(({ session }) => session.userId === user?._id.toHexString())).toHaveLength(1)
})
