/**
 * The threat: a code, a recovery code or a counter that counts twice, and guesses that nobody counts. So what proves a factor
 * is spent by the one write that also expects the user's version, and a try is counted before its code is looked at.
 */
import { type Filter, ObjectId, type UpdateFilter } from 'mongodb'
import type { FactorFields, PendingTotp, StoredPasskey, StoredTotp } from './factor-document.ts'
import type { QueryScope } from './query-scope.ts'
import { type NewGeneration, toFilter, toObjectId, type UserDocument, type UserVersion } from './user-document.ts'

/** A checked proof of a second factor, and what its use changes. */
export type Proof =
  | { kind: 'TOTP'; since: Date; step: number; encrypted: Pick<StoredTotp, 'secret' | 'keyId'> }
  | { kind: 'RECOVERY_CODE'; hash: string }
  | { kind: 'PASSKEY'; id: string; counter: number; isBound: boolean; synced: boolean; usedAt: Date }

/** Which counter a try raises. */
export type FailureField = 'factorFailures' | 'recoveryFailures'

/** The second factors that a change expects to find beside the one it is about. */
export interface FactorState {
  passkeys: number
  totpSince: Date | null
}

/** What every change of factors sets; `ending` where the other sessions end. */
export interface FactorChange {
  factorsChangedAt: Date
  ending: NewGeneration | null
  /** The new hashes; null leaves what there is, an empty list takes them all. */
  recoveryCodes: string[] | null
}

const PROJECTION = {
  passkeys: 1,
  totp: 1,
  totpPending: 1,
  recoveryCodes: 1,
  factorFailures: 1,
  recoveryFailures: 1,
  factorWaitUntil: 1,
  factorAlertAt: 1,
  reauthenticatedAt: 1,
  webauthnUserId: 1,
}

/** All that an operator's reset, and a first verification, takes from a user. */
export const WITHOUT_FACTORS = {
  passkeys: '',
  totp: '',
  totpPending: '',
  recoveryCodes: '',
  factorFailures: '',
  recoveryFailures: '',
  factorWaitUntil: '',
} as const

const toStateFilter = ({ passkeys, totpSince }: FactorState): Filter<UserDocument> => ({
  ...(passkeys === 0 ? { 'passkeys.0': { $exists: false } } : { passkeys: { $size: passkeys } }),
  ...(totpSince ? { 'totp.since': totpSince } : { totp: { $exists: false } }),
})

/** The counters of a backed-up passkey's devices tell nothing together. */
function toSpend(proof: Proof): { filter: Filter<UserDocument>; set: object; pull?: object } {
  switch (proof.kind) {
    case 'TOTP':
      return {
        filter: { 'totp.since': proof.since, 'totp.lastStep': { $lt: proof.step } },
        set: {
          'totp.lastStep': proof.step,
          'totp.secret': proof.encrypted.secret,
          'totp.keyId': proof.encrypted.keyId,
        },
      }
    case 'RECOVERY_CODE':
      return { filter: { recoveryCodes: proof.hash }, set: {}, pull: { recoveryCodes: proof.hash } }
    case 'PASSKEY': {
      const { id, counter, isBound, synced, usedAt } = proof
      const unspent = isBound ? { counter: counter === 0 ? 0 : { $lt: counter } } : {}
      return {
        filter: { passkeys: { $elemMatch: { id, ...unspent } } },
        set: { 'passkeys.$.counter': counter, 'passkeys.$.synced': synced, 'passkeys.$.lastUsedAt': usedAt },
      }
    }
  }
}

/** The second factors, which are fields of their user. */
export class FactorCollection {
  readonly #scope: QueryScope

  constructor(scope: QueryScope) {
    this.#scope = scope
  }

