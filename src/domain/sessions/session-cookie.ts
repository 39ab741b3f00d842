import type { SessionRecord } from '../../model.ts'

/** A session to be stored, and how long it and its cookie last. */
export interface NewSession {
  readonly record: Omit<SessionRecord, 'id'>
  /** When the database may remove the document. */
  readonly expires: Date
  /** When a remembered cookie expires; null: when the browser closes. */
  readonly cookieExpires: Date | null
}

/** The place of the session in a request and its response. */
export interface SessionCookie {
  /** Returns the stored session that the cookie names now, or null. */
  read(): Promise<SessionRecord | null>
  /** @throws AppError INSECURE_REQUEST where a cookie could not be kept */
  requireSecure(): void
  /** Stores a new session beside the one there is, and sets its cookie if the request ends well. */
  issue(session: NewSession): Promise<SessionRecord>
  /** Takes back what `issue` has done. */
  rollBack(): Promise<void>
  /** Leaves the rest of the request without a session; the browser's cookie stays as it is. */
  forget(): void
  /** Clears the browser's cookie, if the request carried one. */
  clear(): void
}
