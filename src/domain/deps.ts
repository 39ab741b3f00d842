import type { Clock, User } from '../model.ts'
import type { Hasher } from './credentials/hashing.ts'
import type { Limiter } from './limits/limits.ts'
import type { MailQueue } from './mail/queue.ts'
import type { Lifetimes } from './sessions/lifetimes.ts'

/** The settings that the domain goes by. */
export interface DomainSettings {
  readonly lifetimes: Lifetimes
  readonly emailVerification: 'optional' | 'required'
  readonly passwordMinLength: number
  /** Whether users are told by mail of a first login from a device. */
  readonly loginAlerts: boolean
}

/** Returns what the features of a clone add to a user's export, by feature. */
export type ExportFeatures = (user: User) => Promise<Record<string, unknown>>

/** What the domain's functions work with. */
export interface Deps {
  readonly clock: Clock
  readonly hasher: Hasher
  /** A hash of today's cost that no password opens, for users who do not exist. */
  readonly decoyHash: string
  readonly mails: MailQueue
  readonly limiter: Pick<Limiter, 'tryToAddDevice' | 'clearFailures'>
  readonly settings: DomainSettings
  readonly exportFeatures: ExportFeatures
}
