// A mutation is in progress while its session ends: each rereads the session or expects the user's generation in its write.
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
  PASSWORD,
  reauthenticate,
  requestPasswordReset,
  requireSessionId,
  resetPassword,
  revokeAllSessions,
  revokeOtherSessions,
  revokeSession,
  updateProfile,
} from '../testkit/client.ts'
import { provideProxiedService } from '../testkit/fixtures.ts'
import { holdAt, moments } from '../testkit/mongo/holds.ts'
import type { Match } from '../testkit/mongo/proxy.ts'
import { createIdleUser, type User } from '../testkit/users.ts'

const THIRD_PASSWORD = 'seven lanterns along the quay'

const service = provideProxiedService()
let ada: User
let phone: Browser
let admin: User
beforeAll(async () => {
  admin = await createIdleUser(service(), { roles: ['ADMIN'] })
})
beforeEach(async () => {
  ada = await createIdleUser(service())
  phone = await ada.logInElsewhere()
})

async function canLogIn(password: string): Promise<boolean> {
  const { body } = await logIn(service().openBrowser(), { email: ada.email, password })
  return String(body.data?.login?.__typename) === 'LoginSuccess'
}

const changeEmail = (browser: Browser) =>
  browser.gql('mutation { changeEmail(email: "new@example.com") { __typename } }')

/** Operations, each held after its guard and before its commit. */
const OPERATIONS: Record<string, { run: (browser: Browser) => ReturnType<Browser['gql']>; held: Match }> = {
  changePassword: { run: (browser) => changePassword(browser), held: moments.sessionInsert },
  reauthenticate: { run: (browser) => reauthenticate(browser), held: moments.sessionReplacement },
  revokeOtherSessions: { run: revokeOtherSessions, held: moments.sessionInsert },
  revokeAllSessions: { run: revokeAllSessions, held: moments.generationCommit },
  deleteAccount: { run: deleteAccount, held: { ...moments.sessionRead, nth: 2 } },
  changeEmail: { run: changeEmail, held: { ...moments.sessionRead, nth: 2 } },
  updateProfile: {
    run: (browser) => updateProfile(browser, { firstName: 'Mallory' }),
    held: { command: 'update', collection: 'users' },
  },
}

/** What revokes the session of the phone, from the browser that the user signed up in. */
const REVOCATIONS: Record<string, { end: (handle: string) => Promise<string | undefined>; generation: boolean }> = {
  revokeSession: { end: async (handle) => (await revokeSession(ada.browser, { id: handle })).kind, generation: false },
  revokeOtherSessions: { end: async () => (await revokeOtherSessions(ada.browser)).kind, generation: true },
  changePassword: {
    end: async () => (await changePassword(ada.browser, { newPassword: THIRD_PASSWORD })).kind,
    generation: true,
  },
  disableUser: { end: async () => (await disableUser(admin.browser, { id: ada.id })).kind, generation: true },
  deleteAccount: { end: async () => (await deleteAccount(ada.browser)).kind, generation: true },
}

/** Revoking one session does not stop these: they expect the user's generation, and do not reread the session. */
const MAY_FINISH = new Set(['updateProfile', 'revokeAllSessions'])

for (const [operation, { run, held }] of Object.entries(OPERATIONS)) {
  for (const [revocation, { end, generation }] of Object.entries(REVOCATIONS)) {
    if (!generation && MAY_FINISH.has(operation)) continue
    test(`${operation} in progress is refused after ${revocation} has ended its session, and changes nothing`, async () => {
      const handle = await requireSessionId(phone)
      const users = service().db.collection('users')
      const gate = await holdAt(service().proxy, held, () => run(phone))
      expect(await end(handle)).toMatch(/Success|SessionsRevoked/)
      const left = await users.find({ emailCanonical: ada.email }).toArray()
      gate.release()
      const { code, setCookie } = await gate.answer
      expect(code).toBe('UNAUTHENTICATED')
      expect(setCookie).toEqual([])
      expect(await users.find({ emailCanonical: ada.email }).toArray()).toEqual(left)
      expect(await service().db.collection('mails').countDocuments({ userId: ada.id, kind: 'changeEmail' })).toBe(0)
      expect(await getSignedInEmail(phone)).toBeNull()
    })
  }
}

test('of two parallel password changes one wins, and only its password works', async () => {
  const gate = await holdAt(
    service().proxy,
    moments.passwordCommit,
    async () => (await changePassword(ada.browser)).kind,
  )
  expect((await changePassword(phone, { newPassword: THIRD_PASSWORD })).kind).toBe('ChangePasswordSuccess')
  gate.release()
  expect(await gate.answer).toBe('UNAUTHENTICATED')
  expect([await canLogIn(PASSWORD), await canLogIn(OTHER_PASSWORD), await canLogIn(THIRD_PASSWORD)]).toEqual([
    false,
    false,
    true,
  ])
  expect(await getSignedInEmail(ada.browser)).toBeNull()
  expect(await getSignedInEmail(phone)).toBe(ada.email)
})

test('of two password changes in tabs of one browser the loser does not sign the winner out', async () => {
  const tab = ada.browser.clone()
  const gate = await holdAt(service().proxy, moments.passwordCommit, () => changePassword(ada.browser))
  await changePassword(tab, { newPassword: THIRD_PASSWORD })
  gate.release()
  const { setCookie, code } = await gate.answer
  expect({ setCookie, code }).toEqual({ setCookie: [], code: 'UNAUTHENTICATED' })
  expect(await listSessions(tab)).toHaveLength(1)
})

test('a password change in progress is refused after a reset by mail, and the reset holds', async () => {
  await requestPasswordReset(phone, { email: ada.email })
  const { token = '' } = await service().waitForMail(ada.email)
  const gate = await holdAt(
    service().proxy,
    moments.passwordCommit,
    async () => (await changePassword(ada.browser)).kind,
  )
  expect((await resetPassword(service().openBrowser(), { token, newPassword: THIRD_PASSWORD })).kind).toBe(
    'ResetPasswordSuccess',
  )
  gate.release()
  expect(await gate.answer).toBe('UNAUTHENTICATED')
  expect([await canLogIn(PASSWORD), await canLogIn(OTHER_PASSWORD), await canLogIn(THIRD_PASSWORD)]).toEqual([
    false,
    false,
    true,
  ])
})

test('a user who is deleted while their query is in progress is signed out, without an error', async () => {
  const gate = await holdAt(service().proxy, moments.userRead, () => phone.gql('{ session { id } me { email } }'))
  await deleteAccount(ada.browser)
  gate.release()
  expect(await gate.answer).toMatchObject({
    status: 200,
    code: 'UNAUTHENTICATED',
    body: { data: { session: null, me: null } },
  })
})

test('a disabled user is signed out from the next request on, and login looks like a wrong password', async () => {
  await disableUser(admin.browser, { id: ada.id })
  expect(await getSignedInEmail(phone)).toBeNull()
  const right = await logIn(phone, { email: ada.email })
  const wrong = await logIn(phone, { email: ada.email, password: OTHER_PASSWORD })
  expect(right.text).toBe(wrong.text)
  expect(right.kind).toBe('InvalidCredentials')
})
