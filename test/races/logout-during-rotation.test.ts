// A session is rotated while its old cookie logs out: the logout wins.
import { beforeEach, expect, test } from 'vitest'
import type { Browser } from '../testkit/browser.ts'
import {
  changePassword,
  getSignedInEmail,
  listSessions,
  logIn,
  logOut,
  reauthenticate,
  revokeOtherSessions,
  signUp,
} from '../testkit/client.ts'
import { provideProxiedService } from '../testkit/fixtures.ts'
import { holdAt, moments } from '../testkit/mongo/holds.ts'

const service = provideProxiedService()
let ada: Browser
let people = 0
beforeEach(async () => {
  people += 1
  ada = service().openBrowser()
  await signUp(ada, { email: email() })
  await service().waitForMail(email())
})

const email = () => `ada${people}@example.com`
const countSessions = () =>
  service()
    .db.collection('sessions')
    .countDocuments({ 'session.userId': { $ne: null }, 'session.replacedAt': null })

/** What rotates a session, and its commit. */
const ROTATIONS = {
  reauthenticate: { rotate: (browser: Browser) => reauthenticate(browser), commit: moments.sessionReplacement },
  changePassword: { rotate: (browser: Browser) => changePassword(browser), commit: moments.passwordCommit },
  revokeOtherSessions: { rotate: (browser: Browser) => revokeOtherSessions(browser), commit: moments.generationCommit },
}

for (const [name, { rotate, commit }] of Object.entries(ROTATIONS)) {
  test(`logging out with the old cookie before the commit of ${name} ends the rotated session`, async () => {
    const other = ada.clone()
    const live = (await countSessions()) - 1
    const gate = await holdAt(service().proxy, commit, () => rotate(ada))
    expect((await logOut(other)).body.data?.logout).toEqual({ ended: true })
    gate.release()
    await gate.answer
    expect(await getSignedInEmail(ada)).toBeNull()
    expect(await getSignedInEmail(other)).toBeNull()
    expect(await countSessions()).toBe(live)
  })

  test(`logging out with the old cookie after the commit of ${name}, before its answer, ends the rotated session`, async () => {
    const other = ada.clone()
    const gate = await holdAt(service().proxy, { ...commit, at: 'reply' }, () => rotate(ada))
    const { status, setCookie } = await logOut(other)
    expect(status).toBe(200)
    expect(setCookie[0]).toMatch(/^sid=; .*Expires=Thu, 01 Jan 1970/)
    gate.release()
    await gate.answer
    expect(await getSignedInEmail(ada)).toBeNull()
  })

  test(`logging out with the old cookie after ${name} is done ends the rotated session`, async () => {
    const other = ada.clone()
    await rotate(ada)
    expect(await getSignedInEmail(ada)).toBe(email())
    expect((await logOut(other)).body.data?.logout).toEqual({ ended: true })
    expect(await getSignedInEmail(ada)).toBeNull()
  })

  test(`the old cookie signs nobody in once ${name} has answered`, async () => {
    const other = ada.clone()
    await rotate(ada)
    expect(await getSignedInEmail(other)).toBeNull()
    expect(await getSignedInEmail(ada)).toBe(email())
  })
}

test('of two parallel reauthentications of one session one wins, and its cookie works', async () => {
  const tabs = [ada, ada.clone()]
  const gate = await holdAt(service().proxy, { ...moments.sessionReplacement, nth: 2 }, () =>
    Promise.all(tabs.map(async (tab) => (await reauthenticate(tab)).kind)),
  )
  gate.release()
  expect((await gate.answer).sort()).toEqual(['ReauthenticateSuccess', 'UNAUTHENTICATED'])
  const emails = await Promise.all(tabs.map(getSignedInEmail))
  expect(emails.filter((email) => email !== null)).toEqual([email()])
})

test('a logout that a login overtakes ends the old session only', async () => {
  const phone = ada.clone()
  const gate = await holdAt(service().proxy, { command: 'delete', collection: 'sessions' }, () => logOut(ada))
  await logIn(phone, { email: email() })
  gate.release()
  await gate.answer
  expect(await getSignedInEmail(phone)).toBe(email())
  expect(await listSessions(phone)).toHaveLength(1)
})

test('no request in progress revives a session that a password change has ended', async () => {
  const others = [service().openBrowser(), service().openBrowser(), service().openBrowser()]
  for (const other of others) await logIn(other, { email: email() })
  service().clock.advance(60_000)
  const gate = await holdAt(service().proxy, moments.lastSeenUpdate, () => getSignedInEmail(others[0] as Browser))
  const before = ada.cookie
  await changePassword(ada)
  gate.release()
  await gate.answer
  for (const other of others) expect(await getSignedInEmail(other)).toBeNull()
  expect(ada.cookie).not.toBe(before)
  expect(await getSignedInEmail(ada)).toBe(email())
  expect(await listSessions(ada)).toHaveLength(1)
})
