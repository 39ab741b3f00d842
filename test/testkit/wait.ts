import { vi } from 'vitest'
import type { TestClock } from './clock.ts'

/** How long a test waits for what must come, in milliseconds; long, since a busy machine is slow. */
export const WAIT_MS = 90_000

/** Repeats a check until it passes, and fails with its last error. */
export const waitUntil = <T>(check: () => T | Promise<T>): Promise<T> =>
  vi.waitFor(check, { timeout: WAIT_MS, interval: 10 })

/** Moves the service's clock on, step by step, until a check passes. */
export const advanceUntil = <T>({ clock }: { clock: TestClock }, stepMs: number, check: () => T | Promise<T>) =>
  vi.waitFor(
    () => {
      clock.advance(stepMs)
      return check()
    },
    { timeout: WAIT_MS, interval: 20 },
  )
