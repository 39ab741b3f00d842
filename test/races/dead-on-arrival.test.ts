// A login or sign-up that is under way while all sessions of the user end: what it makes is dead.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Browser } from '../testkit/browser.ts'
import { type Cast, type Somebody, startCast } from '../testkit/cast.ts'
import { holdAt, moments } from '../testkit/held.ts'
import { logIn, OTHER_PASSWORD, PASSWORD, signUp, whoIs } from '../testkit/people.ts'
import type { Match } from '../testkit/proxy.ts'
import {
  changePassword,
  deleteAccount,
  disableUser,
  outcomeOf,
  requestPasswordReset,
  resetPassword,
  revokeAllSessions,
  revokeOtherSessions,
  sessionsOf,
} from '../testkit/verbs.ts'

let cast: Cast
let ada: Somebody
let admin: Somebody
beforeAll(async () => {
  cast = await startCast()
  admin = await cast.somebody('ADMIN')
})
beforeEach(async () => {
  ada = await cast.somebody()
})
afterEach(() => cast.proxy.restore())
afterAll(() => cast.close())

const liveDocuments = () =>
  cast.db.collection('sessions').countDocuments({ 'session.userId': ada.id, 'session.replacedAt': null })

async function resetByMail() {
  const who = cast.service.browser()
  await requestPasswordReset(who, ada.email)
  const { token = '' } = await cast.service.mailTo(ada.email)
  return () => outcomeOf(resetPassword(who, token))
}

/** What ends every session of Ada's but the one that asks, and what is left of her sessions then. */
const ENDINGS: Record<string, { prepare: () => Promise<() => Promise<string>>; answers: string; left: number }> = {
  revokeAllSessions: {
    prepare: async () => () => outcomeOf(revokeAllSessions(ada.browser)),
    answers: 'SessionsRevoked',
    left: 0,
  },
  revokeOtherSessions: {
    prepare: async () => () => outcomeOf(revokeOtherSessions(ada.browser)),
    answers: 'SessionsRevoked',
    left: 1,
  },
  changePassword: {
    prepare: async () => () => outcomeOf(changePassword(ada.browser)),
    answers: 'ChangePasswordSuccess',
    left: 1,
  },
  resetPassword: { prepare: resetByMail, answers: 'ResetPasswordSuccess', left: 0 },
  disableUser: {
    prepare: async () => () => outcomeOf(disableUser(admin.browser, ada.id)),
    answers: 'AdminUserSuccess',
    left: 0,
  },
  deleteAccount: {
    prepare: async () => () => outcomeOf(deleteAccount(ada.browser)),
    answers: 'DeleteAccountSuccess',
    left: 0,
  },
}

for (const [name, { prepare, answers, left }] of Object.entries(ENDINGS)) {
  describe(`${name} while a login of the user is under way`, () => {
    async function endWhileALoginWaits(phone: Browser, moment: Match) {
      const end = await prepare()
      const gate = await holdAt(cast.proxy, moment, () => logIn(phone, ada.email))
      expect(await end()).toBe(answers)
      gate.release()
      const { body, setCookie } = await gate.answer
      expect(body.data?.login?.__typename).toBe('InvalidCredentials')
      expect(setCookie).toEqual([])
      expect(await whoIs(phone)).toBeNull()
      expect(await liveDocuments()).toBe(left)
    }

    test('leaves it dead on arrival, held before its insert', () =>
      endWhileALoginWaits(cast.service.browser(), moments.insertion))

    test('leaves it dead on arrival, held between its insert and its commit', () =>
      endWhileALoginWaits(cast.service.browser(), moments.loginCommit))

    test('ends the session that the same browser had before, too', async () =>
      endWhileALoginWaits(await ada.another(), moments.loginCommit))
  })
}

describe('a login whose commit went through', () => {
  test('before all sessions ended is ended with them', async () => {
    const phone = cast.service.browser()
    const gate = await holdAt(cast.proxy, { ...moments.loginCommit, at: 'reply' }, () => logIn(phone, ada.email))
    await revokeAllSessions(ada.browser)
    gate.release()
    await gate.answer
    expect(await whoIs(phone)).toBeNull()
    expect(await liveDocuments()).toBe(0)
  })

  test('with the old password, while it is being changed, does not outlive the change', async () => {
    const phone = cast.service.browser()
    const gate = await holdAt(cast.proxy, moments.passwordCommit, () => outcomeOf(changePassword(ada.browser)))
    await logIn(phone, ada.email, PASSWORD)
    expect(await whoIs(phone)).toBe(ada.email)
    gate.release()
    expect(await gate.answer).toBe('ChangePasswordSuccess')
    expect(await whoIs(phone)).toBeNull()
    expect(await sessionsOf(ada.browser)).toHaveLength(1)
    await logIn(phone, ada.email, OTHER_PASSWORD)
    expect(await whoIs(phone)).toBe(ada.email)
  })
})

test('signing up twice at once with one address makes one user and one session', async () => {
  const email = 'grace@example.com'
  const browsers: Browser[] = [cast.service.browser(), cast.service.browser()]
  const gate = cast.proxy.hold(moments.signupCommit)
  const [first, second] = browsers.map((who) => signUp(who, email)) as [
    ReturnType<typeof signUp>,
    ReturnType<typeof signUp>,
  ]
  await gate.reached
  const winner = await Promise.race([first, second])
  expect(winner.body.data?.signup?.__typename).toBe('SignupSuccess')
  gate.release()
  const kinds = (await Promise.all([first, second])).map(({ body }) => body.data?.signup?.__typename)
  expect(kinds.map(String).sort()).toEqual(['EmailTaken', 'SignupSuccess'])
  expect(await cast.db.collection('users').countDocuments({ emailCanonical: email })).toBe(1)
  const known = await Promise.all(browsers.map(whoIs))
  expect(known.filter((who) => who !== null)).toEqual([email])
  const user = await cast.db.collection('users').findOne({ emailCanonical: email })
  const sessions = await cast.db.collection('sessions').find({ 'session.replacedAt': null }).toArray()
  expect(sessions.filter(({ session }) => session.userId === user?._id.toHexString())).toHaveLength(1)
})