  get #users() {
    return this.#scope.collection<UserDocument>('users')
  }

  async #update(filter: Filter<UserDocument>, change: UpdateFilter<UserDocument>): Promise<boolean> {
    return (await this.#users.updateOne(filter, change, this.#scope.options)).matchedCount > 0
  }

  /** Reads all about a user's factors. An unknown user has none. */
  async find(userId: string): Promise<FactorFields> {
    const _id = toObjectId(userId)
    if (!_id) return {}
    return (await this.#users.findOne({ _id }, { projection: PROJECTION, ...this.#scope.options })) ?? {}
  }

  /** Finds the id of the user who has a passkey, or null. */
  async findOwner(credentialId: string): Promise<string | null> {
    const filter = { 'passkeys.credentialId': credentialId }
    const found = await this.#users.findOne(filter, { projection: { _id: 1 }, ...this.#scope.options })
    return found?._id.toHexString() ?? null
  }

  /**
   * Counts a try before its code is looked at. Returns false if another one was counted since `counted` was read, or if the
   * user has to wait.
   */
  countTry(userId: string, field: FailureField, counted: number, now: Date, waitUntil: Date | null): Promise<boolean> {
    return this.#update(
      {
        _id: new ObjectId(userId),
        ...(counted === 0 ? { [field]: { $in: [null, 0] } } : { [field]: counted }),
        $or: [{ factorWaitUntil: null }, { factorWaitUntil: { $lte: now } }],
      } as Filter<UserDocument>,
      { $set: { [field]: counted + 1, ...(waitUntil ? { factorWaitUntil: waitUntil } : {}) } },
    )
  }

  /** Forgets the failures of a user. */
  clearFailures(userId: string): Promise<boolean> {
    const nothing = { factorFailures: '', recoveryFailures: '', factorWaitUntil: '' } as const
    return this.#update({ _id: new ObjectId(userId) }, { $unset: nothing })
  }

  /** Spends a proof and makes the change that it allows, in one write. Returns false if it was spent, or the user has changed. */
  spend(expected: UserVersion, proof: Proof, change: Partial<UserDocument> = {}): Promise<boolean> {
    const { filter, set, pull } = toSpend(proof)
    return this.#update({ ...toFilter(expected), ...filter }, {
      $set: { ...change, ...set, factorFailures: 0 },
      $unset: { recoveryFailures: '', factorWaitUntil: '' },
      ...(pull ? { $pull: pull } : {}),
    } as UpdateFilter<UserDocument>)
  }

  async #change(
    expected: UserVersion,
    filter: Filter<UserDocument>,
    { factorsChangedAt, ending, recoveryCodes }: FactorChange,
    { $set, ...operators }: { $set?: object; $unset?: object; $push?: object; $pull?: object } = {},
  ): Promise<boolean> {
    const codes = recoveryCodes === null ? {} : { recoveryCodes }
    return this.#update({ ...filter, ...toFilter(expected) }, {
      $set: { factorsChangedAt, ...ending, ...codes, ...$set },
      ...operators,
    } as UpdateFilter<UserDocument>)
  }

  /** Keeps a secret until its first code confirms it. It replaces one that waits. */
  setPendingTotp(expected: UserVersion, pending: PendingTotp): Promise<boolean> {
    return this.#update({ ...toFilter(expected), emailVerified: true }, { $set: { totpPending: pending } })
  }

  /** Makes the pending secret the authenticator app's. Returns false if anything it expects has changed. */
  confirmTotp(
    expected: UserVersion,
    state: FactorState,
    pending: PendingTotp,
    totp: StoredTotp,
    change: FactorChange,
  ): Promise<boolean> {
    const filter = { ...toStateFilter(state), emailVerified: true, 'totpPending.secret': pending.secret }
    return this.#change(expected, filter, change, { $set: { totp }, $unset: { totpPending: '' } })
  }

  removeTotp(expected: UserVersion, state: FactorState, change: FactorChange): Promise<boolean> {
    return this.#change(expected, toStateFilter(state), change, { $unset: { totp: '', totpPending: '' } })
  }

  /** Returns false too if another user has the passkey. */
  addPasskey(
    expected: UserVersion,
    state: FactorState,
    passkey: StoredPasskey,
    change: FactorChange,
  ): Promise<boolean> {
    const filter = { ...toStateFilter(state), emailVerified: true }
    return this.#change(expected, filter, change, { $push: { passkeys: passkey } })
  }

  removePasskey(expected: UserVersion, state: FactorState, id: string, change: FactorChange): Promise<boolean> {
    const filter = { $and: [toStateFilter(state), { 'passkeys.id': id }] }
    return this.#change(expected, filter, change, { $pull: { passkeys: { id } } })
  }

  renamePasskey(expected: UserVersion, id: string, name: string): Promise<boolean> {
    return this.#update({ ...toFilter(expected), 'passkeys.id': id }, { $set: { 'passkeys.$.name': name } })
  }

  replaceRecoveryCodes(expected: UserVersion, state: FactorState, change: FactorChange): Promise<boolean> {
    return this.#change(expected, toStateFilter(state), change)
  }

  /** Takes all factors from a user. Returns false if there is no such user. */
  reset(userId: string, change: NewGeneration & { passwordHash: string; factorsChangedAt: Date }): Promise<boolean> {
    return this.#update({ _id: new ObjectId(userId) }, { $set: { ...change, tokens: {} }, $unset: WITHOUT_FACTORS })
  }

  /** Keeps WebAuthn's user handle of a user who has none yet. */
  setUserHandle(userId: string, webauthnUserId: string): Promise<boolean> {
    return this.#update({ _id: new ObjectId(userId), webauthnUserId: { $exists: false } }, { $set: { webauthnUserId } })
  }

  /** Notes that the owner is told of the failures at a time. Returns false if they were told of others after `since`. */
  startAlert(userId: string, at: Date, since: Date): Promise<boolean> {
    const isDue = [{ factorAlertAt: null }, { factorAlertAt: { $lte: since } }, { factorAlertAt: at }]
    return this.#update({ _id: new ObjectId(userId), $or: isDue } as Filter<UserDocument>, {
      $set: { factorAlertAt: at },
    })
  }

  /** Lists the ids of the keys that encrypted what is stored. */
  listKeyIds(): Promise<string[]> {
    return this.#users.distinct('totp.keyId', {}, this.#scope.options) as Promise<string[]>
  }

  /** Lists the users whose secret another key has encrypted. */
  async findEncryptedByOthers(keyId: string, limit: number): Promise<{ userId: string; totp: StoredTotp }[]> {
    const found = await this.#users
      .find({ 'totp.keyId': { $exists: true, $ne: keyId } }, { projection: { totp: 1 }, ...this.#scope.options })
      .limit(limit)
      .toArray()
    return found.flatMap(({ _id, totp }) => (totp ? [{ userId: _id.toHexString(), totp }] : []))
  }

  /** Replaces an encrypted secret by the same one under another key, unless it has changed. */
  reencrypt(userId: string, before: StoredTotp, encrypted: Pick<StoredTotp, 'secret' | 'keyId'>): Promise<boolean> {
    return this.#update(
      { _id: new ObjectId(userId), 'totp.secret': before.secret },
      { $set: { 'totp.secret': encrypted.secret, 'totp.keyId': encrypted.keyId } },
    )
  }
}
