// What a front end sees of a rotated session: its id stays, it is one entry of the list, and its limits are kept.
import { beforeEach, expect, test } from 'vitest'
import { DAYS, HOURS, MINUTES } from '../../src/units.ts'
import type { Browser } from '../testkit/browser.ts'
import {
  changePassword,
  deleteAccount,
  findSession,
  getSignedInEmail,
  listSessions,
  logIn,
  logOut,
  reauthenticate,
  requireSessionId,
  revokeAllSessions,
  revokeOtherSessions,
  revokeSession,
  signUp,
  updateProfile,
} from '../testkit/client.ts'
import { provideProxiedService } from '../testkit/fixtures.ts'
import { holdAt, moments } from '../testkit/mongo/holds.ts'
import { createIdleUser, type User } from '../testkit/users.ts'

const service = provideProxiedService()
let ada: User
beforeEach(async () => {
  ada = await createIdleUser(service())
})

const now = () => service().clock.now()
const addTime = (from: string | undefined, ms: number) => new Date(Date.parse(from ?? '') + ms).toISOString()

const ROTATIONS: Record<string, { rotate: (browser: Browser) => Promise<unknown>; proves: boolean }> = {
  reauthenticate: { rotate: (browser) => reauthenticate(browser), proves: true },
  changePassword: { rotate: (browser) => changePassword(browser), proves: true },
  revokeOtherSessions: { rotate: (browser) => revokeOtherSessions(browser), proves: false },
}

for (const [name, { rotate, proves }] of Object.entries(ROTATIONS)) {
  test(`after ${name} the session has its id and its beginning, and a new cookie`, async () => {
    const before = await findSession(ada.browser)
    const cookie = ada.browser.cookie
    service().clock.advance(5 * MINUTES)
    const answer = (await rotate(ada.browser)) as { setCookie: string[] }
    expect(answer.setCookie).toHaveLength(1)
    expect(ada.browser.cookie).not.toBe(cookie)
    const after = await findSession(ada.browser)
    expect(after).toEqual({
      id: before?.id,
      current: true,
      createdAt: before?.createdAt,
      lastSeenAt: now().toISOString(),
      authenticatedAt: proves ? now().toISOString() : before?.authenticatedAt,
      expiresAt: addTime(now().toISOString(), 24 * HOURS),
      device: before?.device,
    })
    expect(await listSessions(ada.browser)).toEqual([after])
  })

  test(`after ${name} the absolute limit and the Expires of a remembered cookie are where they were`, async () => {
    const phone = service().openBrowser()
    await logIn(phone, { email: ada.email, rememberMe: true })
    const limit = new Date(now().getTime() + 30 * DAYS)
    for (let day = 0; day < 2; day += 1) {
      service().clock.advance(10 * DAYS)
      expect(await getSignedInEmail(phone)).toBe(ada.email)
    }
    await reauthenticate(phone)
    const answer = (await rotate(phone)) as { setCookie: string[] }
    expect(answer.setCookie[0]).toContain(`; Expires=${limit.toUTCString()};`)
    expect((await findSession(phone))?.expiresAt).toBe(limit.toISOString())
  })
}

const HELD = {
  reauthenticate: [moments.sessionReplacement],
  changePassword: [moments.passwordCommit, moments.sessionReplacement],
  revokeOtherSessions: [moments.generationCommit, moments.sessionReplacement],
}
for (const [name, held] of Object.entries(HELD)) {
  held.forEach((moment, n) => {
    test(`the list shows a session once while ${name} is held at its ${n === 0 ? 'commit' : 'replacement'}`, async () => {
      const before = await requireSessionId(ada.browser)
      const phone = n === 0 ? await ada.logInElsewhere() : null
      const gate = await holdAt(service().proxy, moment, async () => ROTATIONS[name]?.rotate(ada.browser))
      const reader = phone ?? service().openBrowser()
      if (!phone)
        await logIn(reader, {
          email: ada.email,
          password: name === 'changePassword' ? 'a quiet harbour before dawn' : undefined,
        })
      const handles = (await listSessions(reader)).map(({ id }) => id)
      expect(handles.sort()).toEqual([before, await requireSessionId(reader)].sort())
      gate.release()
      await gate.answer
      expect(await requireSessionId(ada.browser)).toBe(before)
    })
  })
}

test('the list starts with the most recently used session, and marks the current one', async () => {
  service().clock.advance(2 * MINUTES)
  const phone = await ada.logInElsewhere()
  service().clock.advance(MINUTES / 2)
  await getSignedInEmail(ada.browser)
  expect((await listSessions(phone)).map(({ current }) => current)).toEqual([false, true])
  service().clock.advance(MINUTES / 2)
  expect((await listSessions(phone)).map(({ current }) => current)).toEqual([true, false])
})

const OPERATIONS: Record<string, { run: (browser: Browser) => Promise<unknown>; signedIn: boolean }> = {
  signup: { run: (browser) => signUp(browser, { email: `next.${ada.email}` }), signedIn: true },
  login: { run: (browser) => logIn(browser, { email: ada.email }), signedIn: true },
  'a login that is refused': {
    run: (browser) => logIn(browser, { email: ada.email, password: 'wrong' }),
    signedIn: true,
  },
  reauthenticate: { run: (browser) => reauthenticate(browser), signedIn: true },
  'a reauthentication that is refused': {
    run: (browser) => reauthenticate(browser, { password: 'wrong' }),
    signedIn: true,
  },
  updateProfile: { run: (browser) => updateProfile(browser, { firstName: 'Ada' }), signedIn: true },
  changePassword: { run: (browser) => changePassword(browser), signedIn: true },
  revokeOtherSessions: { run: revokeOtherSessions, signedIn: true },
  'revokeSession of another': { run: (browser) => revokeSession(browser, { id: 'x' }), signedIn: true },
  'revokeSession of the current one': {
    run: async (browser) => revokeSession(browser, { id: await requireSessionId(browser) }),
    signedIn: false,
  },
  logout: { run: logOut, signedIn: false },
  revokeAllSessions: { run: revokeAllSessions, signedIn: false },
  deleteAccount: { run: deleteAccount, signedIn: false },
}
for (const [name, { run, signedIn }] of Object.entries(OPERATIONS)) {
  test(`after ${name}, session is ${signedIn ? 'there' : 'null, and the cookie is cleared'}`, async () => {
    await run(ada.browser)
    const session = await findSession(ada.browser)
    expect(session === null).toBe(!signedIn)
    expect(ada.browser.cookie === undefined).toBe(!signedIn)
  })
}
