// Whoever has a page open learns within two seconds that its session has ended, and why.
import { expect, test } from 'vitest'
import { HOURS, MINUTES } from '../../src/units.ts'
import {
  changePassword,
  deleteAccount,
  disableUser,
  logOut,
  reauthenticate,
  requestPasswordReset,
  requireSessionId,
  resetPassword,
  revokeAllSessions,
  revokeOtherSessions,
  revokeSession,
  revokeUserSessions,
} from '../testkit/client.ts'
import { provideService, startOwnService } from '../testkit/fixtures.ts'
import type { Service } from '../testkit/service.ts'
import { openStream, type Stream } from '../testkit/stream.ts'
import { createUser, type User } from '../testkit/users.ts'
import { advanceUntil } from '../testkit/wait.ts'

const service = provideService()

/** Small beside a stream's lifetime, so that a slow machine ends no stream before its time. */
const STEP_MS = 25
const STREAM_LIFETIME_MS = 4 * MINUTES

/** Moves the clock until the stream has ended, and returns what it told. */
async function waitForTold(stream: Stream, { clock }: Pick<Service, 'clock'> = service()) {
  await advanceUntil({ clock }, STEP_MS, () => expect(stream.isOver).toBe(true))
  expect(stream.text).toMatch(/event: complete\ndata: ?\n\n$/)
  return stream.answers
}

const told = (reason: string) => [{ data: { sessionEnded: { at: expect.any(String), reason } } }]

const openOwnStream = ({ browser }: User) => openStream(service().url, browser)

async function resetByMail({ email }: User): Promise<void> {
  const stranger = service().openBrowser()
  await service().waitForMail(email)
  await requestPasswordReset(stranger, { email })
  const { text } = await service().waitForMail(email)
  const [, token] = /#token=([\w-]+)/.exec(text) ?? []
  expect(await resetPassword(stranger, { token })).toMatchObject({ kind: 'ResetPasswordSuccess' })
}

test.each<[string, string, (user: User, admin: User) => Promise<unknown>]>([
  ['a logout in another tab', 'REVOKED', ({ browser }) => logOut(browser)],
  ['logging out everywhere', 'REVOKED', ({ browser }) => revokeAllSessions(browser)],
  [
    'ending it from another device',
    'REVOKED',
    async ({ browser, logInElsewhere }) =>
      revokeSession(await logInElsewhere(), { id: await requireSessionId(browser) }),
  ],
  [
    'ending all others from another device',
    'REVOKED',
    async ({ logInElsewhere }) => revokeOtherSessions(await logInElsewhere()),
  ],
  ['an operator', 'REVOKED', ({ id }, admin) => revokeUserSessions(admin.browser, { id })],
  [
    'a change of the password on another device',
    'PASSWORD_CHANGED',
    async ({ logInElsewhere }) => changePassword(await logInElsewhere()),
  ],
  ['a reset of the password', 'PASSWORD_CHANGED', resetByMail],
  ['disabling the user', 'USER_GONE', ({ id }, admin) => disableUser(admin.browser, { id })],
  ['deleting the user', 'USER_GONE', ({ browser }) => deleteAccount(browser)],
])('a session that ended by %s is told as %s, and the stream completes', async (_name, reason, end) => {
  const [ada, admin] = [await createUser(service()), await createUser(service(), { roles: ['ADMIN'] })]
  const stream = await openOwnStream(ada)
  expect(stream).toMatchObject({ status: 200, answers: [] })
  await end(ada, admin)
  expect(await waitForTold(stream)).toEqual(told(reason))
})

test('the idle limit is told as EXPIRED, with the time of the limit, though a stream was open all the time', async () => {
  const own = await startOwnService({ settings: { SESSION_IDLE: '3m' } })
  const { browser } = await createUser(own)
  const limit = new Date(own.clock.now().getTime() + 3 * MINUTES).toISOString()
  const stream = await openStream(own.url, browser)
  own.clock.advance(3 * MINUTES)
  expect(await waitForTold(stream, own)).toEqual([{ data: { sessionEnded: { at: limit, reason: 'EXPIRED' } } }])
})

test('the absolute limit is told as EXPIRED, also when the document is gone by then', async () => {
  const own = await startOwnService({ settings: { SESSION_ABSOLUTE: '24h', SESSION_IDLE: '24h' } })
  const { browser, id } = await createUser(own)
  own.clock.advance(24 * HOURS - MINUTES)
  const stream = await openStream(own.url, browser)
  own.clock.advance(MINUTES)
  await own.db.collection('sessions').deleteMany({ 'session.userId': id })
  expect(await waitForTold(stream, own)).toEqual(told('EXPIRED'))
})

test('a session that another instance has ended is told by this one', async () => {
  const other = await startOwnService({
    databaseUri: service().databaseUri,
    settings: { SESSION_SECRET: 'a secret of thirty-two bytes or more' },
  })
  const here = await startOwnService({
    databaseUri: service().databaseUri,
    settings: { SESSION_SECRET: 'a secret of thirty-two bytes or more' },
  })
  const { browser } = await createUser({ ...here, db: service().db })
  const stream = await openStream(here.url, browser)
  const elsewhere = other.openBrowser()
  elsewhere.setCookie(browser.cookie ?? '')
  await logOut(elsewhere)
  expect(await waitForTold(stream, here)).toEqual(told('REVOKED'))
})

test('a rotated session goes on, and its later end is told', async () => {
  const ada = await createUser(service())
  const stream = await openOwnStream(ada)
  await reauthenticate(ada.browser)
  await changePassword(ada.browser)
  for (let step = 0; step < 120; step += 1) {
    service().clock.advance(STEP_MS)
    // A request of its own, so that the reads of the stream get their turn.
    await requireSessionId(ada.browser)
  }
  expect(stream).toMatchObject({ isOver: false, answers: [] })
  await logOut(ada.browser)
  expect(await waitForTold(stream)).toEqual(told('REVOKED'))
})

test('a stream is completed after four to six minutes, without an end being told', async () => {
  const ada = await createUser(service())
  const stream = await openOwnStream(ada)
  service().clock.advance(STREAM_LIFETIME_MS - 1)
  await requireSessionId(ada.browser)
  expect(stream.isOver).toBe(false)
  service().clock.advance(2 * MINUTES + 1)
  expect(await stream.waitForEnd()).toMatch(/event: complete/)
  expect(stream.answers).toEqual([])
})
