import type { Deadline } from '../../mongo/deadline.ts'
import type { RateCounter } from '../../mongo/rate-limits.ts'
import { MINUTES, SECONDS } from '../../units.ts'

const MAX_WAIT_MS = 15 * MINUTES

/** An accepted attempt; it counts until it succeeds or is given back. */
export interface Attempt {
  succeed(): Promise<void>
  /** Takes the attempt back if it was not made. */
  giveBack(): Promise<void>
}

/** Counts a key's failures; above the limit the key waits 1 s, doubled with each further failure, at most 15 minutes. */
export class GrowingWait {
  readonly #failures: RateCounter
  readonly #gate: RateCounter
  readonly #points: number

  /** `gate` accepts one attempt in a span of time. */
  constructor(failures: RateCounter, gate: RateCounter, points: number) {
    this.#failures = failures
    this.#gate = gate
    this.#points = points
  }

  /** @throws AppError RATE_LIMITED while the key has to wait */
  async begin(deadline: Deadline, key: string): Promise<Attempt> {
    const count = await this.#failures.increment(deadline, key)
    if (count >= this.#points) {
      const waitMs = Math.min(SECONDS * 2 ** (count - this.#points), MAX_WAIT_MS)
      try {
        await this.#gate.consume(deadline, key, waitMs)
      } catch (error) {
        // A refused attempt must not lengthen the wait.
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

/** Counts an attempt in a span of time; a success gives it back. */
export async function beginCounted(counter: RateCounter, deadline: Deadline, key: string): Promise<Attempt> {
  await counter.consume(deadline, key)
  const giveBack = () => counter.giveBack(deadline, key)
  return { succeed: giveBack, giveBack }
}
