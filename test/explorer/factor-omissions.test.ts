import { expect, test } from 'vitest'
import { OWNER_CHALLENGES, OWNER_FACTORS } from './factor-world.ts'
import { withEntry } from './memory.ts'
import { faultWithout, inChallenges, inFactors, inUsers } from './omission.ts'

// The explorer must find a fault wherever one of the rules of second factors is left out.

const scene = { secondFactor: true }
const [FIRST, SECOND] = ['completeLogin (code)', 'completeLogin (code, another login)'] as const

/** Gives the owner back what proves them, just before it is spent. */
const unspent = inFactors(({ spend }, memory) => ({
  spend(expected, proof, change) {
    const fields = memory.factors.get(expected.id)
    const { totp, recoveryCodes } = OWNER_FACTORS
    if (fields && totp && recoveryCodes) {
      memory.factors = withEntry(memory.factors, expected.id, { ...fields, totp, recoveryCodes })
    }
    return spend(expected, proof, change)
  },
}))

test('Where a code is not spent in the commit, two logins use it', async () => {
  const { what } = await faultWithout(unspent, [FIRST, SECOND], scene)
  expect(what).toBe(`${FIRST} (A, by nobody) and ${SECOND} (B, by nobody) use one proof`)
})

test('Where a recovery code is not spent in the commit, two logins use it', async () => {
  const verbs = ['completeLogin (recovery code)', 'completeLogin (recovery code, another login)'] as const
  const { what } = await faultWithout(unspent, verbs, scene)
  expect(what).toBe(`${verbs[0]} (A, by nobody) and ${verbs[1]} (B, by nobody) use one proof`)
})

test('Where a challenge is not spent, a code and a recovery code start a session each', async () => {
  const [challenge = null] = OWNER_CHALLENGES
  const omission = inChallenges(() => ({ spend: async () => challenge }))
  const { what } = await faultWithout(omission, [FIRST, 'completeLogin (recovery code)'], scene)
  expect(what).toContain('use one challenge')
})

test('Where a second step commits whatever the generation, its cookie is dead on arrival', async () => {
  const omission = inFactors(({ spend }, memory) => ({
    spend: (expected, proof, change) =>
      spend(
        { id: expected.id, generation: memory.users.get(expected.id)?.generation ?? expected.generation },
        proof,
        change,
      ),
  }))
  const { what } = await faultWithout(omission, ['changePassword', FIRST], scene)
  expect(what).toBe(`${FIRST} (B, by nobody) sets a cookie that is dead`)
})

test('Where a removal expects no version, its session outlives a reset password', async () => {
  const omission = inFactors(({ removeTotp }, memory) => ({
    removeTotp: (expected, state, change) =>
      removeTotp(
        { id: expected.id, generation: memory.users.get(expected.id)?.generation ?? expected.generation },
        state,
        change,
      ),
  }))
  const { what } = await faultWithout(omission, ['removeTotp', 'resetPassword'], scene)
  expect(what).toBe('the session that removeTotp (A, by own) made outlives resetPassword (B, by nobody)')
})

test('Where a removal ends no sessions in its write, its own cookie is dead', async () => {
  const omission = inFactors(({ removeTotp }) => ({
    removeTotp: (expected, state, change) => removeTotp(expected, state, { ...change, ending: null }),
  }))
  const { what } = await faultWithout(omission, ['removeTotp', 'fresh signup'], scene)
  expect(what).toBe('removeTotp (A, by own) sets a cookie that is dead')
})

test('Where the user is not told from one without factors, a password alone lets in', async () => {
  const omission = inUsers(({ findByEmail }) => ({
    async findByEmail(address) {
      const user = await findByEmail(address)
      return user && { ...user, secondFactor: false }
    },
  }))
  const { what } = await faultWithout(omission, ['login that asks for a factor', 'fresh signup'], scene)
  expect(what).toBe('login that asks for a factor (A, by nobody) starts a session with a password alone')
})

test('Where tries are not counted for the user, guesses have no end', async () => {
  const omission = inFactors(() => ({ countTry: async () => true }))
  const { what } = await faultWithout(omission, ['completeLogin (wrong code)', 'fresh signup'], scene)
  expect(what).toBe('the try of completeLogin (wrong code) (A, by nobody) is not counted')
})
