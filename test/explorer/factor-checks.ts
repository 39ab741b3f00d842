import { RECOVERY_HASH, STEP } from './factor-world.ts'
import { type Check, describe, ofEach, type Party } from './party.ts'

const isLogin = ({ verb }: Party, proof: string) => verb.name.startsWith(`completeLogin (${proof}`)
const nameChallenge = ({ verb }: Party) => (verb.name.endsWith('another login)') ? 'second' : 'first')

/** No session begins with a password alone where the user has a second factor. */
const noPasswordAlone: Check = ({ before, memory, parties }) => {
  const hasFactor = [before, memory].every(({ users }) => users.get('owner')?.secondFactor)
  if (!hasFactor) return null
  const weak = parties.find(({ name, verb }) => {
    const session = memory.sessions.get(`new ${name}`)
    return verb.by === null && session?.userId === 'owner' && session.assurance !== 'MULTI_FACTOR'
  })
  return weak ? `${describe(weak)} starts a session with a password alone` : null
}

/** One code, and one challenge, start one session. */
const oneProofOneSession = ofEach((party, other) => {
  if (!party.marks.commit || !other.marks.commit || party.verb.name > other.verb.name) return null
  const sameProof = ['code', 'recovery code'].some((proof) => isLogin(party, proof) && isLogin(other, proof))
  if (sameProof) return `${describe(party)} and ${describe(other)} use one proof`
  const both = [party, other].every((one) => isLogin(one, ''))
  return both && nameChallenge(party) === nameChallenge(other)
    ? `${describe(party)} and ${describe(other)} use one challenge`
    : null
})

/** What was used cannot be used again. */
const usedIsSpent = ofEach((party, _other, { memory }) => {
  const { totp, recoveryCodes = [] } = memory.factors.get('owner') ?? {}
  const isOpen =
    (isLogin(party, 'code') && totp?.since.getTime() === Date.UTC(2029, 11, 31, 12) && totp.lastStep < STEP) ||
    (isLogin(party, 'recovery code') && recoveryCodes.includes(RECOVERY_HASH))
  return party.marks.commit && isOpen ? `the proof of ${describe(party)} can be used again` : null
})

/** The flag that guards and logins go by is what the factors say. */
const flagIsRight: Check = ({ memory }) => {
  const { passkeys = [], totp } = memory.factors.get('owner') ?? {}
  const owner = memory.users.get('owner')
  return !owner || owner.secondFactor === (passkeys.length > 0 || totp !== undefined)
    ? null
    : 'the owner is not told from a user without a second factor'
}

/** Guesses are counted for the user, whatever the challenge. */
const triesAreCounted = ofEach((party, other, { memory }) => {
  const { totp, factorFailures = 0 } = memory.factors.get('owner') ?? {}
  const isWrong = party.outcome === 'InvalidFactor' && isLogin(party, '') && !party.marks.commit
  // A right code forgets the wrong ones.
  const isForgotten = other.marks.commit || other.verb.name === 'reauthenticate with a code'
  return isWrong && totp && !isForgotten && factorFailures === 0 ? `the try of ${describe(party)} is not counted` : null
})

export const factorChecks: readonly Check[] = [
  noPasswordAlone,
  oneProofOneSession,
  usedIsSpent,
  flagIsRight,
  triesAreCounted,
]
