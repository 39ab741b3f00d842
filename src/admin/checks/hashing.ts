import type { Hasher } from '../../domain/credentials/hashing.ts'
import type { Finding } from './finding.ts'

const PASSWORD = 'nobody has this password'
const ROUNDS = 3
/** A login that takes longer is felt, and a burst of them holds a core for long. */
const SLOW_MS = 500

/** Measures a hash, of which a login costs one. */
export async function checkHashing(hasher: Pick<Hasher, 'hash'>, threads: number): Promise<Finding> {
  const times: number[] = []
  for (let round = 0; round < ROUNDS; round += 1) {
    const started = performance.now()
    await hasher.hash(PASSWORD)
    times.push(performance.now() - started)
  }
  const ms = Math.round(Math.min(...times))
  const isSlow = ms > SLOW_MS
  const advice = isSlow
    ? 'this machine is slow: give the service more of a core'
    : `a core does about ${Math.max(1, Math.floor(1000 / ms))} logins a second; ${threads} threads are set`
  return { check: 'argon2', status: isSlow ? 'warning' : 'ok', detail: `a hash takes ${ms} ms; ${advice}` }
}
