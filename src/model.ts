import type { Locale } from './locales.ts'
import type { Role } from './roles.ts'

export type TokenPurpose = 'verifyEmail' | 'changeEmail' | 'resetPassword'

/** What the last proof of identity in a session rested on. */
export type Assurance = 'SINGLE_FACTOR' | 'MULTI_FACTOR'

/** What happened to a user's second factors. */
export type FactorChangeKind =
  | 'totpAdded'
  | 'totpReplaced'
  | 'totpRemoved'
  | 'passkeyAdded'
  | 'passkeyRemoved'
  | 'recoveryCodesReplaced'

export type EndReason = 'REVOKED' | 'PASSWORD_CHANGED' | 'USER_GONE'

/**
 * What a clone stores with its users: its own fields, which it adds with
 * `declare module '../../model.ts' { interface OwnUserFields { company?: string | null } }`.
 */
// biome-ignore lint/suspicious/noEmptyInterface: a clone merges its fields into it
export interface OwnUserFields {}

/** A user; `id` is an ObjectId in hex. */
export interface User extends OwnUserFields {
  readonly id: string
  /** As typed, trimmed. */
  readonly email: string
  /** The user's identity: the same for every spelling of one address. */
  readonly emailCanonical: string
  readonly emailVerified: boolean
  readonly firstName: string | null
  readonly lastName: string | null
  /** The language of the mails to the user. */
  readonly locale: Locale
  readonly roles: readonly Role[]
  readonly createdAt: Date
  readonly disabledAt: Date | null
  /** An argon2id PHC string. */
  readonly passwordHash: string
  readonly passwordChangedAt: Date | null
  /** When the user was told that their password was found in a breach. */
  readonly breachToldAt: Date | null
  readonly emailChangedAt: Date | null
  /** The id that all live sessions of the user share: replacing it ends them all. */
  readonly generation: string
  /** When and why the last generation ended. */
  readonly ended: { readonly at: Date; readonly reason: EndReason } | null
  /** The hashes of the only live one-time tokens. */
  readonly tokens: Readonly<Partial<Record<TokenPurpose, string>>>
  readonly lastLoginAt: Date | null
  /** Whether logging in with the password needs a second factor. */
  readonly secondFactor: boolean
  /** When a factor was last added, replaced or removed. */
  readonly factorsChangedAt: Date | null
  /** What a demotion took from an ADMIN, until it is certain that another one is left. */
  readonly pendingDemotion: PendingDemotion | null
}

/** What is restored if no other ADMIN is left. */
export interface PendingDemotion extends Pick<User, 'roles'> {
  readonly at: Date
  /** What disabling took beside the roles; null if the user was not disabled. */
  readonly access: TakenAccess | null
}

export interface TakenAccess extends Pick<User, 'generation' | 'ended' | 'tokens'> {
  /** The generation that disabling has set. */
  readonly replacedBy: string
}

export interface Device {
  /** The User-Agent header, cut at 256 characters. */
  readonly userAgent: string | null
  /** The client's address, with the last IPv4 octet or the lower 64 IPv6 bits zeroed. */
  readonly address: string | null
}

export interface SessionRecord {
  /** The SHA-256 of the cookie's id, in hex; never shown. */
  readonly id: string
  readonly userId: string
  /** The user's generation when the session began. */
  readonly generation: string
  /** The session's public id, which rotation keeps. */
  readonly handle: string
  readonly createdAt: Date
  readonly authenticatedAt: Date
  readonly remembered: boolean
  readonly assurance: Assurance
  readonly device: Device
  readonly lastSeen: Date
  /** When another cookie value replaced this one; the document stays for 60 s. */
  readonly replacedAt: Date | null
  /** The session is dead until its login is committed. */
  readonly pending: boolean
}

/** A live session with its user and their scopes. */
export interface Viewer {
  readonly user: User
  readonly session: SessionRecord
  readonly scopes: ReadonlySet<string>
  /** Whether the user's roles grant nothing until the session has a second factor. */
  readonly secondFactorRequired: boolean
  /** The earlier of the idle and the absolute limit. */
  readonly expiresAt: Date
}

export interface Clock {
  now(): Date
  /** Calls `run` once after `ms` milliseconds. Returns a function that cancels it. */
  after(ms: number, run: () => void): () => void
}

export const systemClock: Clock = {
  now: () => new Date(),
  after(ms, run) {
    const timer = setTimeout(run, ms)
    timer.unref()
    return () => clearTimeout(timer)
  },
}
