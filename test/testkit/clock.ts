import { AsyncResource } from 'node:async_hooks'
import type { Clock } from '../../src/model.ts'

/** A clock that stands still until a test moves it on; timers that are due then fire. */
export interface TestClock extends Clock {
  advance(ms: number): void
}

/** Creates a clock that starts at the real time, cut to the second, since the times of cookies are whole seconds. */
export function createTestClock(): TestClock {
  let now = Math.floor(Date.now() / 1000) * 1000
  const timers = new Map<() => void, number>()
  return {
    now: () => new Date(now),
    after(ms, run) {
      // As a real timer does, it goes on where it was set.
      const fire = AsyncResource.bind(() => run())
      timers.set(fire, now + ms)
      return () => timers.delete(fire)
    },
    advance(ms) {
      now += ms
      for (const [fire, at] of [...timers]) {
        if (at > now) continue
        timers.delete(fire)
        fire()
      }
    },
  }
}
