import type { SessionRecord } from '../../model.ts'

export interface NewSession {
  readonly record: Omit<SessionRecord, 'id'>
  /** When the database may remove the document. */
  readonly expires: Date
  /** When a persistent cookie expires; null for one that ends with the browser. */
  readonly cookieExpires: Date | null
}

/** The session cookie of a request and its response. */
export interface SessionCookie {
  /** Returns the stored session of the cookie, or null. */
  read(): Promise<SessionRecord | null>
  /** @throws AppError INSECURE_REQUEST if the browser would not keep a cookie */
  requireSecure(): void
  /** Stores a new session beside the current one, and sets its cookie if the request succeeds. */
  issue(session: NewSession): Promise<SessionRecord>
  /** Undoes `issue`. */
  rollBack(): Promise<void>
  /** Ignores the session for the rest of the request; the browser's cookie stays as it is. */
  forget(): void
  /** Clears the browser's cookie, if the request carried one. */
  clear(): void
}
