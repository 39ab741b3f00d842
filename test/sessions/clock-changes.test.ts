import { expect, test } from 'vitest'
import { DAYS, HOURS, SECONDS } from '../../src/units.ts'
import {
  findSession,
  getSignedInEmail,
  listSessions,
  logIn,
  logOut,
  reauthenticate,
  requestPasswordReset,
  resetPassword,
  revokeOtherSessions,
  signUp,
} from '../testkit/client.ts'
import { startOwnService } from '../testkit/fixtures.ts'

test.each([
  ['a second', SECONDS],
  ['an hour', HOURS],
])('a clock that is set back by %s signs nobody out, and sets no expired cookie', async (_name, ms) => {
  const service = await startOwnService()
  const [laptop, phone] = [service.openBrowser(), service.openBrowser()]
  await signUp(laptop)
  await logIn(phone, { email: 'ada@example.com', rememberMe: true })
  service.clock.advance(-ms)
  for (const browser of [laptop, phone]) expect(await getSignedInEmail(browser)).toBe('ada@example.com')
  expect(await listSessions(laptop)).toHaveLength(2)
  expect((await reauthenticate(phone)).kind).toBe('ReauthenticateSuccess')
  expect((await revokeOtherSessions(phone)).kind).toBe('SessionsRevoked')
  expect(await getSignedInEmail(phone)).toBe('ada@example.com')
  expect(await getSignedInEmail(laptop)).toBeNull()
  expect((await logIn(laptop)).kind).toBe('LoginSuccess')
  expect((await logOut(phone)).body.data).toEqual({ logout: { ended: true } })
})

test('a clock that is set forward and back again leaves the limits where they were', async () => {
  const service = await startOwnService()
  const ada = service.openBrowser()
  await signUp(ada)
  const before = await findSession(ada)
  service.clock.advance(HOURS)
  service.clock.advance(-HOURS)
  expect(await findSession(ada)).toEqual(before)
})

test('a link from before the clock was set back still works', async () => {
  const service = await startOwnService()
  const ada = service.openBrowser()
  await signUp(ada)
  await service.waitForMail('ada@example.com')
  await requestPasswordReset(ada, { email: 'ada@example.com' })
  const { token } = await service.waitForMail('ada@example.com')
  service.clock.advance(-HOURS)
  expect((await resetPassword(ada, { token })).kind).toBe('ResetPasswordSuccess')
  expect((await service.waitForMail('ada@example.com')).subject).toMatch(/password was changed/)
})

test('a password never expires: after two years it logs in, though no session is left', async () => {
  const service = await startOwnService()
  const ada = service.openBrowser()
  await signUp(ada)
  service.clock.advance(730 * DAYS)
  expect(await getSignedInEmail(ada)).toBeNull()
  expect((await logIn(ada)).kind).toBe('LoginSuccess')
})
