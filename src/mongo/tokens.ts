import type { OwnUserFields, TokenPurpose, User } from '../model.ts'
import type { Role } from '../roles.ts'
import type { CollectionIndexes } from './database.ts'
import type { QueryScope } from './query-scope.ts'

/** A sign-up over an unverified address: applied only if the owner of the mailbox confirms it. */
export type SignupAttempt = Pick<User, 'passwordHash' | 'firstName' | 'lastName' | 'locale'> & OwnUserFields

/** What the invited will be, and who vouches for it. */
export interface Invitation {
  roles: readonly Role[]
  /** Null if it came from the shell. */
  invitedBy: string | null
}

/** A document of `tokens`. It finds the user; the user's own document decides. */
export interface TokenDocument {
  /** The hash of the token. */
  _id: string
  /** The user's document names no invitation: nobody has it yet. */
  purpose: TokenPurpose | 'invitation'
  userId: string
  /** The address that got the mail. */
  email: string
  emailCanonical: string
  attempt: SignupAttempt | null
  invitation?: Invitation
  expires: Date
}

export const tokenIndexes: CollectionIndexes = {
  collection: 'tokens',
  indexes: [
    { key: { expires: 1 }, options: { expireAfterSeconds: 0 } },
    { key: { userId: 1 } },
    { key: { emailCanonical: 1 } },
  ],
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

  /** Deletes the invitations to an address that are older than this one. */
  async deleteOlderInvitations({ _id, emailCanonical, expires }: TokenDocument): Promise<void> {
    const older = { purpose: 'invitation', emailCanonical, _id: { $ne: _id }, expires: { $lte: expires } } as const
    await this.#tokens.deleteMany(older, this.#scope.options)
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
