import { setTimeout } from 'node:timers/promises'
import { SECONDS } from './units.ts'

/** What a supervisor allows between its signal and a kill. */
export const GRACE_MS = 10 * SECONDS
/** The share of the current requests, which are answered within 5 s. */
export const MAX_DRAIN_MS = 5.5 * SECONDS
/** The share of GraphQL, of the current mail and of the traces each; the database has the rest. */
export const MAX_STOP_MS = 1 * SECONDS

/** Waits for a part to stop, for `ms` at most: one that hangs must not keep the database open. */
export async function stopWithin(ms: number, stopping: Promise<unknown>): Promise<void> {
  const timeout = new AbortController()
  const stopped = stopping.catch(() => {}).finally(() => timeout.abort())
  await Promise.race([stopped, setTimeout(ms, undefined, { signal: timeout.signal }).catch(() => {})])
}
