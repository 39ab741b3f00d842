// Whoever has a page open learns within two seconds that its session has ended, and why.
import { expect, test } from 'vitest'
import { logOut, requireSessionId, revokeSession } from '../testkit/client.ts'
import { provideService } from '../testkit/fixtures.ts'
import type { Service } from '../testkit/service.ts'
import { openStream, type Stream } from '../testkit/stream.ts'
import { createUser } from '../testkit/users.ts'
import { advanceUntil } from '../testkit/wait.ts'

const service = provideService()

const STEP_MS = 250

/** Moves the clock until the stream has ended. Returns what it told, and how much time went by. */
async function waitForTold(stream: Stream, { clock }: Pick<Service, 'clock'> = service()) {
  const before = clock.now().getTime()
  await advanceUntil({ clock }, STEP_MS, () => expect(stream.isOver).toBe(true))
  expect(stream.text).toMatch(/event: complete\ndata: ?\n\n$/)
  return { told: stream.answers, after: clock.now().getTime() - before }
}

const told = (reason: string) => [{ data: { sessionEnded: { at: expect.any(String), reason } } }]

test('a logout in one tab is told to the stream of another one, which then completes', async () => {
  const ada = await createUser(service())
  const stream = await openStream(service().url, ada.browser)
  expect(stream).toMatchObject({ status: 200, answers: [] })
  await logOut(ada.browser)
  expect((await waitForTold(stream)).told).toEqual(told('REVOKED'))
})

test('a session that is ended from another device is told, and the other device stays', async () => {
  const ada = await createUser(service())
  const phone = await ada.logInElsewhere()
  const [onPhone, here] = [await openStream(service().url, phone), await openStream(service().url, ada.browser)]
  await revokeSession(ada.browser, { id: await requireSessionId(phone) })
  expect((await waitForTold(onPhone)).told).toEqual(told('REVOKED'))
  expect(here.isOver).toBe(false)
})
