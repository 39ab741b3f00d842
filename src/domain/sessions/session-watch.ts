/**
 * The threat: each of many open streams asks the database whether its session is alive. So one read serves them all, and
 * there is none without listeners. And a rotation or an outage must not sign anybody out: only two reads that agree prove an
 * end, and a failed one proves nothing.
 */
import type { SessionRecord, Viewer } from '../../model.ts'
import type { SessionKey, WatchedState } from '../../mongo/watched-sessions.ts'
import { SECONDS } from '../../units.ts'
import type { SessionRules } from './authentication.ts'
import { explainEnd, findWatchedViewer, type SessionEnd } from './session-end.ts'

const READ_INTERVAL_MS = 1 * SECONDS
/** The shortest time between two reads that prove an end; a rotation takes less between its two writes. */
const MIN_AGREEMENT_MS = 250

export interface WatchedSession {
  /** The session and its user, as last found alive. */
  readonly viewer: Viewer
  readonly ended: Promise<SessionEnd>
  stop(): void
}

export interface SessionWatchDeps extends SessionRules {
  readWatched(keys: readonly SessionKey[]): Promise<WatchedState>
  onError(error: unknown): void
}

interface Entry {
  viewer: Viewer
  /** When the first read that found it dead ended. */
  suspectedAt: Date | null
  tell(end: SessionEnd): void
}

const getKey = ({ userId, handle }: SessionKey): string => `${userId} ${handle}`

function groupByKey(sessions: readonly SessionRecord[]): ReadonlyMap<string, SessionRecord[]> {
  const groups = new Map<string, SessionRecord[]>()
  for (const session of sessions) {
    const key = getKey(session)
    groups.set(key, [...(groups.get(key) ?? []), session])
  }
  return groups
}

/** Tells the streams of this process that their sessions have ended, here or on another instance. */
export class SessionWatch {
  readonly #deps: SessionWatchDeps
  readonly #entries = new Set<Entry>()
  #isReading = false
  #cancel: (() => void) | null = null

  constructor(deps: SessionWatchDeps) {
    this.#deps = deps
  }

  /** Watches a session until it ends or `stop` is called. */
  watch(viewer: Viewer): WatchedSession {
    const { promise, resolve } = createPromise<SessionEnd>()
    const entry: Entry = { viewer, suspectedAt: null, tell: resolve }
    this.#entries.add(entry)
    if (!this.#cancel) this.#schedule(READ_INTERVAL_MS)
    return {
      get viewer() {
        return entry.viewer
      },
      ended: promise,
      stop: () => this.#remove(entry),
    }
  }

  #remove(entry: Entry): void {
    this.#entries.delete(entry)
    if (this.#entries.size > 0 || this.#isReading) return
    this.#cancel?.()
    this.#cancel = null
  }

  #schedule(ms: number): void {
    this.#cancel = this.#deps.clock.after(ms, () => void this.#readAll())
  }

  async #readAll(): Promise<void> {
    const { clock, readWatched, onError } = this.#deps
    const entries = [...this.#entries]
    const startedAt = clock.now()
    this.#isReading = true
    try {
      const state = await readWatched(entries.map(({ viewer }) => viewer.session))
      const groups = groupByKey(state.sessions)
      for (const entry of entries) this.#judge(entry, state, groups.get(getKey(entry.viewer.session)) ?? [], startedAt)
    } catch (error) {
      onError(error)
    }
    this.#isReading = false
    this.#cancel = null
    if (this.#entries.size === 0) return
    const isSuspicious = [...this.#entries].some(({ suspectedAt }) => suspectedAt !== null)
    this.#schedule(isSuspicious ? MIN_AGREEMENT_MS : READ_INTERVAL_MS)
  }

  #judge(entry: Entry, { users }: WatchedState, sessions: readonly SessionRecord[], startedAt: Date): void {
    const { clock } = this.#deps
    const user = users.get(entry.viewer.user.id) ?? null
    const viewer = findWatchedViewer(this.#deps, user, sessions)
    if (viewer) {
      entry.viewer = viewer
      entry.suspectedAt = null
    } else if (!entry.suspectedAt) {
      entry.suspectedAt = clock.now()
    } else if (startedAt.getTime() - entry.suspectedAt.getTime() >= MIN_AGREEMENT_MS) {
      this.#remove(entry)
      entry.tell(explainEnd(this.#deps, entry.viewer, user, sessions))
    }
  }
}

function createPromise<T>() {
  let resolve: (value: T) => void = () => {}
  const promise = new Promise<T>((settle) => {
    resolve = settle
  })
  return { promise, resolve }
}
