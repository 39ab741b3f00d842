import { AsyncLocalStorage } from 'node:async_hooks'
import { setMaxListeners } from 'node:events'

interface Deadline {
  /** By performance.now(), in milliseconds. */
  readonly end: number
  signal: AbortSignal | null
}

/**
 * The deadline of the request under way. The driver bounds each operation, but a request makes several, and a client was
 * promised an answer within 5 s: so every query of a request carries the request's own signal, made by the first of them.
 */
const deadlines = new AsyncLocalStorage<Deadline>()

/** Runs a request whose queries all end `ms` milliseconds from now. */
export function withDeadline<T>(ms: number, run: () => T): T {
  return deadlines.run({ end: performance.now() + ms, signal: null }, run)
}

/** Runs what a request has only set off, and what goes on after it: without its deadline. */
export function withoutDeadline<T>(run: () => T): T {
  return deadlines.exit(run)
}

/** The signal of the request under way, if any. */
export function currentSignal(): AbortSignal | undefined {
  const deadline = deadlines.getStore()
  if (!deadline) return undefined
  if (deadline.signal) return deadline.signal
  deadline.signal = AbortSignal.timeout(Math.max(0, Math.ceil(deadline.end - performance.now())))
  // Each query under way listens to it, and Node warns of more than ten.
  setMaxListeners(0, deadline.signal)
  return deadline.signal
}
