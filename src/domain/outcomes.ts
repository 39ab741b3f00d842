import type { SessionRecord, User } from '../model.ts'

export interface SessionView {
  readonly session: SessionRecord
  readonly user: User
  readonly scopes: ReadonlySet<string>
  readonly secondFactorRequired: boolean
  readonly expiresAt: Date
  /** Whether this is the session of the request. */
  readonly current: boolean
}

export type InvalidReason =
  | 'REQUIRED'
  | 'MALFORMED'
  | 'TOO_SHORT'
  | 'TOO_LONG'
  | 'TOO_COMMON'
  | 'BREACHED'
  | 'UNCHANGED'

export interface InvalidField {
  readonly name: string
  readonly reason: InvalidReason
  readonly message: string
}

/** An expected result of a service call; its kind is its type in the schema. */
export type Outcome<Kind extends string, Fields = unknown> = { readonly kind: Kind } & Readonly<Fields>

export type InvalidInput = Outcome<'InvalidInput', { fields: readonly InvalidField[] }>
export type InvalidCredentials = Outcome<'InvalidCredentials'>
export type SignupClosed = Outcome<'SignupClosed'>
export type EmailTaken = Outcome<'EmailTaken'>
export type EmailNotVerified = Outcome<'EmailNotVerified'>
export type InvalidToken = Outcome<'InvalidToken'>
export type InvalidFactor = Outcome<'InvalidFactor'>
export type NoSecondFactor = Outcome<'NoSecondFactor'>
export type NotFound = Outcome<'NotFound'>
export type LastAdmin = Outcome<'LastAdmin'>
export type NotYourself = Outcome<'NotYourself'>
export type MailRequested = Outcome<'MailRequested', { email: string }>
export type VerifyEmailSuccess = Outcome<'VerifyEmailSuccess', { email: string }>
export type AdminUserSuccess = Outcome<'AdminUserSuccess', { user: User }>
export type SessionsRevoked = Outcome<'SessionsRevoked', { count: number; ids: readonly string[] }>

export const invalidInput = (fields: readonly InvalidField[]): InvalidInput => ({ kind: 'InvalidInput', fields })

export const sessionsRevoked = (ids: readonly string[]): SessionsRevoked => ({
  kind: 'SessionsRevoked',
  count: ids.length,
  ids,
})
