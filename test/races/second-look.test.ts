// A mutation that is under way while its session ends: the second look, and the generation in every write.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Browser } from '../testkit/browser.ts'
import { type Cast, type Somebody, startCast } from '../testkit/cast.ts'
import { holdAt, moments } from '../testkit/held.ts'
import { logIn, OTHER_PASSWORD, PASSWORD, whoIs } from '../testkit/people.ts'
import type { Match } from '../testkit/proxy.ts'
import {
  changePassword,
  deleteAccount,
  disableUser,
  handleOf,
  outcomeOf,
  reauthenticate,
  requestPasswordReset,
  resetPassword,
  revokeAllSessions,
  revokeOtherSessions,
  revokeSession,
  sessionsOf,
  updateProfile,
} from '../testkit/verbs.ts'

const THIRD_PASSWORD = 'seven lanterns along the quay'

let cast: Cast
let ada: Somebody
let phone: Browser
let admin: Somebody
beforeAll(async () => {
  cast = await startCast()
  admin = await cast.somebody('ADMIN')
})
beforeEach(async () => {
  ada = await cast.somebody()
  phone = await ada.another()
})
afterEach(() => cast.proxy.restore())
afterAll(() => cast.close())

async function opens(password: string): Promise<boolean> {
  const { body } = await logIn(cast.service.browser(), ada.email, password)
  return String(body.data?.login?.__typename) === 'LoginSuccess'
}

const changeEmail = (who: Browser) => who.gql('mutation { changeEmail(email: "new@example.com") { __typename } }')

/** Verbs, each held where it has been let in and has written nothing yet that counts. */
const VERBS: Record<string, { run: (who: Browser) => ReturnType<Browser['gql']>; held: Match }> = {
  changePassword: { run: (who) => changePassword(who), held: moments.insertion },
  reauthenticate: { run: (who) => reauthenticate(who), held: moments.tombstone },
  revokeOtherSessions: { run: revokeOtherSessions, held: moments.insertion },
  revokeAllSessions: { run: revokeAllSessions, held: moments.generationCommit },
  deleteAccount: { run: deleteAccount, held: { ...moments.sessionRead, nth: 2 } },
  changeEmail: { run: changeEmail, held: { ...moments.sessionRead, nth: 2 } },
  updateProfile: { run: (who) => updateProfile(who, 'Mallory'), held: { command: 'update', collection: 'users' } },
}

/** What ends the session of the phone, from the browser that Ada signed up in. */
const ENDINGS: Record<string, { end: (handle: string) => Promise<string>; generation: boolean }> = {
  revokeSession: { end: (handle) => outcomeOf(revokeSession(ada.browser, handle)), generation: false },
  revokeOtherSessions: { end: () => outcomeOf(revokeOtherSessions(ada.browser)), generation: true },
  changePassword: { end: () => outcomeOf(changePassword(ada.browser, THIRD_PASSWORD)), generation: true },
  disableUser: { end: () => outcomeOf(disableUser(admin.browser, ada.id)), generation: true },
  deleteAccount: { end: () => outcomeOf(deleteAccount(ada.browser)), generation: true },
}

/** What ends one session only, does not stop these: they carry the user's generation, and take no second look. */
const MAY_FINISH = new Set(['updateProfile', 'revokeAllSessions'])

for (const [verb, { run, held }] of Object.entries(VERBS)) {
  describe(`C-22: ${verb} under way`, () => {
    for (const [ending, { end, generation }] of Object.entries(ENDINGS)) {
      if (!generation && MAY_FINISH.has(verb)) continue
      test(`is refused after ${ending} has ended its session, and does nothing`, async () => {
        const handle = await handleOf(phone)
        const users = cast.db.collection('users')
        const gate = await holdAt(cast.proxy, held, () => run(phone))
        expect(await end(handle)).toMatch(/Success|SessionsRevoked/)
        const left = await users.find({ emailCanonical: ada.email }).toArray()
        gate.release()
        const { code, setCookie } = await gate.answer
        expect(code).toBe('UNAUTHENTICATED')
        expect(setCookie).toEqual([])
        expect(await users.find({ emailCanonical: ada.email }).toArray()).toEqual(left)
        expect(await cast.db.collection('mails').countDocuments({ userId: ada.id, kind: 'changeEmail' })).toBe(0)
        expect(await whoIs(phone)).toBeNull()
      })
    }
  })
}

describe('two changes of password at once', () => {
  test('one wins, the other is refused, and only the winner’s password works', async () => {
    const gate = await holdAt(cast.proxy, moments.passwordCommit, () =>
      outcomeOf(changePassword(ada.browser, OTHER_PASSWORD)),
    )
    expect(await outcomeOf(changePassword(phone, THIRD_PASSWORD))).toBe('ChangePasswordSuccess')
    gate.release()
    expect(await gate.answer).toBe('UNAUTHENTICATED')
    expect([await opens(PASSWORD), await opens(OTHER_PASSWORD), await opens(THIRD_PASSWORD)]).toEqual([
      false,
      false,
      true,
    ])
    expect(await whoIs(ada.browser)).toBeNull()
    expect(await whoIs(phone)).toBe(ada.email)
  })

  test('in two tabs of one browser: the loser’s answer does not sign the winner out', async () => {
    const tab = ada.browser.clone()
    const gate = await holdAt(cast.proxy, moments.passwordCommit, () => changePassword(ada.browser, OTHER_PASSWORD))
    await changePassword(tab, THIRD_PASSWORD)
    gate.release()
    const { setCookie, code } = await gate.answer
    expect({ setCookie, code }).toEqual({ setCookie: [], code: 'UNAUTHENTICATED' })
    expect(await sessionsOf(tab)).toHaveLength(1)
  })
})

test('a change of password under way when the password is reset by mail is refused, and the reset holds', async () => {
  await requestPasswordReset(phone, ada.email)
  const { token = '' } = await cast.service.mailTo(ada.email)
  const gate = await holdAt(cast.proxy, moments.passwordCommit, () =>
    outcomeOf(changePassword(ada.browser, OTHER_PASSWORD)),
  )
  expect(await outcomeOf(resetPassword(cast.service.browser(), token, THIRD_PASSWORD))).toBe('ResetPasswordSuccess')
  gate.release()
  expect(await gate.answer).toBe('UNAUTHENTICATED')
  expect([await opens(PASSWORD), await opens(OTHER_PASSWORD), await opens(THIRD_PASSWORD)]).toEqual([
    false,
    false,
    true,
  ])
})

test('C-29: a user who is deleted while a question of theirs is under way is nobody, not an error', async () => {
  const gate = await holdAt(cast.proxy, moments.userById, () => phone.gql('{ session { id } me { email } }'))
  await deleteAccount(ada.browser)
  gate.release()
  expect(await gate.answer).toMatchObject({
    status: 200,
    code: 'UNAUTHENTICATED',
    body: { data: { session: null, me: null } },
  })
})

test('C-29: a disabled user is nobody from the next request on, and a login looks like a wrong password', async () => {
  await disableUser(admin.browser, ada.id)
  expect(await whoIs(phone)).toBeNull()
  const right = await logIn(phone, ada.email)
  const wrong = await logIn(phone, ada.email, OTHER_PASSWORD)
  expect(right.text).toBe(wrong.text)
  expect(right.body.data?.login?.__typename).toBe('InvalidCredentials')
})
