import type { RequestHandler } from 'express'
import type { Collection, Document } from 'mongodb'
import type { Logger } from 'pino'
import type { DeletedUser } from '../domain/mail/worker.ts'
import type { Resolvers } from '../graphql/generated.ts'
import type { RequireUser } from '../http/require-user.ts'
import type { Clock, User } from '../model.ts'
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

/** A part of a clone: the default export of its `feature.ts` is a function that creates one. */
export interface Feature {
  resolvers: Resolvers
  indexes?: CollectionIndexes[]
  /** A router below a path, for what is not GraphQL. */
  route?: { path: string; router: RequestHandler }
  /** Runs at least once after a user was deleted, and again after a failure. */
  onUserDeleted?(user: DeletedUser): Promise<void>
  /** Returns what the feature stores about a user, for the user's export. */
  onUserExported?(user: User): Promise<unknown>
}
