import type { FactorFields } from '../../src/mongo/factor-document.ts'
import type { FactorChange, FactorState, Proof } from '../../src/mongo/factors.ts'
import type { UserChange, UserVersion } from '../../src/mongo/user-document.ts'
import { type Memory, withEntry, withoutEntries } from './memory.ts'
import type { Ports } from './ports.ts'

/** The fields without those that are undefined, as a document that is unset. */
const compact = (fields: FactorFields): FactorFields =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))

function isUnspent(proof: Proof, { totp, recoveryCodes = [], passkeys = [] }: FactorFields): boolean {
  if (proof.kind === 'TOTP') return totp?.since.getTime() === proof.since.getTime() && totp.lastStep < proof.step
  if (proof.kind === 'RECOVERY_CODE') return recoveryCodes.includes(proof.hash)
  const passkey = passkeys.find(({ id }) => id === proof.id)
  if (!passkey || !proof.isBound) return passkey !== undefined
  return proof.counter === 0 ? passkey.counter === 0 : passkey.counter < proof.counter
}

function spent(proof: Proof, { totp, recoveryCodes = [], passkeys = [] }: FactorFields): FactorFields {
  if (proof.kind === 'TOTP') return totp ? { totp: { ...totp, ...proof.encrypted, lastStep: proof.step } } : {}
  if (proof.kind === 'RECOVERY_CODE') return { recoveryCodes: recoveryCodes.filter((hash) => hash !== proof.hash) }
  const { id, counter, synced, usedAt: lastUsedAt } = proof
  return { passkeys: passkeys.map((one) => (one.id === id ? { ...one, counter, synced, lastUsedAt } : one)) }
}

const isAsRead = ({ passkeys = [], totp }: FactorFields, state: FactorState): boolean =>
  passkeys.length === state.passkeys && (totp?.since.getTime() ?? 0) === (state.totpSince?.getTime() ?? 0)

