import { type Filter, ObjectId, type UpdateFilter, type WithId } from 'mongodb'
import { type EndReason, ROLES, type Role, type TokenPurpose, type User } from '../model.ts'
import { type CollectionIndexes, type Database, isDuplicateKey, timed } from './connect.ts'

/** A document of `users`. */
export interface UserDocument {
  _id: ObjectId
  email: string
  emailCanonical: string
  emailVerified: boolean
  firstName: string | null
  lastName: string | null
  roles: Role[]
  createdAt: Date
  disabledAt: Date | null
  passwordHash: string
  passwordChangedAt: Date | null
  emailChangedAt: Date | null
  generation: string
  ended: { at: Date; reason: EndReason } | null
  tokens: Partial<Record<TokenPurpose, string>>
  lastLoginAt: Date | null
}

export const userIndexes: CollectionIndexes = {
  collection: 'users',
  indexes: [{ key: { emailCanonical: 1 }, options: { unique: true } }, { key: { roles: 1 } }],
}

/** What a write on behalf of a user asks of them: that their sessions are still the same, and that they are enabled. */
export interface UserGuard {
  id: string
  generation: string
}

/** The fields of a user that end all of their sessions. */
export interface Ending {
  generation: string
  ended: { at: Date; reason: EndReason }
}

/** What may be set of a user, each field by itself. */
export type UserChange = Partial<Omit<User, 'id' | 'tokens'>>

const isRole = (text: unknown): text is Role => ROLES.some((role) => role === text)

/** A user from their document; roles of a shape we do not know are none (fails closed). */
function fromDocument({ _id, ...document }: WithId<UserDocument>): User {
  const roles = Array.isArray(document.roles) ? document.roles.filter(isRole) : []
  return { ...document, id: _id.toHexString(), roles, tokens: document.tokens ?? {} }
}

/** In the letters in which it was given out: one id has one text. */
const toId = (id: string): ObjectId | null => (/^[0-9a-f]{24}$/.test(id) ? new ObjectId(id) : null)

/** The smallest string that is greater than every one that starts with the prefix: a range, so that no pattern is ever run. */
const afterPrefix = (prefix: string) => `${prefix}\u{10FFFF}`

