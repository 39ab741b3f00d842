import { randomBytes, randomUUID } from 'node:crypto'
import type { EndReason, SessionRecord, User, Viewer } from '../../model.ts'
import type { NewGeneration, UserVersion } from '../../mongo/users.ts'
import { SECONDS } from '../../units.ts'
import { cleanUp } from '../commit.ts'
import type { Deps } from '../deps.ts'
import { toViewer } from './authentication.ts'
import { getAbsoluteEnd, getExpiry, getLifetime } from './lifetimes.ts'
import type { RequestAuth } from './request-auth.ts'
import type { NewSession } from './session-cookie.ts'

export const MAX_SESSIONS_PER_USER = 50

/** A login that has not been committed by then never will be. */
const PENDING_MS = 60 * SECONDS

/** Creates the id of a session generation: 96 random bits. */
export const createGenerationId = (): string => randomBytes(12).toString('hex')

/** Creates the fields that end all sessions of a user. */
export const createGeneration = ({ clock }: Deps, reason: EndReason): NewGeneration => ({
  generation: createGenerationId(),
  ended: { at: clock.now(), reason },
})

/** Returns what a write on behalf of a viewer expects of the user. */
export const toVersion = ({ user }: Viewer): UserVersion => ({ id: user.id, generation: user.generation })

/** The fields of a session to be made; those of a rotated session are kept. */
export interface SessionInit {
  readonly generation: string
  readonly remembered: boolean
  readonly handle?: string
  readonly createdAt?: Date
  readonly authenticatedAt?: Date
  /** The session comes to life with the commit of its login only. */
  readonly pending?: boolean
}

/** Builds a session for a user, from the request's device. */
export function buildSession(deps: Deps, auth: RequestAuth, user: User, init: SessionInit): NewSession {
  const now = deps.clock.now()
  const {
    generation,
    remembered,
    handle = randomUUID(),
    createdAt = now,
    authenticatedAt = now,
    pending = false,
  } = init
  const record = {
    ...{ userId: user.id, generation, handle, createdAt, authenticatedAt, remembered },
    ...{ device: auth.device, lastSeen: now, replacedAt: null, pending },
  }
  const lifetime = getLifetime(deps.settings.lifetimes, user, record)
  const expires = pending ? new Date(now.getTime() + PENDING_MS) : getExpiry(lifetime, record)
  return { record, expires, cookieExpires: remembered ? getAbsoluteEnd(lifetime, record) : null }
}

/**
 * Stores a session beside the request's own and runs the one write that brings it to life. Where that is refused (false) or
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

/** Remembers the user of a session that was just committed as the request's viewer. */
export function enterSession(deps: Deps, auth: RequestAuth, user: User, record: SessionRecord): Viewer {
  const viewer = toViewer(deps, user, record)
  auth.setViewer(viewer)
  return viewer
}

/** Ends the session that the request came with, when another one has taken its place. */
export async function endPrevious(auth: RequestAuth, previous: SessionRecord | null): Promise<void> {
  if (!previous) return
  await cleanUp(auth, (db) => db.sessions.deleteByHandle(previous.userId, previous.handle))
}

/** Keeps at most 50 sessions of a user: the least recently seen are deleted, never this one. */
export async function trimSessions({ clock }: Deps, auth: RequestAuth, record: SessionRecord): Promise<void> {
  await cleanUp(auth, (db) => db.sessions.trim(record, MAX_SESSIONS_PER_USER, clock.now()))
}