/** The second factors in memory, as far as the explorer's verbs use them. */
export function memoryFactors(memory: Memory): Ports['factors'] {
  const read = (id: string): FactorFields => memory.factors.get(id) ?? {}

  /** Changes a user with their factors in one write. */
  function write(id: string, change: UserChange, fields: FactorFields): boolean {
    const user = memory.users.get(id)
    if (!user) return false
    const after = compact({ ...read(id), ...fields })
    memory.factors = withEntry(memory.factors, id, after)
    const secondFactor = Boolean(after.passkeys?.length || after.totp)
    memory.users = withEntry(memory.users, id, { ...user, ...change, secondFactor })
    return true
  }
  const isLive = ({ id, generation }: UserVersion): boolean => {
    const user = memory.users.get(id)
    return user !== undefined && user.generation === generation && user.disabledAt === null
  }
  const isFit = (expected: UserVersion, state: FactorState) => isLive(expected) && isAsRead(read(expected.id), state)
  function change(
    { id }: UserVersion,
    { factorsChangedAt, ending, recoveryCodes }: FactorChange,
    fields: FactorFields,
  ) {
    const codes = recoveryCodes === null ? {} : { recoveryCodes }
    return write(id, { factorsChangedAt, ...ending }, { ...codes, ...fields })
  }

  return {
    find: async (id) => read(id),
    async countTry(id, field, counted, now, waitUntil) {
      const fields = read(id)
      const waits = fields.factorWaitUntil && fields.factorWaitUntil > now
      if (!memory.users.has(id) || (fields[field] ?? 0) !== counted || waits) return false
      return write(id, {}, { [field]: counted + 1, ...(waitUntil ? { factorWaitUntil: waitUntil } : {}) })
    },
    async spend(expected, proof, { lastLoginAt, ...fields } = {}) {
      const before = read(expected.id)
      if (!isLive(expected) || !isUnspent(proof, before)) return false
      const { recoveryFailures: _none, factorWaitUntil: _over, ...kept } = before
      memory.factors = withEntry(memory.factors, expected.id, kept)
      const { reauthenticatedAt } = fields
      const after = { ...spent(proof, before), factorFailures: 0, ...(reauthenticatedAt ? { reauthenticatedAt } : {}) }
      return write(expected.id, lastLoginAt ? { lastLoginAt } : {}, after)
    },
    setPendingTotp: async (expected, totpPending) =>
      isLive(expected) && memory.users.get(expected.id)?.emailVerified === true
        ? write(expected.id, {}, { totpPending })
        : false,
    async confirmTotp(expected, state, pending, totp, planned) {
      const isPending = read(expected.id).totpPending?.secret === pending.secret
      if (!isFit(expected, state) || !isPending || !memory.users.get(expected.id)?.emailVerified) return false
      const { totpPending: _confirmed, ...kept } = read(expected.id)
      memory.factors = withEntry(memory.factors, expected.id, kept)
      return change(expected, planned, { totp })
    },
    async removeTotp(expected, state, planned) {
      if (!isFit(expected, state)) return false
      const { totp: _removed, totpPending: _pending, ...kept } = read(expected.id)
      memory.factors = withEntry(memory.factors, expected.id, kept)
      return change(expected, planned, {})
    },
    async addPasskey(expected, state, passkey, planned) {
      const all = [...memory.factors.values()].flatMap(({ passkeys = [] }) => passkeys)
      if (!isFit(expected, state) || !memory.users.get(expected.id)?.emailVerified) return false
      if (all.some(({ credentialId }) => credentialId === passkey.credentialId)) throw new Error('E11000 duplicate key')
      return change(expected, planned, { passkeys: [...(read(expected.id).passkeys ?? []), passkey] })
    },
    async removePasskey(expected, state, id, planned) {
      const { passkeys = [] } = read(expected.id)
      if (!isFit(expected, state) || !passkeys.some((one) => one.id === id)) return false
      return change(expected, planned, { passkeys: passkeys.filter((one) => one.id !== id) })
    },
    replaceRecoveryCodes: async (expected, state, planned) =>
      isFit(expected, state) ? change(expected, planned, {}) : false,
    async setUserHandle(id, webauthnUserId) {
      return !read(id).webauthnUserId && write(id, {}, { webauthnUserId })
    },
    async reset(id, planned) {
      const user = memory.users.get(id)
      if (!user) return false
      const { webauthnUserId } = read(id)
      memory.factors = withEntry(memory.factors, id, compact({ ...(webauthnUserId ? { webauthnUserId } : {}) }))
      memory.users = withEntry(memory.users, id, { ...user, ...planned, tokens: {}, secondFactor: false })
      return true
    },
  }
}

/** The challenges of logins in memory. */
export function memoryChallenges(memory: Memory): Ports['loginChallenges'] {
  return {
    async insert(challenge, max) {
      const { _id, userId } = challenge
      memory.challenges = withEntry(memory.challenges, _id, challenge)
      const surplus = [...memory.challenges.values()]
        .filter((other) => other.userId === userId && other._id !== _id)
        .sort((a, b) => b.expires.getTime() - a.expires.getTime())
        .slice(max - 1)
      memory.challenges = withoutEntries(
        memory.challenges,
        surplus.map((other) => other._id),
      )
    },
    find: async (hash) => memory.challenges.get(hash) ?? null,
    async countTry(hash, max) {
      const challenge = memory.challenges.get(hash)
      if (!challenge || challenge.tries >= max) return null
      const tries = challenge.tries + 1
      memory.challenges = withEntry(memory.challenges, hash, { ...challenge, tries })
      return tries
    },
    async setAlert(hash, alert) {
      const challenge = memory.challenges.get(hash)
      if (challenge) memory.challenges = withEntry(memory.challenges, hash, { ...challenge, alert })
    },
    async spend(hash) {
      const challenge = memory.challenges.get(hash) ?? null
      memory.challenges = withoutEntries(memory.challenges, [hash])
      return challenge
    },
  }
}
