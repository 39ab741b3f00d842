import type { CollectionIndexes } from './database.ts'
import { isDuplicateKey } from './database-errors.ts'
import type { QueryScope } from './query-scope.ts'

/** A document of `usedChallenges`: the hash of a passkey challenge, until it expires. */
interface UsedChallenge {
  _id: string
  expires: Date
}

export const usedChallengeIndexes: CollectionIndexes = {
  collection: 'usedChallenges',
  indexes: [{ key: { expires: 1 }, options: { expireAfterSeconds: 0 } }],
}

/** The passkey challenges that were used. */
export class UsedChallengeCollection {
  readonly #scope: QueryScope

  constructor(scope: QueryScope) {
    this.#scope = scope
  }

  /** Returns false if it was used before. */
  async insert(hash: string, expires: Date): Promise<boolean> {
    try {
      await this.#scope
        .collection<UsedChallenge>('usedChallenges')
        .insertOne({ _id: hash, expires }, this.#scope.options)
      return true
    } catch (error) {
      if (isDuplicateKey(error)) return false
      throw error
    }
  }
}
