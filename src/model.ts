/** What a user may be beyond themself; who has one is staff. */
export const ROLES = ['ADMIN', 'SUPPORT'] as const
export type Role = (typeof ROLES)[number]

/** What a one-time token is good for. */
export type TokenPurpose = 'verifyEmail' | 'changeEmail' | 'resetPassword'

/** Why the sessions of a user ended. */
export type EndReason = 'REVOKED' | 'PASSWORD_CHANGED' | 'USER_GONE'

/** A user, as every floor of the house sees them. Times are instants; `id` is an ObjectId's hex. */
export interface User {
  readonly id: string
  /** As typed, trimmed. */
  readonly email: string
  /** The identity: one address, whatever its case and outer spaces. */
  readonly emailCanonical: string
  readonly emailVerified: boolean
  readonly firstName: string | null
  readonly lastName: string | null
  readonly roles: readonly Role[]
  readonly createdAt: Date
  readonly disabledAt: Date | null
  /** An argon2id PHC string. */
  readonly passwordHash: string
  /** When the password was last changed or reset, which is what a notice by mail speaks of; null if never. */
  readonly passwordChangedAt: Date | null
  /** When the address was last changed; null if never. */
  readonly emailChangedAt: Date | null
  /** Replaced by every write that ends all of the user's sessions: a session lives only while it carries the same. */
  readonly generation: string
  /** When and why the last generation ended; null if none has. */
  readonly ended: { readonly at: Date; readonly reason: EndReason } | null
  /** The hashes of the only live one-time tokens. */
  readonly tokens: Readonly<Partial<Record<TokenPurpose, string>>>
  readonly lastLoginAt: Date | null
}

/** Where a session is used from. */
export interface Device {
  /** The User-Agent header, cut at 256 characters. */
  readonly userAgent: string | null
  /** The client's address, its last IPv4 octet or its lower 64 IPv6 bits zeroed. */
  readonly address: string | null
}

/** A session as it is kept. */
export interface SessionRecord {
  /** The SHA-256 of the cookie's ID, in hex: never shown. */
  readonly id: string
  readonly userId: string
  readonly generation: string
  /** The public handle, which outlives a change of the cookie's value. */
  readonly handle: string
  readonly createdAt: Date
  readonly authenticatedAt: Date
  readonly remembered: boolean
  readonly device: Device
  readonly lastSeen: Date
  /** For the TTL index and for queries only; the law computes the limits from the rest. */
  readonly expires: Date
  /** Set on a tombstone: a session whose place another one took. */
  readonly ended: Date | null
}

/** A session that is alive, together with the user it speaks for and what that user may do now. */
export interface Viewer {
  readonly user: User
  readonly session: SessionRecord
  readonly scopes: ReadonlySet<string>
  /** The earlier of the idle and the absolute limit. */
  readonly expiresAt: Date
}

/** The time, and what is to happen later; tests move it by hand. */
export interface Clock {
  now(): Date
  /** Calls `run` once, `ms` milliseconds from now, and gives the function that calls it off. */
  after(ms: number, run: () => void): () => void
}

/** The database, the queue of hashes or the queue of mails cannot serve now; nothing was half done. */
export class Unavailable extends Error {
  override name = 'Unavailable'
  /** Seconds after which another try makes sense. */
  readonly retryAfter: number

  constructor(message: string, retryAfter = 2) {
    super(message)
    this.retryAfter = retryAfter
  }
}

/** The real time. */
export const systemClock: Clock = {
  now: () => new Date(),
  after(ms, run) {
    const timer = setTimeout(run, ms)
    timer.unref()
    return () => clearTimeout(timer)
  },
}
