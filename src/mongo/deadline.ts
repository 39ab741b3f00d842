/**
 * The threat: a database that hangs. The driver bounds each operation, but a request makes several, and a client was promised
 * an answer within 5 s. So every query of a request carries the signal of the request's deadline.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import { setMaxListeners } from 'node:events'
import { AppError } from '../errors.ts'

/** Requests that arrive within this time share a signal: one of its own for each costs more than its queries. */
const SLOT_MS = 100

/** The time at which a request's queries end. */
export class Deadline {
  /** By performance.now(), in milliseconds. */
  readonly #endsAt: number
  #signal: AbortSignal | undefined
  readonly #extensions = new Map<number, Deadline>()
  /** What is to be told at the end: a signal looks through all its listeners for each one that it gets. */
  readonly #waiting = new Set<() => void>()
  #timer: NodeJS.Timeout | undefined

  constructor(endsAt: number) {
    this.#endsAt = endsAt
  }

  /** Aborts at the deadline, with UNAVAILABLE as its reason. */
  get signal(): AbortSignal {
    this.#signal ??= createSignal(this.#endsAt - performance.now())
    return this.#signal
  }

  /** Returns the deadline that is `ms` milliseconds later. */
  extend(ms: number): Deadline {
    const extended = this.#extensions.get(ms) ?? new Deadline(this.#endsAt + ms)
    this.#extensions.set(ms, extended)
    return extended
  }

  /** Settles as `work` does, but no later than the deadline; for libraries that take no signal. */
  race<T>(work: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const end = () => reject(new AppError('UNAVAILABLE'))
      this.#await(end)
      const settle =
        <V>(done: (value: V) => void) =>
        (value: V) => {
          this.#waiting.delete(end)
          done(value)
        }
      work.then(settle(resolve), settle(reject))
    })
  }

  #await(end: () => void): void {
    const ms = this.#endsAt - performance.now()
    if (ms <= 0) end()
    else this.#waiting.add(end)
    if (ms > 0 && ms !== Infinity) this.#timer ??= setTimeout(() => this.#end(), Math.ceil(ms)).unref()
  }

  #end(): void {
    this.#timer = undefined
    for (const tell of this.#waiting) tell()
    this.#waiting.clear()
  }
}

function createSignal(ms: number): AbortSignal {
  const controller = new AbortController()
  // Node warns of a leak where more than ten queries wait at once.
  setMaxListeners(0, controller.signal)
  if (ms === Infinity) return controller.signal
  setTimeout(() => controller.abort(new AppError('UNAVAILABLE')), Math.max(0, Math.ceil(ms))).unref()
  return controller.signal
}

/** Creates the deadlines of requests that may use the database for `ms` milliseconds. */
export function createDeadlines(ms: number): () => Deadline {
  let slotEnd = 0
  let current: Deadline | undefined
  return () => {
    const now = performance.now()
    if (!current || now >= slotEnd) {
      slotEnd = now + SLOT_MS
      current = new Deadline(now + ms)
    }
    return current
  }
}

/** The deadline of the request that a feature's code runs for: a feature gets its collections before any request. */
const featureDeadline = new AsyncLocalStorage<Deadline>()

/** Runs a feature's code so that the queries of its collections end with the request. */
export function runWithDeadline<T>(deadline: Deadline, run: () => T): T {
  return featureDeadline.run(deadline, run)
}

/** Runs what a request only started: without its deadline. */
export function runWithoutDeadline<T>(run: () => T): T {
  return featureDeadline.exit(run)
}

/** Returns the deadline that the running code of a feature is bound to, if any. */
export function getFeatureDeadline(): Deadline | undefined {
  return featureDeadline.getStore()
}
