/** The threat: a page, a user or a crowd that opens streams without end, each of which keeps a connection and memory. */
import { AppError } from '../../errors.ts'
import type { Viewer } from '../../model.ts'

const MAX_STREAMS = 2000
const MAX_STREAMS_PER_USER = 10
const MAX_STREAMS_PER_SESSION = 3
const RETRY_AFTER_SECONDS = 30

function listLimits(viewer: Viewer | null): [key: string, max: number][] {
  const all: [string, number] = ['all', MAX_STREAMS]
  if (!viewer) return [all]
  const { user, session } = viewer
  return [all, [`user ${user.id}`, MAX_STREAMS_PER_USER], [`session ${session.handle}`, MAX_STREAMS_PER_SESSION]]
}

/** Counts the open streams of this process, of each user and of each session. */
export class StreamSlots {
  readonly #counts = new Map<string, number>()

  /**
   * Takes a slot. Returns the function that gives it back.
   * @throws AppError RATE_LIMITED where none is free
   */
  take(viewer: Viewer | null): () => void {
    const limits = listLimits(viewer)
    if (limits.some(([key, max]) => (this.#counts.get(key) ?? 0) >= max)) {
      throw new AppError('RATE_LIMITED', {
        message: 'Too many open streams. Close one, or try again later.',
        retryAfter: RETRY_AFTER_SECONDS,
      })
    }
    for (const [key] of limits) this.#add(key, 1)
    return () => {
      for (const [key] of limits) this.#add(key, -1)
    }
  }

  /** How many streams of this process are open. */
  count(): number {
    return this.#counts.get('all') ?? 0
  }

  #add(key: string, difference: number): void {
    const count = (this.#counts.get(key) ?? 0) + difference
    if (count > 0) this.#counts.set(key, count)
    else this.#counts.delete(key)
  }
}
