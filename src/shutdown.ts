import { setTimeout } from 'node:timers/promises'
import { SECONDS } from './units.ts'

/** What a supervisor allows between its signal and a kill; each part of the service has a share of it. */
export const GRACE_MS = 10 * SECONDS
/** The share of the requests under way: a request is answered within 5 s. */
export const MAX_DRAIN_MS = 5.5 * SECONDS
/** The share of GraphQL, and of the mail under way; the database has the rest. */
export const MAX_STOP_MS = 1 * SECONDS

/** Waits until a part has stopped, for its share of the grace at most: what is stuck must not keep the database open. */
export async function stopWithin(ms: number, stopping: Promise<unknown>): Promise<void> {
  const timeout = new AbortController()
  const stopped = stopping.catch(() => {}).finally(() => timeout.abort())
  await Promise.race([stopped, setTimeout(ms, undefined, { signal: timeout.signal }).catch(() => {})])
}
