// The threat: argon2 runs on libuv's few threads, which files, DNS and compression share, so many logins stall everything; and
// a stored hash names its own cost, so a planted one can take minutes.
import { availableParallelism } from 'node:os'
import argon2 from 'argon2'
import { KIB, SECONDS } from '../../units.ts'
import { createGate } from '../gate.ts'
import { readImportedHash } from './imported-hashes.ts'

/** OWASP Password Storage Cheat Sheet: argon2id with 19 MiB, two passes, one lane. Never weaker. */
const COST = { type: argon2.argon2id, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const

const MAX_COST = { m: 256 * KIB, t: 10, p: 8 }

const MAX_WAITING = 100
const MAX_WAIT_MS = 2 * SECONDS

export interface Hasher {
  /** @throws AppError UNAVAILABLE when too many hashes wait */
  hash(password: string): Promise<string>
  /**
   * `typed` is the password before it was normalized, which other systems have hashed.
   * @throws AppError UNAVAILABLE when too many hashes wait
   */
  verify(hash: string, password: string, typed?: string): Promise<boolean>
  isOutdated(hash: string): boolean
  /** How many hashes wait for a thread. */
  countWaiting(): number
  /** Tells whether this is a hash that can be verified at an acceptable cost. */
  isAcceptable(hash: string): boolean
}

/** A salt of at least 8 bytes and an output of at least 4: argon2 throws on less. */
const PHC = /^\$argon2id\$v=(?<v>\d+)\$m=(?<m>\d+),t=(?<t>\d+),p=(?<p>\d+)\$[A-Za-z0-9+/]{11,}\$[A-Za-z0-9+/]{6,}$/

function parseCost(hash: unknown): { v: number; m: number; t: number; p: number } | null {
  const { groups } = PHC.exec(typeof hash === 'string' ? hash : '') ?? {}
  return groups ? { v: Number(groups.v), m: Number(groups.m), t: Number(groups.t), p: Number(groups.p) } : null
}

/** Creates a hasher that keeps two of libuv's threads free. `cost` may be higher than the default, never lower. */
export function createHasher(threads: number, cost = COST): Hasher {
  const max = Math.max(1, Math.min(availableParallelism(), threads - 2))
  const gate = createGate({ max, maxWaiting: MAX_WAITING, maxWaitMs: MAX_WAIT_MS })
  return {
    countWaiting: gate.countWaiting,
    hash: (password) => gate.run(() => argon2.hash(password, cost)),
    verify: (hash, password, typed = password) =>
      gate.run(() => readImportedHash(hash)?.(typed) ?? argon2.verify(hash, password)),
    isOutdated: (hash) => parseCost(hash) === null || argon2.needsRehash(hash, cost),
    isAcceptable(hash) {
      if (typeof hash === 'string' && readImportedHash(hash)) return true
      const found = parseCost(hash)
      if (found?.v !== 19) return false
      const { m, t, p } = found
      return p >= 1 && p <= MAX_COST.p && t >= 1 && t <= MAX_COST.t && m >= 8 * p && m <= MAX_COST.m
    },
  }
}
