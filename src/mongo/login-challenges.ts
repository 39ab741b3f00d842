import type { QueryScope } from './query-scope.ts'

/** A login whose password was right and whose second factor is still missing. It lives among the tokens. */
export interface LoginChallenge {
  /** The hash of the challenge. */
  _id: string
  purpose: 'secondFactor'
  userId: string
  /** The user's generation when the password was checked. */
  generation: string
  remembered: boolean
  /** How often a factor was tried. */
  tries: number
  /** The mail that tells the owner of a wrong factor, once the challenge has ended without a right one. */
  alert: string | null
  expires: Date
}

/** The challenges of logins that need a second factor. */
export class LoginChallengeCollection {
  readonly #scope: QueryScope

  constructor(scope: QueryScope) {
    this.#scope = scope
  }

  get #challenges() {
    return this.#scope.collection<LoginChallenge>('tokens')
  }

  /** Adds a challenge, and deletes the user's oldest above `max`. */
  async insert(challenge: LoginChallenge, max: number): Promise<void> {
    await this.#challenges.insertOne(challenge, this.#scope.options)
    const { _id, userId, purpose } = challenge
    const surplus = await this.#challenges
      .find({ userId, purpose, _id: { $ne: _id } }, { projection: { _id: 1 }, ...this.#scope.options })
      .sort({ expires: -1 })
      .skip(max - 1)
      .toArray()
    if (surplus.length > 0) {
      await this.#challenges.deleteMany({ _id: { $in: surplus.map(({ _id }) => _id) } }, this.#scope.options)
    }
  }

  find(hash: string): Promise<LoginChallenge | null> {
    return this.#challenges.findOne({ _id: hash, purpose: 'secondFactor' }, this.#scope.options)
  }

  /** Counts a try. Returns how many there were with this one, or null if there are `max` already. */
  async countTry(hash: string, max: number): Promise<number | null> {
    const counted = await this.#challenges.findOneAndUpdate(
      { _id: hash, tries: { $lt: max } },
      { $inc: { tries: 1 } },
      { returnDocument: 'after', ...this.#scope.options },
    )
    return counted?.tries ?? null
  }

  async setAlert(hash: string, alert: string): Promise<void> {
    await this.#challenges.updateOne({ _id: hash }, { $set: { alert } }, this.#scope.options)
  }

  /** Spends the challenge. Returns it as it was, or null for all but the first. */
  spend(hash: string): Promise<LoginChallenge | null> {
    return this.#challenges.findOneAndDelete({ _id: hash }, this.#scope.options)
  }
}
