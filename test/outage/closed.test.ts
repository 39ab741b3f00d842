// A service that was closed while its database was away.
import { expect, test } from 'vitest'
import { createTestClock, type TestClock } from '../testkit/clock.ts'
import { startProxiedService } from '../testkit/mongo/proxied-service.ts'
import { LIMITS_WITHOUT_DATABASE } from '../testkit/service.ts'

/** A clock that also counts the timers that fire. */
function createCountingClock(): TestClock & { readonly fired: number } {
  const clock = createTestClock()
  let fired = 0
  return {
    ...clock,
    get fired() {
      return fired
    },
    after: (ms, run) =>
      clock.after(ms, () => {
        fired += 1
        run()
      }),
  }
}

test('a service that has closed does nothing any more: a pending try to connect is called off', async () => {
  const clock = createCountingClock()
  const service = await startProxiedService({
    prepare: (proxy) => proxy.down(),
    limits: LIMITS_WITHOUT_DATABASE,
    clock,
  })
  await service.waitForLog(({ event }) => event === 'database.unavailable')
  await service.close()
  const firedBefore = clock.fired
  clock.advance(3_600_000)
  expect(clock.fired).toBe(firedBefore)
})
