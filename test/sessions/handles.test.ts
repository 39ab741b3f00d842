// What a front end reads of sessions: handles stay, one entry each, and the times are the contract's.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { DAYS, HOURS, MINUTES } from '../../src/units.ts'
import type { Browser } from '../testkit/browser.ts'
import { type Cast, type Somebody, startCast } from '../testkit/cast.ts'
import { holdAt, moments } from '../testkit/held.ts'
import { logIn, logOut, signUp, whoIs } from '../testkit/people.ts'
import {
  changePassword,
  deleteAccount,
  handleOf,
  reauthenticate,
  revokeAllSessions,
  revokeOtherSessions,
  revokeSession,
  sessionOf,
  sessionsOf,
  updateProfile,
} from '../testkit/verbs.ts'

let cast: Cast
let ada: Somebody
beforeAll(async () => {
  cast = await startCast()
})
beforeEach(async () => {
  ada = await cast.somebody()
})
afterEach(() => cast.proxy.restore())
afterAll(() => cast.close())

const now = () => cast.service.clock.now()
const later = (from: string | undefined, ms: number) => new Date(Date.parse(from ?? '') + ms).toISOString()

const RENEWALS: Record<string, { renew: (who: Browser) => Promise<unknown>; proves: boolean }> = {
  reauthenticate: { renew: (who) => reauthenticate(who), proves: true },
  changePassword: { renew: (who) => changePassword(who), proves: true },
  revokeOtherSessions: { renew: (who) => revokeOtherSessions(who), proves: false },
}

for (const [name, { renew, proves }] of Object.entries(RENEWALS)) {
  describe(`after ${name}`, () => {
    test('the session has its handle and its beginning, and a new cookie', async () => {
      const before = await sessionOf(ada.browser)
      const cookie = ada.browser.cookie
      cast.service.clock.advance(5 * MINUTES)
      const answer = (await renew(ada.browser)) as { setCookie: string[] }
      expect(answer.setCookie).toHaveLength(1)
      expect(ada.browser.cookie).not.toBe(cookie)
      const after = await sessionOf(ada.browser)
      expect(after).toEqual({
        id: before?.id,
        current: true,
        createdAt: before?.createdAt,
        lastSeenAt: now().toISOString(),
        authenticatedAt: proves ? now().toISOString() : before?.authenticatedAt,
        expiresAt: later(now().toISOString(), 24 * HOURS),
      })
      expect(await sessionsOf(ada.browser)).toEqual([after])
    })

    test('the absolute limit is where it was, and so is the Expires of a remembered cookie', async () => {
      const phone = cast.service.browser()
      await logIn(phone, ada.email, undefined, { rememberMe: true })
      const limit = new Date(now().getTime() + 30 * DAYS)
      for (let day = 0; day < 2; day += 1) {
        cast.service.clock.advance(10 * DAYS)
        expect(await whoIs(phone)).toBe(ada.email)
      }
      await reauthenticate(phone)
      const answer = (await renew(phone)) as { setCookie: string[] }
      expect(answer.setCookie[0]).toContain(`; Expires=${limit.toUTCString()};`)
      expect((await sessionOf(phone))?.expiresAt).toBe(limit.toISOString())
    })
  })
}

describe('a list shows one entry a handle', () => {
  const HELD = {
    reauthenticate: [moments.tombstone],
    changePassword: [moments.passwordCommit, moments.tombstone],
    revokeOtherSessions: [moments.generationCommit, moments.tombstone],
  }
  for (const [name, held] of Object.entries(HELD)) {
    held.forEach((moment, n) => {
      test(`while ${name} is held at its ${n === 0 ? 'commit' : 'tombstone'}`, async () => {
        const before = await handleOf(ada.browser)
        const phone = n === 0 ? await ada.another() : null
        const gate = await holdAt(cast.proxy, moment, async () => RENEWALS[name]?.renew(ada.browser))
        const reader = phone ?? cast.service.browser()
        if (!phone)
          await logIn(reader, ada.email, name === 'changePassword' ? 'a quiet harbour before dawn' : undefined)
        const handles = (await sessionsOf(reader)).map(({ id }) => id)
        expect(handles.sort()).toEqual([before, await handleOf(reader)].sort())
        gate.release()
        await gate.answer
        expect(await handleOf(ada.browser)).toBe(before)
      })
    })
  }

  test('the most recently seen first, with the current one marked', async () => {
    cast.service.clock.advance(2 * MINUTES)
    const phone = await ada.another()
    cast.service.clock.advance(MINUTES / 2)
    await whoIs(ada.browser)
    expect((await sessionsOf(phone)).map(({ current }) => current)).toEqual([false, true])
    cast.service.clock.advance(MINUTES / 2)
    expect((await sessionsOf(phone)).map(({ current }) => current)).toEqual([true, false])
  })
})

describe('session tells who is there after', () => {
  const VERBS: Record<string, { run: (who: Browser) => Promise<unknown>; signedIn: boolean }> = {
    signup: { run: (who) => signUp(who, `next.${ada.email}`), signedIn: true },
    login: { run: (who) => logIn(who, ada.email), signedIn: true },
    'a login that is refused': { run: (who) => logIn(who, ada.email, 'wrong'), signedIn: true },
    reauthenticate: { run: (who) => reauthenticate(who), signedIn: true },
    'a reauthentication that is refused': { run: (who) => reauthenticate(who, 'wrong'), signedIn: true },
    updateProfile: { run: (who) => updateProfile(who, 'Ada'), signedIn: true },
    changePassword: { run: (who) => changePassword(who), signedIn: true },
    revokeOtherSessions: { run: revokeOtherSessions, signedIn: true },
    'revokeSession of another': { run: (who) => revokeSession(who, 'x'), signedIn: true },
    'revokeSession of the current one': {
      run: async (who) => revokeSession(who, await handleOf(who)),
      signedIn: false,
    },
    logout: { run: logOut, signedIn: false },
    revokeAllSessions: { run: revokeAllSessions, signedIn: false },
    deleteAccount: { run: deleteAccount, signedIn: false },
  }
  for (const [name, { run, signedIn }] of Object.entries(VERBS)) {
    test(`${name}: ${signedIn ? 'somebody' : 'nobody, and the cookie is cleared'}`, async () => {
      await run(ada.browser)
      const session = await sessionOf(ada.browser)
      expect(session === null).toBe(!signedIn)
      expect(ada.browser.cookie === undefined).toBe(!signedIn)
    })
  }
})
