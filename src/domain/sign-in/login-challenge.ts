/**
 * The threat: somebody who knows a password. So a right password of a user with a second factor starts nothing, clears no
 * counter, and gives a challenge that is good for five tries, five minutes, and one login.
 */
import { createHash, randomBytes } from 'node:crypto'
import type { User } from '../../model.ts'
import type { LoginChallenge } from '../../mongo/login-challenges.ts'
import { MINUTES } from '../../units.ts'
import { cleanUp } from '../commit.ts'
import type { Deps } from '../deps.ts'
import type { ChallengePurpose } from '../factors/passkey-challenge.ts'
import { buildAuthenticationOptions } from '../factors/passkey-options.ts'
import { type FactorKind, listMethods } from '../factors/proof.ts'
import type { Outcome } from '../outcomes.ts'
import { getDeviceName } from '../sessions/devices.ts'
import type { RequestAuth } from '../sessions/request-auth.ts'

const LIFETIME_MS = 5 * MINUTES
const MAX_CHALLENGES_PER_USER = 3
const MAX_TRIES = 5
const CHALLENGE_PATTERN = /^[A-Za-z0-9_-]{43}$/

export type SecondFactorRequired = Outcome<
  'SecondFactorRequired',
  { methods: readonly FactorKind[]; challenge: string; passkeyOptions: unknown; expiresAt: Date }
>

const hashChallenge = (challenge: string): string => createHash('sha256').update(challenge).digest('hex')

/** Returns the purpose of a passkey challenge for one login. */
export const forLogin = ({ _id }: { _id: string }): ChallengePurpose => ({ purpose: 'secondFactor', subject: _id })

/** Creates the challenge for the second step of a login. */
export async function createLoginChallenge(
  deps: Deps,
  auth: RequestAuth,
  user: User,
  remembered: boolean,
): Promise<SecondFactorRequired> {
  const challenge = randomBytes(32).toString('base64url')
  const expires = new Date(deps.clock.now().getTime() + LIFETIME_MS)
  const _id = hashChallenge(challenge)
  await auth.db.loginChallenges.insert(
    {
      ...{ _id, purpose: 'secondFactor', userId: user.id, generation: user.generation },
      ...{ remembered, tries: 0, alert: null, expires },
    },
    MAX_CHALLENGES_PER_USER,
  )
  const factors = await auth.db.factors.find(user.id)
  const methods = listMethods(factors)
  auth.report({ event: 'login.factor-required', userId: user.id })
  const { passkeys = [] } = factors
  const built =
    passkeys.length > 0 ? await buildAuthenticationOptions(deps, forLogin({ _id }), 'preferred', passkeys) : null
  return {
    ...{ kind: 'SecondFactorRequired', methods, challenge, expiresAt: expires },
    passkeyOptions: built?.options ?? null,
  }
}

/** Finds an unexpired challenge with its user; null if it is unknown, or its user has changed since. */
export async function findLoginChallenge(
  { clock }: Deps,
  { db }: RequestAuth,
  text: string,
): Promise<{ challenge: LoginChallenge; user: User } | null> {
  if (!CHALLENGE_PATTERN.test(text)) return null
  const challenge = await db.loginChallenges.find(hashChallenge(text))
  if (!challenge || clock.now() >= challenge.expires || challenge.tries >= MAX_TRIES) return null
  const user = await db.users.findById(challenge.userId)
  if (!user || user.disabledAt || user.generation !== challenge.generation) return null
  return { challenge, user }
}

/** Counts a try of a challenge. Returns how many there were with this one, or null if it is spent. */
export const countChallengeTry = ({ db }: RequestAuth, { _id }: LoginChallenge): Promise<number | null> =>
  db.loginChallenges.countTry(_id, MAX_TRIES)

/** Tells the owner, by mail when the challenge has ended without a right proof, that somebody knows their password. */
export async function reportWrongFactor(
  deps: Deps,
  auth: RequestAuth,
  { _id, userId, alert, expires }: LoginChallenge,
  tries: number,
): Promise<void> {
  auth.report({ event: 'login.factor-failed', userId })
  await cleanUp(auth, async (db) => {
    if (alert && tries >= MAX_TRIES) await deps.mails.release({ db }, alert)
    if (alert) return
    const job = { kind: 'factorFailed', userId, at: deps.clock.now(), deviceName: getDeviceName(auth.device) } as const
    await db.loginChallenges.setAlert(_id, await deps.mails.enqueueAt({ db }, job, expires))
  })
}

/** Spends a challenge. Returns false for all but the first. */
export async function spendLoginChallenge(
  { mails }: Deps,
  auth: RequestAuth,
  { _id }: LoginChallenge,
): Promise<boolean> {
  const spent = await auth.db.loginChallenges.spend(_id)
  const alert = spent?.alert
  if (alert) await cleanUp(auth, (db) => mails.cancel({ db }, alert))
  return spent !== null
}
