/**
 * The threat: guesses and mails without a brake. A counter that is read and then written lets a burst through, so every
 * attempt is one atomic increment, shared by all instances. Keys are hashes: a dump tells no address.
 */
import { createHash } from 'node:crypto'
import { RateLimiterMongo, RateLimiterRes } from 'rate-limiter-flexible'
import { AppError } from '../errors.ts'
import { SECONDS } from '../units.ts'
import type { CollectionIndexes, Database } from './database.ts'
import type { Deadline } from './deadline.ts'

const COLLECTION = 'rateLimits'

/** rate-limiter-flexible's own indexes. It creates them without waiting, and a burst at start would break the unique one. */
export const rateLimitIndexes: CollectionIndexes = {
  collection: COLLECTION,
  indexes: [
    { key: { expire: -1 }, options: { expireAfterSeconds: 0 } },
    { key: { key: 1 }, options: { unique: true } },
  ],
}

/** How many attempts are let through in a span of time. */
export interface RateLimit {
  readonly points: number
  readonly durationMs: number
}

const hashKey = (key: string): string => createHash('sha256').update(key).digest('hex')

function refuse(reason: unknown): never {
  if (!(reason instanceof RateLimiterRes)) throw reason
  throw new AppError('RATE_LIMITED', { retryAfter: Math.max(1, Math.ceil(reason.msBeforeNext / SECONDS)) })
}

/** One counter for each key, in the database. */
export class RateCounter {
  readonly #database: Database
  readonly #limiter: RateLimiterMongo

  /** `name` keeps the keys of one counter apart from those of others. */
  constructor(database: Database, name: string, { points, durationMs }: RateLimit) {
    this.#database = database
    this.#limiter = new RateLimiterMongo({
      storeClient: database.client,
      dbName: database.name,
      tableName: COLLECTION,
      keyPrefix: name,
      points,
      duration: durationMs / SECONDS,
      disableIndexesCreation: true,
    })
  }

  /**
   * Counts an attempt. Returns how many there have been in the span of time, this one included.
   * @throws AppError RATE_LIMITED if there have been too many
   */
  async consume(deadline: Deadline, key: string, durationMs?: number): Promise<number> {
    this.#assertReady()
    const options = { attrs: {}, ...(durationMs === undefined ? {} : { customDuration: durationMs / SECONDS }) }
    const result = await deadline.race(this.#limiter.consume(hashKey(key), 1, options)).catch(refuse)
    return result.consumedPoints
  }

  /** Counts an attempt, whatever the limit. Returns how many there have been in the span of time, this one included. */
  async increment(deadline: Deadline, key: string): Promise<number> {
    this.#assertReady()
    return (await deadline.race(this.#limiter.penalty(hashKey(key), 1))).consumedPoints
  }

  /** @throws AppError UNAVAILABLE while the indexes are not there, without which counters are not exact */
  #assertReady(): void {
    this.#database.collection(COLLECTION)
  }

  /** Gives an attempt back. */
  async giveBack(deadline: Deadline, key: string): Promise<void> {
    await deadline.race(this.#limiter.reward(hashKey(key), 1))
  }

  /** Forgets all attempts. */
  async clear(deadline: Deadline, key: string): Promise<void> {
    await deadline.race(this.#limiter.delete(hashKey(key)))
  }
}
