import { expect, test } from 'vitest'
import { DAYS, HOURS, SECONDS } from '../../src/units.ts'
import { requestPasswordReset, resetPassword } from '../testkit/account.ts'
import { ownService } from '../testkit/lend.ts'
import { logIn, logOut, OTHER_PASSWORD, PASSWORD, signUp, whoIs } from '../testkit/people.ts'
import { outcomeOf, reauthenticate, revokeOtherSessions, sessionOf, sessionsOf } from '../testkit/verbs.ts'

test.each([
  ['a second', SECONDS],
  ['an hour', HOURS],
])(
  'D-23, C-30: a clock that is put back by %s signs nobody out, and sets no cookie that has expired',
  async (_name, ms) => {
    const service = await ownService()
    const [laptop, phone] = [service.browser(), service.browser()]
    await signUp(laptop)
    await logIn(phone, 'ada@example.com', PASSWORD, { rememberMe: true })
    service.clock.advance(-ms)
    for (const who of [laptop, phone]) expect(await whoIs(who)).toBe('ada@example.com')
    expect(await sessionsOf(laptop)).toHaveLength(2)
    expect(await outcomeOf(reauthenticate(phone))).toBe('ReauthenticateSuccess')
    expect(await outcomeOf(revokeOtherSessions(phone))).toBe('SessionsRevoked')
    expect(await whoIs(phone)).toBe('ada@example.com')
    expect(await whoIs(laptop)).toBeNull()
    expect(await outcomeOf(logIn(laptop))).toBe('LoginSuccess')
    expect((await logOut(phone)).body.data).toEqual({ logout: { ended: true } })
  },
)

test('D-23: a clock that is put forward and back again leaves the limits where they were', async () => {
  const service = await ownService()
  const ada = service.browser()
  await signUp(ada)
  const before = await sessionOf(ada)
  service.clock.advance(HOURS)
  service.clock.advance(-HOURS)
  expect(await sessionOf(ada)).toEqual(before)
})

test('D-23: a link made before the clock was put back still works', async () => {
  const service = await ownService()
  const ada = service.browser()
  await signUp(ada)
  await service.mailTo('ada@example.com')
  await requestPasswordReset(ada, 'ada@example.com')
  const { token } = await service.mailTo('ada@example.com')
  service.clock.advance(-HOURS)
  expect((await resetPassword(ada, token, OTHER_PASSWORD)).kind).toBe('ResetPasswordSuccess')
  expect((await service.mailTo('ada@example.com')).subject).toMatch(/password was changed/)
})

test('6.2.10: a password is asked for no change: after two years it opens, though no session lives', async () => {
  const service = await ownService()
  const ada = service.browser()
  await signUp(ada)
  service.clock.advance(730 * DAYS)
  expect(await whoIs(ada)).toBeNull()
  expect(await outcomeOf(logIn(ada))).toBe('LoginSuccess')
})
