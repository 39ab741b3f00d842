import type { Role } from './roles.ts'

/** What a one-time token is good for. */
export type TokenPurpose = 'verifyEmail' | 'changeEmail' | 'resetPassword'

/** Why all sessions of a user ended. */
export type EndReason = 'REVOKED' | 'PASSWORD_CHANGED' | 'USER_GONE'

/** A user. Times are instants; `id` is an ObjectId in hex. */
export interface User {
  readonly id: string
  /** As typed, trimmed. */
  readonly email: string
  /** The user's identity: the same for every spelling of one address. */
  readonly emailCanonical: string
  readonly emailVerified: boolean
  readonly firstName: string | null
  readonly lastName: string | null
  readonly roles: readonly Role[]
  readonly createdAt: Date
  readonly disabledAt: Date | null
  /** An argon2id PHC string. */
  readonly passwordHash: string
  /** When the password was last changed or reset; null if never. */
  readonly passwordChangedAt: Date | null
  /** When the address was last changed; null if never. */
  readonly emailChangedAt: Date | null
  /** The id that all live sessions of the user share: a write that ends all of them replaces it. */
  readonly generation: string
  /** When and why the last generation ended; null if none has. */
  readonly ended: { readonly at: Date; readonly reason: EndReason } | null
  /** The hashes of the only live one-time tokens. */
  readonly tokens: Readonly<Partial<Record<TokenPurpose, string>>>
  readonly lastLoginAt: Date | null
  /** What was taken from an ADMIN until it is certain that another one is left; null otherwise. */
  readonly pendingDemotion: PendingDemotion | null
}

/** What an ADMIN gets back if nobody else turns out to be one. */
export interface PendingDemotion extends Pick<User, 'roles'> {
  readonly at: Date
  /** What disabling took beside the roles; null where the user was not disabled. */
  readonly access: TakenAccess | null
}

/** The sessions and tokens that disabling a user ends. */
export interface TakenAccess extends Pick<User, 'generation' | 'ended' | 'tokens'> {
  /** The generation that the disabling gave. */
  readonly replacedBy: string
}

/** Where a session is used from. */
export interface Device {
  /** The User-Agent header, cut at 256 characters. */
  readonly userAgent: string | null
  /** The client's address, its last IPv4 octet or its lower 64 IPv6 bits zeroed. */
  readonly address: string | null
}

/** A session as it is stored. */
export interface SessionRecord {
  /** The SHA-256 of the cookie's id, in hex; never shown. */
  readonly id: string
  readonly userId: string
  /** The user's generation when the session began. */
  readonly generation: string
  /** The public id of the session; stays the same when the cookie's value is rotated. */
  readonly handle: string
  readonly createdAt: Date
  readonly authenticatedAt: Date
  readonly remembered: boolean
  readonly device: Device
  readonly lastSeen: Date
  /** When another cookie value took over; the document stays for 60 s. */
  readonly replacedAt: Date | null
  /** The session waits for the commit of its login, and is not alive before. */
  readonly pending: boolean
}

/** A live session with its user and what that user may do now. */
export interface Viewer {
  readonly user: User
  readonly session: SessionRecord
  readonly scopes: ReadonlySet<string>
  /** The earlier of the idle and the absolute limit. */
  readonly expiresAt: Date
}

/** The time, and timers; tests move it by hand. */
export interface Clock {
  now(): Date
  /** Calls `run` once, `ms` milliseconds from now. Returns the function that cancels it. */
  after(ms: number, run: () => void): () => void
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
