import { randomBytes, randomUUID } from 'node:crypto'
import type { Assurance, EndReason, SessionRecord, User, Viewer } from '../../model.ts'
import type { NewGeneration, UserVersion } from '../../mongo/user-document.ts'
import { SECONDS } from '../../units.ts'
import { cleanUp } from '../commit.ts'
import type { Deps } from '../deps.ts'
import { toViewer } from './authentication.ts'
import { getAbsoluteEnd, getExpiry, getLifetime } from './lifetimes.ts'
import type { RequestAuth } from './request-auth.ts'
import type { NewSession } from './session-cookie.ts'

export const MAX_SESSIONS_PER_USER = 50

/** After this time, a login is no longer committed. */
const PENDING_MS = 60 * SECONDS

export const createGenerationId = (): string => randomBytes(12).toString('hex')

/** Creates the fields that end all sessions of a user. */
export const createGeneration = ({ clock }: Deps, reason: EndReason): NewGeneration => ({
  generation: createGenerationId(),
  ended: { at: clock.now(), reason },
})

/** Returns the version of the user that a write on behalf of the viewer expects. */
export const toVersion = ({ user }: Viewer): UserVersion => ({ id: user.id, generation: user.generation })

/** Fields of a new session; a rotated session keeps its own. */
export interface SessionInit {
  readonly generation: string
  readonly remembered: boolean
  readonly handle?: string
  readonly createdAt?: Date
  readonly authenticatedAt?: Date
  /** A password alone by default. */
  readonly assurance?: Assurance
  /** The commit of the login brings the session to life. */
  readonly pending?: boolean
}

export function buildSession(deps: Deps, auth: RequestAuth, user: User, init: SessionInit): NewSession {
  const now = deps.clock.now()
  const {
    generation,
    remembered,
    handle = randomUUID(),
    createdAt = now,
    authenticatedAt = now,
    assurance = 'SINGLE_FACTOR',
    pending = false,
  } = init
  const record = {
    ...{ userId: user.id, generation, handle, createdAt, authenticatedAt, remembered, assurance },
    ...{ device: auth.device, lastSeen: now, replacedAt: null, pending },
  }
  const lifetime = getLifetime(deps.settings.lifetimes, user, record)
  const expires = pending ? new Date(now.getTime() + PENDING_MS) : getExpiry(lifetime, record)
  return { record, expires, cookieExpires: remembered ? getAbsoluteEnd(lifetime, record) : null }
}

/**
 * Stores a new session beside the request's own and runs the one write that brings it to life. If that is refused (false) or
 * fails, the new session is removed, and the rest of the request has none.
 */
export async function startSession(
  auth: RequestAuth,
  session: NewSession,
  commit: (record: SessionRecord) => Promise<boolean>,
): Promise<SessionRecord | null> {
  auth.forgetViewer()
  let committed = false
  try {
    const record = await auth.cookie.issue(session)
    committed = await commit(record)
    return committed ? { ...record, pending: false } : null
  } finally {
    if (!committed) {
      auth.forgetViewer()
      await auth.cookie.rollBack()
    }
  }
}

/** Makes the user of a committed session the request's viewer. */
export function enterSession(deps: Deps, auth: RequestAuth, user: User, record: SessionRecord): Viewer {
  const viewer = toViewer(deps, user, record)
  auth.setViewer(viewer)
  return viewer
}

export async function endPrevious(auth: RequestAuth, previous: SessionRecord | null): Promise<void> {
  if (!previous) return
  await cleanUp(auth, (db) => db.sessions.deleteByHandle(previous.userId, previous.handle))
}

/** Keeps at most 50 sessions of a user: deletes the least recently seen, never this one. */
export async function trimSessions({ clock }: Deps, auth: RequestAuth, record: SessionRecord): Promise<void> {
  await cleanUp(auth, (db) => db.sessions.trim(record, MAX_SESSIONS_PER_USER, clock.now()))
}
