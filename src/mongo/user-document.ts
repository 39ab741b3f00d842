import { type Filter, ObjectId, type UpdateFilter, type WithId } from 'mongodb'
import { LOCALES } from '../locales.ts'
import type { EndReason, PendingDemotion, User } from '../model.ts'
import { isRole, type Role } from '../roles.ts'
import type { CollectionIndexes } from './database.ts'
import type { FactorFields } from './factor-document.ts'

/** A document of `users`. */
export type UserDocument = {
  -readonly [Field in keyof Omit<User, 'id' | 'roles' | 'pendingDemotion' | 'secondFactor'>]: User[Field]
} & FactorFields & {
    _id: ObjectId
    roles: Role[]
    pendingDemotion?: PendingDemotion
    /** The hashes of the ids of known devices, the most recently used last. */
    devices?: string[]
  }

export const userIndexes: CollectionIndexes = {
  collection: 'users',
  indexes: [
    { key: { emailCanonical: 1 }, options: { unique: true } },
    { key: { roles: 1 } },
    { key: { 'pendingDemotion.at': 1 }, options: { sparse: true } },
    {
      key: { 'passkeys.credentialId': 1 },
      options: { unique: true, partialFilterExpression: { 'passkeys.credentialId': { $exists: true } } },
    },
    { key: { 'totp.keyId': 1 }, options: { sparse: true } },
  ],
}

/** The names of what only the document has. */
const DOCUMENT_FIELDS: readonly string[] = [
  ...['_id', 'devices', 'passkeys', 'totp', 'totpPending', 'recoveryCodes', 'factorFailures', 'recoveryFailures'],
  ...['factorWaitUntil', 'factorAlertAt', 'reauthenticatedAt', 'webauthnUserId'],
]

/** Tells whether a clone may store a field of this name with the user, beside what `user` has. */
export const isOwnFieldName = (name: string, user: object): boolean =>
  /^[A-Za-z]\w*$/.test(name) && !Object.hasOwn(user, name) && !DOCUMENT_FIELDS.includes(name)

/** What a write expects of the user: that their sessions have not been ended since they were read. */
export interface UserVersion {
  id: string
  generation: string
}

/** The fields that end all sessions of a user. */
export interface NewGeneration {
  generation: string
  ended: { at: Date; reason: EndReason }
}

/** Fields to set on a user. */
export type UserChange = Partial<Omit<User, 'id' | 'tokens' | 'pendingDemotion' | 'secondFactor'>>

/** Roles of an unknown shape or name grant nothing. */
export function fromDocument({ _id, passkeys, totp, ...document }: WithId<UserDocument>): User {
  const roles = Array.isArray(document.roles) ? document.roles.filter(isRole) : []
  return {
    ...document,
    secondFactor: Boolean(passkeys?.length || totp),
    locale: document.locale ?? LOCALES[0],
    breachToldAt: document.breachToldAt ?? null,
    factorsChangedAt: document.factorsChangedAt ?? null,
    id: _id.toHexString(),
    roles,
    tokens: document.tokens ?? {},
    pendingDemotion: document.pendingDemotion ?? null,
  }
}

/** One id has one spelling. */
export const toObjectId = (id: string): ObjectId | null => (/^[0-9a-f]{24}$/.test(id) ? new ObjectId(id) : null)

/** The smallest string greater than every one with the prefix: a range never runs a pattern. */
export const toPrefixEnd = (prefix: string) => `${prefix}\u{10FFFF}`

export const toSet = (change: UserChange) => change as Partial<UserDocument>

export const withAllTokensSpent = (change: UserChange): UpdateFilter<UserDocument> => ({
  $set: { ...toSet(change), tokens: {} },
})

/** An enabled user whose sessions have not been ended since they were read. */
export const toFilter = ({ id, generation }: UserVersion): Filter<UserDocument> => ({
  _id: new ObjectId(id),
  generation: { $eq: generation },
  disabledAt: null,
})

export const MAX_DEVICES = 20

/** What most requests do not need of a user: of the factors, only which there are. */
export const WITHOUT_LISTS = {
  projection: {
    devices: 0,
    recoveryCodes: 0,
    totpPending: 0,
    'totp.secret': 0,
    'passkeys.publicKey': 0,
    'passkeys.name': 0,
    'passkeys.transports': 0,
  },
} as const
