import type { Deadline } from '../../mongo/deadline.ts'
import type { RateCounter } from '../../mongo/rate-limits.ts'
import { MINUTES, SECONDS } from '../../units.ts'

const MAX_WAIT_MS = 15 * MINUTES

/** An attempt that was let through; it goes on counting unless it succeeds or is given back. */
export interface Attempt {
  /** Ends an attempt that was right. */
  succeed(): Promise<void>
  /** Takes back an attempt that was not made after all. */
  giveBack(): Promise<void>
}

/** Failures of one key, with waits that grow from the limit on: 1 s, doubled with each further failure, at most 15 minutes. */
export class GrowingWait {
  readonly #failures: RateCounter
  readonly #gate: RateCounter
  readonly #points: number

  /** `gate` lets one attempt through in a span of time. */
  constructor(failures: RateCounter, gate: RateCounter, points: number) {
    this.#failures = failures
    this.#gate = gate
    this.#points = points
  }

  /**
   * Counts an attempt before its work.
   * @throws AppError RATE_LIMITED while the key has to wait
   */
  async begin(deadline: Deadline, key: string): Promise<Attempt> {
    const count = await this.#failures.increment(deadline, key)
    if (count >= this.#points) {
      const waitMs = Math.min(SECONDS * 2 ** (count - this.#points), MAX_WAIT_MS)
      try {
        await this.#gate.consume(deadline, key, waitMs)
      } catch (error) {
        // An attempt that was not let through makes nobody wait longer.
        await this.#failures.giveBack(deadline, key)
        throw error
      }
    }
    return {
      giveBack: () => this.#failures.giveBack(deadline, key),
      succeed: async () => {
        await this.#failures.clear(deadline, key)
        await this.#gate.clear(deadline, key)
      },
    }
  }
}

/** Counts an attempt of a key in a span of time; a success gives it back. */
export async function beginCounted(counter: RateCounter, deadline: Deadline, key: string): Promise<Attempt> {
  await counter.consume(deadline, key)
  const giveBack = () => counter.giveBack(deadline, key)
  return { succeed: giveBack, giveBack }
}
