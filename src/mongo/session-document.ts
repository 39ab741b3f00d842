import type { Assurance, SessionRecord } from '../model.ts'

/** What connect-mongo stores under `session`. */
export type StoredSession = Omit<SessionRecord, 'id' | 'pending' | 'assurance'> & {
  cookie: object
  pending?: true
  /** Absent in sessions of the version before, which had a password alone. */
  assurance?: Assurance
}

/** A document of `sessions`. `lastSeen` and `ended` at top level are the version before's. */
export interface SessionDocument {
  _id: string
  expires: Date
  session: StoredSession
  lastSeen?: Date
  ended?: Date | null
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null
const isText = (value: unknown) => typeof value === 'string' && value !== ''
const isTextOrNull = (value: unknown) => typeof value === 'string' || value === null
const isDate = (value: unknown) => value instanceof Date && !Number.isNaN(value.getTime())
const isDateOrNull = (value: unknown) => value === null || isDate(value)

function isStoredSession(value: unknown): value is StoredSession {
  if (!isObject(value)) return false
  const session = value as StoredSession
  if (!isObject(session.device) || !isObject(session.cookie)) return false
  const texts = [session.userId, session.generation, session.handle].every(isText)
  const times = [session.createdAt, session.authenticatedAt, session.lastSeen].every(isDate)
  const device = [session.device.userAgent, session.device.address].every(isTextOrNull)
  return texts && times && device && typeof session.remembered === 'boolean' && isDateOrNull(session.replacedAt)
}

/** Returns the session that connect-mongo's `session` field holds, or null if it cannot be understood. */
export function readStoredSession(id: string, stored: unknown): SessionRecord | null {
  if (!isStoredSession(stored)) return null
  const { userId, generation, handle, createdAt, authenticatedAt, remembered, device, lastSeen, replacedAt } = stored
  return {
    ...{ id, userId, generation, handle, createdAt, authenticatedAt, remembered, device, lastSeen, replacedAt },
    pending: stored.pending === true,
    assurance: stored.assurance === 'MULTI_FACTOR' ? 'MULTI_FACTOR' : 'SINGLE_FACTOR',
  }
}

/** Returns the session of a document, of the version before too, or null if it cannot be understood. */
export function readDocument({ _id, session, lastSeen, ended }: SessionDocument): SessionRecord | null {
  if (!isObject(session)) return null
  const { lastSeen: seen = lastSeen, replacedAt = null } = session
  return readStoredSession(_id, { ...session, lastSeen: seen, replacedAt: ended ?? replacedAt })
}
