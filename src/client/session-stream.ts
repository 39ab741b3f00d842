import { readEvents } from './event-stream.ts'
import type { Store } from './store.ts'

const SUBSCRIPTION = 'subscription SessionEnded { sessionEnded { at reason } }'
const FIRST_PAUSE_MS = 1000
const MAX_PAUSE_MS = 5 * 60_000

export type SessionEndReason = 'EXPIRED' | 'REVOKED' | 'PASSWORD_CHANGED' | 'USER_GONE'

export interface SessionStreamDeps {
  uri: string
  credentials: RequestCredentials
  sessionId: Store<string | null>
  onEnded(sessionId: string, reason: SessionEndReason): Promise<void>
  onUnauthenticated(): Promise<unknown>
}

interface StreamedResult {
  data?: { sessionEnded?: { reason: SessionEndReason } | null } | null
  errors?: { extensions?: { code?: string; retryAfter?: number } }[]
}

/** How a stream ended; `pauseMs` if the service asked for a pause. */
type Ending = { kind: 'completed' | 'failed'; pauseMs?: number }

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, milliseconds)
    signal.addEventListener('abort', done, { once: true })
    function done() {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
  })
}

/** Resolves with the session's id when somebody is signed in; null when aborted. */
function waitForSession(sessionId: Store<string | null>, signal: AbortSignal): Promise<string | null> {
  return new Promise((resolve) => {
    const unsubscribe = sessionId.subscribe(look)
    signal.addEventListener('abort', look, { once: true })
    look()
    function look() {
      const id = sessionId.get()
      if (id === null && !signal.aborted) return
      unsubscribe()
      signal.removeEventListener('abort', look)
      resolve(signal.aborted ? null : id)
    }
  })
}

async function readStream(deps: SessionStreamDeps, id: string, signal: AbortSignal): Promise<Ending> {
  const response = await fetch(`${deps.uri}/stream`, {
    method: 'POST',
    credentials: deps.credentials,
    headers: { accept: 'text/event-stream', 'content-type': 'application/json' },
    body: JSON.stringify({ query: SUBSCRIPTION }),
    signal,
  })
  const isStream = response.headers.get('content-type')?.startsWith('text/event-stream') ?? false
  if (!response.ok || !response.body || !isStream) {
    const seconds = Number(response.headers.get('retry-after'))
    return seconds > 0 ? { kind: 'failed', pauseMs: seconds * 1000 } : { kind: 'failed' }
  }
  for await (const { event, data } of readEvents(response.body)) {
    if (event === 'complete') return { kind: 'completed' }
    if (event !== 'next') continue
    const { data: told, errors }: StreamedResult = JSON.parse(data)
    if (told?.sessionEnded) await deps.onEnded(id, told.sessionEnded.reason)
    const { code, retryAfter } = errors?.[0]?.extensions ?? {}
    if (code === 'UNAUTHENTICATED') await deps.onUnauthenticated()
    if (code !== undefined) return retryAfter ? { kind: 'failed', pauseMs: retryAfter * 1000 } : { kind: 'failed' }
  }
  return { kind: 'failed' }
}

async function followSession(deps: SessionStreamDeps, id: string, signal: AbortSignal): Promise<Ending> {
  const controller = new AbortController()
  const abort = () => controller.abort()
  const unsubscribe = deps.sessionId.subscribe(abort)
  signal.addEventListener('abort', abort)
  try {
    return await readStream(deps, id, controller.signal)
  } catch {
    // Aborted, cut or refused by the network: the next try tells more.
    return { kind: controller.signal.aborted ? 'completed' : 'failed' }
  } finally {
    controller.abort()
    unsubscribe()
    signal.removeEventListener('abort', abort)
  }
}

/** Keeps one stream open while somebody is signed in, until aborted. Pauses grow with each failure. */
export async function keepSessionStream(deps: SessionStreamDeps, signal: AbortSignal): Promise<void> {
  let failures = 0
  while (!signal.aborted) {
    const id = await waitForSession(deps.sessionId, signal)
    if (id === null) return
    const { kind, pauseMs } = await followSession(deps, id, signal)
    failures = kind === 'failed' ? failures + 1 : 0
    const growing = Math.min(FIRST_PAUSE_MS * 2 ** failures, MAX_PAUSE_MS)
    // Random, so that not all browsers reconnect at once after a restart of the service.
    await pause(pauseMs ?? (kind === 'failed' ? growing * (0.5 + Math.random() / 2) : Math.random() * 250), signal)
  }
}
