import type { SessionRecord, User } from '../model.ts'

/** A session as people see it: whose it is, when it ends, whether it is the asker's own. */
export interface SessionView {
  readonly session: SessionRecord
  readonly user: User
  readonly expiresAt: Date
  readonly current: boolean
}

/** Why a well-typed value is refused. */
export type InvalidReason = 'REQUIRED' | 'MALFORMED' | 'TOO_SHORT' | 'TOO_LONG' | 'TOO_COMMON' | 'UNCHANGED'

/** A field of an input that is refused, with a sentence for people. */
export interface InvalidField {
  readonly name: string
  readonly reason: InvalidReason
  readonly message: string
}

/** An outcome that was to be expected: its kind is its name in the contract. */
export type Outcome<Kind extends string, Facts = unknown> = { readonly kind: Kind } & Readonly<Facts>

export type InvalidInput = Outcome<'InvalidInput', { fields: readonly InvalidField[] }>
export type InvalidCredentials = Outcome<'InvalidCredentials'>
export type EmailTaken = Outcome<'EmailTaken'>
export type EmailNotVerified = Outcome<'EmailNotVerified'>
export type InvalidToken = Outcome<'InvalidToken'>
export type NotFound = Outcome<'NotFound'>
export type LastAdmin = Outcome<'LastAdmin'>
export type NotYourself = Outcome<'NotYourself'>
export type MailRequested = Outcome<'MailRequested', { email: string }>
export type SessionsRevoked = Outcome<'SessionsRevoked', { count: number; ids: readonly string[] }>

/** Refused for what was put in; names each field at fault. */
export const invalidInput = (fields: readonly InvalidField[]): InvalidInput => ({ kind: 'InvalidInput', fields })

/** Sessions ended, by their handles. */
export const sessionsRevoked = (ids: readonly string[]): SessionsRevoked => ({
  kind: 'SessionsRevoked',
  count: ids.length,
  ids,
})

/** Nobody is signed in, or not any more. */
export class Unauthenticated extends Error {
  override name = 'Unauthenticated'
}

/** Somebody is signed in who may not do this. */
export class Forbidden extends Error {
  override name = 'Forbidden'
}

/** The user has not proved who they are within `maxAge` seconds. */
export class ReauthenticationRequired extends Error {
  override name = 'ReauthenticationRequired'
  readonly maxAge: number

  constructor(maxAge: number) {
    super()
    this.maxAge = maxAge
  }
}

/** An argument that the schema cannot type is out of its range; the message names it and repeats no value. */
export class BadArgument extends Error {
  override name = 'BadArgument'
}

/** A login came in the clear to a service that is https: its cookie could not be kept. */
export class InsecureRequest extends Error {
  override name = 'InsecureRequest'
}
