import { AsyncLocalStorage } from 'node:async_hooks'

/**
 * The deadline of the request under way. The driver bounds each operation, but a request makes several, and a client was
 * promised an answer within 5 s: so every query of a request carries the request's own signal.
 */
const signals = new AsyncLocalStorage<AbortSignal>()

/** Runs a request whose queries all end `ms` milliseconds from now. */
export function withDeadline<T>(ms: number, run: () => T): T {
  return signals.run(AbortSignal.timeout(ms), run)
}

/** The signal of the request under way, if any. */
export const currentSignal = (): AbortSignal | undefined => signals.getStore()
