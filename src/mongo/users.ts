import { type Filter, ObjectId, type UpdateFilter } from 'mongodb'
import type { PendingDemotion, TokenPurpose, User } from '../model.ts'
import type { Role } from '../roles.ts'
import { isDuplicateKey } from './database-errors.ts'
import { WITHOUT_FACTORS } from './factors.ts'
import type { QueryScope } from './query-scope.ts'
import {
  fromDocument,
  MAX_DEVICES,
  type NewGeneration,
  toFilter,
  toObjectId,
  toPrefixEnd,
  toSet,
  type UserChange,
  type UserDocument,
  type UserVersion,
  WITHOUT_LISTS,
  withAllTokensSpent,
} from './user-document.ts'

/** The users. */
export class UserCollection {
  readonly #scope: QueryScope

  constructor(scope: QueryScope) {
    this.#scope = scope
  }

  get #users() {
    return this.#scope.collection<UserDocument>('users')
  }

  async #find(filter: Filter<UserDocument>): Promise<User | null> {
    const document = await this.#users.findOne(filter, { ...WITHOUT_LISTS, ...this.#scope.options })
    return document ? fromDocument(document) : null
  }

  async #update(filter: Filter<UserDocument>, change: UpdateFilter<UserDocument>): Promise<boolean> {
    return (await this.#users.updateOne(filter, change, this.#scope.options)).matchedCount > 0
  }

  /** Returns the user as they were before, null if none matches, and 'duplicate' if the new address is taken. */
  async #replace(filter: Filter<UserDocument>, change: UpdateFilter<UserDocument>): Promise<User | 'duplicate' | null> {
    try {
      const options = { returnDocument: 'before', ...WITHOUT_LISTS, ...this.#scope.options } as const
      const document = await this.#users.findOneAndUpdate(filter, change, options)
      return document ? fromDocument(document) : null
    } catch (error) {
      if (isDuplicateKey(error)) return 'duplicate'
      throw error
    }
  }

  /** Creates the id of a user who is not stored yet. */
  createId(): string {
    return new ObjectId().toHexString()
  }

  async findById(id: string): Promise<User | null> {
    const _id = toObjectId(id)
    if (!_id) return null
    const reads = this.#scope.database.reads<UserDocument>('users', WITHOUT_LISTS)
    const document = await this.#scope.bind(reads.find(_id))
    return document && fromDocument(document)
  }

  findByEmail(emailCanonical: string): Promise<User | null> {
    return this.#find({ emailCanonical: { $eq: emailCanonical } })
  }

  /** Adds a user. Returns false if the address is taken. */
  async insert({ id, roles, tokens, pendingDemotion: _none, secondFactor: _derived, ...user }: User): Promise<boolean> {
    try {
      const document = { _id: new ObjectId(id), ...user, roles: [...roles], tokens: { ...tokens } }
      await this.#users.insertOne(document, this.#scope.options)
      return true
    } catch (error) {
      if (isDuplicateKey(error)) return false
      throw error
    }
  }

  /** Changes an enabled user of the expected version. Returns false if there is none. */
  update(expected: UserVersion, change: UserChange): Promise<boolean> {
    return this.#update(toFilter(expected), { $set: toSet(change) })
  }

  /** As `update`, and ends every one-time token of the user. */
  updateAndSpendTokens(expected: UserVersion, change: UserChange & NewGeneration): Promise<boolean> {
    return this.#update(toFilter(expected), withAllTokensSpent(change))
  }

  /** Changes a user by id, whatever their version. Returns false if there is none. */
  async updateById(id: string, change: UserChange): Promise<boolean> {
    const _id = toObjectId(id)
    return _id ? this.#update({ _id }, { $set: toSet(change) }) : false
  }

  /** Disables an enabled user, ends their sessions and tokens. Returns the user as they were before, or null. */
  async disable(id: string, change: NewGeneration & { disabledAt: Date }): Promise<User | null> {
    const _id = toObjectId(id)
    const before = _id && (await this.#replace({ _id, disabledAt: null }, withAllTokensSpent(change)))
    return before === 'duplicate' ? null : before
  }

  /** Sets roles. Returns false if that would take ADMIN from an enabled user: that takes a demotion. */
  updateRoles({ id }: User, roles: readonly Role[]): Promise<boolean> {
    const unlessAdmin = { $or: [{ roles: { $ne: 'ADMIN' as const } }, { disabledAt: { $ne: null } }] }
    const filter = { _id: new ObjectId(id), ...(roles.includes('ADMIN') ? {} : unlessAdmin) }
    return this.#update(filter, { $set: { roles: [...roles] } })
  }

  /** Changes an enabled ADMIN, and keeps in the same document what that takes from them. Returns false if they are none. */
  demote({ id, generation }: User, change: UserChange, taken: PendingDemotion): Promise<boolean> {
    const tokens = change.generation ? { tokens: {} } : {}
    return this.#update(
      { ...toFilter({ id, generation }), roles: 'ADMIN' },
      { $set: { ...toSet(change), ...tokens, pendingDemotion: taken } },
    )
  }

  /** Makes a demotion final. */
  confirmDemotion(id: string, at: Date): Promise<boolean> {
    return this.#update({ _id: new ObjectId(id), 'pendingDemotion.at': at }, { $unset: { pendingDemotion: '' } })
  }

  /** Gives back what a demotion took, but no sessions that something else has ended since. */
  async undoDemotion(id: string, { at, roles, access }: PendingDemotion): Promise<boolean> {
    const pending = { _id: new ObjectId(id), 'pendingDemotion.at': at }
    const toUpdate = (change: Partial<UserDocument>): UpdateFilter<UserDocument> => ({
      $set: { roles: [...roles], ...change },
      $unset: { pendingDemotion: '' },
    })
    if (!access) return this.#update(pending, toUpdate({}))
    const { replacedBy, generation, ended, tokens } = access
    const all = toUpdate({ disabledAt: null, generation, ended, tokens: { ...tokens } })
    return (
      (await this.#update({ ...pending, generation: { $eq: replacedBy } }, all)) ||
      this.#update(pending, toUpdate({ disabledAt: null }))
    )
  }

  /** Returns the user whose pending demotion is the oldest, or null. */
  async findOldestDemotion(): Promise<User | null> {
    const [document] = await this.#users
      .find({ 'pendingDemotion.at': { $gt: new Date(0) } }, { ...WITHOUT_LISTS, ...this.#scope.options })
      .sort({ 'pendingDemotion.at': 1 })
      .limit(1)
      .toArray()
    return document ? fromDocument(document) : null
  }

  /** Tells whether an enabled user other than this one has the role ADMIN. */
  async hasOtherAdmin(id: string | null): Promise<boolean> {
    const other = id === null ? {} : { _id: { $ne: new ObjectId(id) } }
    const found = await this.#users.findOne(
      { ...other, roles: 'ADMIN', disabledAt: null },
      { projection: { _id: 1 }, ...this.#scope.options },
    )
    return found !== null
  }

  /** Makes the hash the only live token of its purpose. Returns false if the user has changed since they were read. */
  setToken(
    { emailCanonical, ...expected }: UserVersion & { emailCanonical: string },
    purpose: TokenPurpose,
    hash: string,
  ): Promise<boolean> {
    return this.#update(
      { ...toFilter(expected), emailCanonical: { $eq: emailCanonical } },
      { $set: { [`tokens.${purpose}`]: hash } },
    )
  }

  /** Ends a token that allows nothing any more. */
  unsetToken(id: string, purpose: TokenPurpose, hash: string): Promise<boolean> {
    return this.#update(
      { _id: new ObjectId(id), [`tokens.${purpose}`]: hash },
      { $unset: { [`tokens.${purpose}`]: '' } },
    )
  }

  /**
   * Spends a token and makes the change that it allows, in one write: of two parallel uses one wins. Ends every other token
   * of the user, too, unless it verifies the address of a sign-up. Returns the user as they were before, null if the token
   * is not the live one, and 'duplicate' if the new address is taken. `isFirstProof`: the address was not verified before, so
   * whoever signed up with it loses their factors.
   */
  spendToken(
    id: string,
    purpose: TokenPurpose,
    hash: string,
    change: UserChange,
    isFirstProof = false,
  ): Promise<User | 'duplicate' | null> {
    const live = { _id: new ObjectId(id), [`tokens.${purpose}`]: hash, disabledAt: null }
    if (purpose === 'verifyEmail') {
      return this.#replace(live, { $set: toSet(change), $unset: { 'tokens.verifyEmail': '' } })
    }
    const spent = withAllTokensSpent(change)
    return isFirstProof
      ? this.#replace({ ...live, emailVerified: false }, { ...spent, $unset: WITHOUT_FACTORS })
      : this.#replace(live, spent)
  }

  /** Gives an unverified address to the first confirmed sign-up attempt. Returns as `spendToken` does. */
  confirmAttempt(
    id: string,
    emailCanonical: string,
    change: UserChange & NewGeneration,
  ): Promise<User | 'duplicate' | null> {
    return this.#replace(
      { _id: new ObjectId(id), emailCanonical: { $eq: emailCanonical }, emailVerified: false, disabledAt: null },
      withAllTokensSpent(change),
    )
  }

  /** Tells whether a device has logged in as the user with this address before. */
  async hasDevice(emailCanonical: string, device: string): Promise<boolean> {
    const options = { projection: { _id: 1 }, ...this.#scope.options }
    return (await this.#users.findOne({ emailCanonical: { $eq: emailCanonical }, devices: device }, options)) !== null
  }

  /** Adds a device as the most recently used one; of more than 20, the least recently used is dropped. */
  addDevice(id: string, device: string): Promise<boolean> {
    const change = { $push: { devices: { $each: [device], $slice: -MAX_DEVICES } } }
    return this.#update({ _id: new ObjectId(id) }, change)
  }

  /** Removes a device. Returns false if the user does not have it. */
  removeDevice(id: string, device: string): Promise<boolean> {
    return this.#update({ _id: new ObjectId(id), devices: device }, { $pull: { devices: device } })
  }

  /** Deletes a user of the expected version. Returns false if there is none. */
  async delete({ id, generation }: UserVersion): Promise<boolean> {
    const filter = { _id: new ObjectId(id), generation: { $eq: generation } }
    return (await this.#users.deleteOne(filter, this.#scope.options)).deletedCount > 0
  }

  /** Returns users by address, ascending: those after an address, whose address starts with the prefix. */
  async findPage({ after, prefix, limit }: { after: string | null; prefix: string; limit: number }): Promise<User[]> {
    const range = after !== null && after >= prefix ? { $gt: after } : { $gte: prefix }
    const documents = await this.#users
      .find({ emailCanonical: { ...range, $lt: toPrefixEnd(prefix) } }, { ...WITHOUT_LISTS, ...this.#scope.options })
      .sort({ emailCanonical: 1 })
      .limit(limit)
      .toArray()
    return documents.map(fromDocument)
  }
}
