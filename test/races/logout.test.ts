import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { type ProxiedService, startBehindProxy } from '../testkit/behind-proxy.ts'
import type { Browser } from '../testkit/browser.ts'
import { holdAt, moments } from '../testkit/held.ts'
import { logIn, logOut, OTHER_PASSWORD, PASSWORD, signUp, whoIs } from '../testkit/people.ts'
import { changePassword, outcomeOf, reauthenticate, revokeOtherSessions, sessionsOf } from '../testkit/verbs.ts'

let proxied: ProxiedService
let ada: Browser
let people = 0
beforeAll(async () => {
  proxied = await startBehindProxy()
})
beforeEach(async () => {
  people += 1
  ada = proxied.service.browser()
  await signUp(ada, email())
  await proxied.service.mailTo(email())
})
afterEach(() => proxied.proxy.restore())
afterAll(() => proxied.close())

const email = () => `ada${people}@example.com`
const documents = () =>
  proxied.db.collection('sessions').countDocuments({ 'session.userId': { $ne: null }, 'session.replacedAt': null })

/** What a renewal does, and where it is held. */
const RENEWALS = {
  reauthenticate: { renew: (who: Browser) => reauthenticate(who), commit: moments.tombstone },
  changePassword: { renew: (who: Browser) => changePassword(who), commit: moments.passwordCommit },
  revokeOtherSessions: { renew: (who: Browser) => revokeOtherSessions(who), commit: moments.generationCommit },
}

for (const [name, { renew, commit }] of Object.entries(RENEWALS)) {
  test(`logging out with the old cookie before the commit of ${name} ends what it makes`, async () => {
    const other = ada.clone()
    const live = (await documents()) - 1
    const gate = await holdAt(proxied.proxy, commit, () => renew(ada))
    expect((await logOut(other)).body.data?.logout).toEqual({ ended: true })
    gate.release()
    await gate.answer
    expect(await whoIs(ada)).toBeNull()
    expect(await whoIs(other)).toBeNull()
    expect(await documents()).toBe(live)
  })

  test(`logging out with the old cookie after the commit of ${name}, before its answer, ends what it made`, async () => {
    const other = ada.clone()
    const gate = await holdAt(proxied.proxy, { ...commit, at: 'reply' }, () => renew(ada))
    const { status, setCookie } = await logOut(other)
    expect(status).toBe(200)
    expect(setCookie[0]).toMatch(/^sid=; .*Expires=Thu, 01 Jan 1970/)
    gate.release()
    await gate.answer
    expect(await whoIs(ada)).toBeNull()
  })

  test(`logging out with the old cookie after ${name} is done ends the session that goes on under the new one`, async () => {
    const other = ada.clone()
    await renew(ada)
    expect(await whoIs(ada)).toBe(email())
    expect((await logOut(other)).body.data?.logout).toEqual({ ended: true })
    expect(await whoIs(ada)).toBeNull()
  })

  test(`the old cookie is nobody once ${name} has answered`, async () => {
    const other = ada.clone()
    await renew(ada)
    expect(await whoIs(other)).toBeNull()
    expect(await whoIs(ada)).toBe(email())
  })
}

test('of two reauthentications of one session at once one wins, and its cookie works', async () => {
  const tabs = [ada, ada.clone()]
  const gate = await holdAt(proxied.proxy, { ...moments.tombstone, nth: 2 }, () =>
    Promise.all(tabs.map((tab) => outcomeOf(reauthenticate(tab)))),
  )
  gate.release()
  expect((await gate.answer).sort()).toEqual(['ReauthenticateSuccess', 'UNAUTHENTICATED'])
  const known = await Promise.all(tabs.map(whoIs))
  expect(known.filter((who) => who !== null)).toEqual([email()])
})

test('a logout that a login overtakes ends the old session only', async () => {
  const phone = ada.clone()
  const gate = await holdAt(proxied.proxy, { command: 'delete', collection: 'sessions' }, () => logOut(ada))
  await logIn(phone, email())
  gate.release()
  await gate.answer
  expect(await whoIs(phone)).toBe(email())
  expect(await sessionsOf(phone)).toHaveLength(1)
})

test('C-28: nothing that was under way brings back a session that a change of password has ended', async () => {
  const others = [proxied.service.browser(), proxied.service.browser(), proxied.service.browser()]
  for (const other of others) await logIn(other, email())
  proxied.service.clock.advance(60_000)
  const gate = await holdAt(proxied.proxy, moments.touch, () => whoIs(others[0] as Browser))
  const before = ada.cookie
  await changePassword(ada, OTHER_PASSWORD, PASSWORD)
  gate.release()
  await gate.answer
  for (const other of others) expect(await whoIs(other)).toBeNull()
  expect(ada.cookie).not.toBe(before)
  expect(await whoIs(ada)).toBe(email())
  expect(await sessionsOf(ada)).toHaveLength(1)
})
