import type { TokenPurpose } from '../model.ts'
import type { CollectionIndexes } from './database.ts'
import type { QueryScope } from './query-scope.ts'

/** A sign-up over an unverified address: applied only if the owner of the mailbox confirms it. */
export interface SignupAttempt {
  passwordHash: string
  firstName: string | null
  lastName: string | null
}

/** A document of `tokens`. It finds the user; the user's own document decides. */
export interface TokenDocument {
  /** The hash of the token. */
  _id: string
  purpose: TokenPurpose
  userId: string
  /** The address that got the mail. */
  email: string
  emailCanonical: string
  attempt: SignupAttempt | null
  expires: Date
}

export const tokenIndexes: CollectionIndexes = {
  collection: 'tokens',
  indexes: [{ key: { expires: 1 }, options: { expireAfterSeconds: 0 } }, { key: { userId: 1 } }],
}

/** The one-time tokens. */
export class TokenCollection {
  readonly #scope: QueryScope

  constructor(scope: QueryScope) {
    this.#scope = scope
  }

  get #tokens() {
    return this.#scope.collection<TokenDocument>('tokens')
  }

  async insert(token: TokenDocument): Promise<void> {
    await this.#tokens.insertOne(token, this.#scope.options)
  }

  findByHash(hash: string): Promise<TokenDocument | null> {
    return this.#tokens.findOne({ _id: hash }, this.#scope.options)
  }

  async delete(hash: string): Promise<void> {
    await this.#tokens.deleteOne({ _id: hash }, this.#scope.options)
  }

  async deleteByUser(userId: string): Promise<void> {
    await this.#tokens.deleteMany({ userId }, this.#scope.options)
  }
}
