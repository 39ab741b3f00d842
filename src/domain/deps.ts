import type { Clock, OwnUserFields, User } from '../model.ts'
import type { AuditLog } from './audit/audit-log.ts'
import type { IsBreached } from './credentials/breached-passwords.ts'
import type { Hasher } from './credentials/hashing.ts'
import type { Encryption } from './factors/encryption.ts'
import type { Limiter } from './limits/limits.ts'
import type { MailQueue } from './mail/queue.ts'
import type { InvalidField } from './outcomes.ts'
import type { Lifetimes } from './sessions/lifetimes.ts'

export interface DomainSettings {
  readonly lifetimes: Lifetimes
  /** Who may sign up: anybody, who is invited, or nobody but who was. */
  readonly signup: 'open' | 'invited' | 'closed'
  readonly emailVerification: 'optional' | 'required'
  readonly passwordMinLength: number
  readonly loginAlerts: boolean
  readonly requireSecondFactor: 'none' | 'staff'
  /** WebAuthn's relying party. */
  readonly rpId: string
  /** The origins whose pages may use passkeys. */
  readonly origins: readonly string[]
  /** The name in authenticator apps. */
  readonly serviceName: string
}

/** What somebody enters about themself, with a clone's own fields and without the password. */
export interface NewUserInput {
  readonly email: string
  readonly firstName?: string | null | undefined
  readonly lastName?: string | null | undefined
  readonly locale?: string | null | undefined
}

/** What a clone's features add. */
export interface FeatureHooks {
  /** Reads a clone's own fields: returns what to store with the user, or what is wrong. */
  readOwnFields(input: NewUserInput): Promise<OwnUserFields | readonly InvalidField[]>
  /** Tells whether a feature wants to hear of such an event. */
  hears(kind: 'userCreated' | 'userEmailChanged'): boolean
  /** Returns what features add to a user's export, by feature. */
  exportUser(user: User): Promise<Record<string, unknown>>
}

export interface Deps {
  readonly clock: Clock
  readonly hasher: Hasher
  readonly isBreached: IsBreached
  /** A hash that no password opens, for users who do not exist. */
  readonly decoyHash: string
  readonly encryption: Encryption
  /** The first signs passkey challenges, all verify. */
  readonly challengeKeys: readonly [Buffer, ...Buffer[]]
  readonly mails: MailQueue
  readonly audit: Pick<AuditLog, 'record'>
  readonly limiter: Pick<Limiter, 'tryToAddDevice' | 'clearFailures' | 'clearLogin'>
  readonly settings: DomainSettings
  readonly features: FeatureHooks
}
