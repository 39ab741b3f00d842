import type { TokenPurpose } from '../model.ts'
import { type CollectionIndexes, type Database, timed } from './connect.ts'

/** An attempt to sign up over an unverified address: applied only if the owner of the mailbox confirms it. */
export interface Attempt {
  passwordHash: string
  firstName: string | null
  lastName: string | null
}

/** A document of `tokens`: it finds the user; the user's own document decides. */
export interface TokenDocument {
  /** The hash of the token. */
  _id: string
  purpose: TokenPurpose
  userId: string
  /** The address that got the mail. */
  email: string
  emailCanonical: string
  attempt: Attempt | null
  expires: Date
}

export const tokenIndexes: CollectionIndexes = {
  collection: 'tokens',
  indexes: [{ key: { expires: 1 }, options: { expireAfterSeconds: 0 } }, { key: { userId: 1 } }],
}

/** The one-time tokens, by the few queries that the service asks. */
export function createTokenRecords(database: Database) {
  const tokens = () => database.collection<TokenDocument>('tokens')
  return {
    async insert(token: TokenDocument): Promise<void> {
      await tokens().insertOne(token, timed())
    },
    byHash: (hash: string) => tokens().findOne({ _id: hash }, timed()),
    async remove(hash: string): Promise<void> {
      await tokens().deleteOne({ _id: hash }, timed())
    },
    async removeOfUser(userId: string): Promise<void> {
      await tokens().deleteMany({ userId }, timed())
    },
  }
}

export type TokenRecords = ReturnType<typeof createTokenRecords>
