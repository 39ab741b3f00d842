import type { RequestHandler } from 'express'
import type { Collection, Document } from 'mongodb'
import type { Logger } from 'pino'
import type { DeletedUser } from '../domain/mail/feature-job.ts'
import type { InvalidField } from '../domain/outcomes.ts'
import type { Resolvers, SignupInput } from '../graphql/generated.ts'
import type { RequireUser } from '../http/require-user.ts'
import type { Clock, OwnUserFields, User } from '../model.ts'
import type { CollectionIndexes } from '../mongo/database.ts'

export interface FeatureMail {
  /** One address. */
  to: string
  subject: string
  /** Plain text; the HTML part is made from it. */
  text: string
}

export interface FeatureDeps {
  /** Returns a collection, when it is used: `collection<Note>('notes').findOne(…)`. Its queries end with the request. */
  collection<T extends Document>(name: string): Collection<T>
  userById(id: string): Promise<User | null>
  clock: Clock
  /** The guard for plain Express routes: 401 without a session, `request.viewer` with one. */
  requireUser: RequireUser
  log: Logger
  /** Reports a security event. Never put a secret, an address or a cookie into it. */
  report(event: { name: string; userId?: string }): void
  mails: {
    /** Queues a mail. It is sent at least once, with retries for a day. */
    enqueue(mail: FeatureMail): Promise<void>
  }
}

/** The input of a sign-up without the password; `extend input SignupInput` adds a clone's own fields. */
export type SignupFields = { [Field in keyof Omit<SignupInput, 'password'>]: SignupInput[Field] | undefined }

type Answer<T> = T | Promise<T>

/** A part of a clone: the default export of its `feature.ts` is a function that creates one. */
export interface Feature {
  resolvers: Resolvers
  indexes?: CollectionIndexes[]
  /** A router below a path, for what is not GraphQL. */
  route?: { path: string; router: RequestHandler }
  /**
   * Reads the own fields of whoever signs up or accepts an invitation, without the password. Returns what to store with the user, in
   * the same write, or what is wrong. An own field has a name that no field of the service has.
   */
  onSignup?(input: SignupFields): Answer<OwnUserFields | readonly InvalidField[]>
  /** Runs at least once after a user was created, and again after a failure, as the two below. */
  onUserCreated?(user: User): Promise<void>
  onUserDeleted?(user: DeletedUser): Promise<void>
  /** Runs after a new email address was confirmed. */
  onEmailChanged?(user: User): Promise<void>
  /** Returns what the feature stores about a user, for the user's export. */
  onUserExported?(user: User): Promise<unknown>
}