/** The users, by the few queries that the service asks. */
export function createUsers(database: Database) {
  const users = () => database.collection<UserDocument>('users')

  const find = async (filter: Filter<UserDocument>): Promise<User | null> => {
    const document = await users().findOne(filter, timed())
    return document ? fromDocument(document) : null
  }

  const update = async (filter: Filter<UserDocument>, change: UpdateFilter<UserDocument>): Promise<boolean> =>
    (await users().updateOne(filter, change, timed())).matchedCount > 0

  const replace = async (
    filter: Filter<UserDocument>,
    change: UpdateFilter<UserDocument>,
  ): Promise<User | 'taken' | null> => {
    try {
      const document = await users().findOneAndUpdate(filter, change, { returnDocument: 'before', ...timed() })
      return document ? fromDocument(document) : null
    } catch (error) {
      if (isDuplicateKey(error)) return 'taken'
      throw error
    }
  }

  const spendingAll = (change: UserChange): UpdateFilter<UserDocument> => ({
    $set: { ...(change as Partial<UserDocument>), tokens: {} },
  })

  const live = ({ id, generation }: UserGuard): Filter<UserDocument> => ({
    _id: new ObjectId(id),
    generation: { $eq: generation },
    disabledAt: null,
  })

  return {
    /** A new user's id, made before the user is. */
    newId: () => new ObjectId().toHexString(),

    async byId(id: string): Promise<User | null> {
      const _id = toId(id)
      return _id ? find({ _id }) : null
    },

    byEmail: (emailCanonical: string) => find({ emailCanonical: { $eq: emailCanonical } }),

    /** Adds a user; false if the address is taken. */
    async insert({ id, roles, tokens, ...user }: User): Promise<boolean> {
      try {
        await users().insertOne({ _id: new ObjectId(id), ...user, roles: [...roles], tokens: { ...tokens } }, timed())
        return true
      } catch (error) {
        if (isDuplicateKey(error)) return false
        throw error
      }
    },

    /** Changes a user who is enabled and of this generation; false if there is none. */
    change: (guard: UserGuard, change: UserChange) => update(live(guard), { $set: change as Partial<UserDocument> }),

    /** As `change`, with all one-time tokens of the user spent. */
    changeAndSpendTokens: (guard: UserGuard, change: UserChange & Ending) => update(live(guard), spendingAll(change)),

    /** Changes a user by id, whatever their generation. */
    async changeById(id: string, change: UserChange): Promise<boolean> {
      const _id = toId(id)
      return _id ? update({ _id }, { $set: change as Partial<UserDocument> }) : false
    },

    /** Puts roles back that were changed in vain, unless somebody has changed them since. */
    restoreRoles: (id: string, tried: readonly Role[], roles: readonly Role[]) =>
      update({ _id: new ObjectId(id), roles: { $eq: [...tried] } }, { $set: { roles: [...roles] } }),

    /** Disables an enabled user, ends their sessions and spends their tokens. Gives the user as they were before, or null. */
    async disable(id: string, change: Ending & { disabledAt: Date }): Promise<User | null> {
      const _id = toId(id)
      const before = _id && (await replace({ _id, disabledAt: null }, spendingAll(change)))
      return before === 'taken' ? null : before
    },

    /** Takes back the disabling that gave a user this generation: they and their sessions are as they were before. */
    reinstate: ({ id, generation: disabled }: UserGuard, { disabledAt, generation, ended, tokens }: User) =>
      update(
        { _id: new ObjectId(id), generation: { $eq: disabled } },
        { $set: { disabledAt, generation, ended, tokens: { ...tokens } } },
      ),

    /** Makes the hash the only live token of its purpose; false if the user is not as they were read any more. */
    setToken: (
      { id, generation, emailCanonical }: UserGuard & { emailCanonical: string },
      purpose: TokenPurpose,
      hash: string,
    ) =>
      update(
        { ...live({ id, generation }), emailCanonical: { $eq: emailCanonical } },
        { $set: { [`tokens.${purpose}`]: hash } },
      ),

    /** Takes a token back that was spent in vain. */
    unsetToken: (id: string, purpose: TokenPurpose, hash: string) =>
      update({ _id: new ObjectId(id), [`tokens.${purpose}`]: hash }, { $unset: { [`tokens.${purpose}`]: '' } }),

    /**
     * Spends a token with the change that it allows, in one write: of two parallel uses one wins.
     * Every other token of the user ends with it, but for that of a sign-up: an address that is verified ends no reset. Gives the user as they were before, null if the token is not the live
     * one, and 'taken' if the change asks for an address that somebody has.
     */
    spendToken: (id: string, purpose: TokenPurpose, hash: string, change: UserChange) =>
      replace(
        { _id: new ObjectId(id), [`tokens.${purpose}`]: hash, disabledAt: null },
        purpose === 'verifyEmail'
          ? { $set: change as Partial<UserDocument>, $unset: { 'tokens.verifyEmail': '' } }
          : spendingAll(change),
      ),

    /** Lets the first confirmed attempt to sign up have the address, while it is unverified; as `spendToken`. */
    confirmAttempt: (id: string, emailCanonical: string, change: UserChange & Ending) =>
      replace(
        { _id: new ObjectId(id), emailCanonical: { $eq: emailCanonical }, emailVerified: false, disabledAt: null },
        spendingAll(change),
      ),

    /** Deletes a user of this generation; false if there is none. */
    remove: async ({ id, generation }: UserGuard): Promise<boolean> =>
      (await users().deleteOne({ _id: new ObjectId(id), generation: { $eq: generation } }, timed())).deletedCount > 0,

    /** How many enabled users have the role, counted to two. */
    countEnabled: (role: Role) => users().countDocuments({ roles: role, disabledAt: null }, { limit: 2, ...timed() }),

    /** Users by address, ascending: those after (or before) an address, whose address starts with the prefix. */
    async page({ after, prefix, limit }: { after: string | null; prefix: string; limit: number }): Promise<User[]> {
      const range = after !== null && after >= prefix ? { $gt: after } : { $gte: prefix }
      const documents = await users()
        .find({ emailCanonical: { ...range, $lt: afterPrefix(prefix) } }, timed())
        .sort({ emailCanonical: 1 })
        .limit(limit)
        .toArray()
      return documents.map(fromDocument)
    },
  }
}

export type Users = ReturnType<typeof createUsers>
