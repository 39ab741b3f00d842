import type { User } from '../../model.ts'
import type { Proof } from '../../mongo/factors.ts'
import type { LoginChallenge } from '../../mongo/login-challenges.ts'
import { refuseToken } from '../account/refused-token.ts'
import type { Deps } from '../deps.ts'
import { readAnswer } from '../factors/passkey-check.ts'
import { checkCode, type FactorProof } from '../factors/proof.ts'
import { reportSpent } from '../factors/spent-proof.ts'
import { checkUserPasskey } from '../factors/user-passkey.ts'
import type { InvalidFactor, InvalidToken } from '../outcomes.ts'
import type { RequestAuth } from '../sessions/request-auth.ts'
import {
  countChallengeTry,
  findLoginChallenge,
  forLogin,
  reportWrongFactor,
  spendLoginChallenge,
} from './login-challenge.ts'
import { type LoginSuccess, reportRefused, startLogin } from './start-login.ts'

export interface CompleteLoginInput {
  challenge: string
  proof: FactorProof
}

/** A security key that cannot verify its user is good for a second factor, beside the password. */
async function checkProof(
  deps: Deps,
  auth: RequestAuth,
  { challenge, user }: { challenge: LoginChallenge; user: User },
  { code, passkey }: FactorProof,
): Promise<Proof | null> {
  if (typeof code === 'string') return checkCode(deps, auth, user, code)
  const answer = readAnswer(passkey)
  if (!answer) return null
  const rules = { purpose: forLogin(challenge), userVerification: 'preferred', requireUserHandle: false } as const
  const check = await checkUserPasskey(deps, auth, user, answer, rules)
  return check?.kind === 'proved' ? check.proof : null
}

/** Starts the session of a checked proof. The challenge is spent first, so that two proofs of one login start one session. */
async function startWithProof(
  deps: Deps,
  auth: RequestAuth,
  { challenge, user }: { challenge: LoginChallenge; user: User },
  proof: Proof,
): Promise<LoginSuccess | InvalidFactor | InvalidToken> {
  if (!(await spendLoginChallenge(deps, auth, challenge))) return refuseToken(auth)
  const { id, generation, emailCanonical } = user
  const started = await startLogin(deps, auth, user, {
    remembered: challenge.remembered,
    assurance: 'MULTI_FACTOR',
    commit: (change) => auth.db.factors.spend({ id, generation }, proof, change),
  })
  if (!started) {
    reportRefused(auth, id, 'superseded')
    return { kind: 'InvalidFactor' }
  }
  await deps.limiter.clearLogin(auth, emailCanonical)
  await reportSpent(deps, auth, id, proof)
  return started
}

/** Takes the second step of a login. */
export async function completeLogin(
  deps: Deps,
  auth: RequestAuth,
  { challenge: text, proof }: CompleteLoginInput,
): Promise<LoginSuccess | InvalidFactor | InvalidToken> {
  auth.cookie.requireSecure()
  const found = await findLoginChallenge(deps, auth, text)
  if (!found) return refuseToken(auth)
  const checked = await checkProof(deps, auth, found, proof)
  const tries = await countChallengeTry(auth, found.challenge)
  if (tries === null) return refuseToken(auth)
  if (checked) return startWithProof(deps, auth, found, checked)
  await reportWrongFactor(deps, auth, found.challenge, tries)
  return { kind: 'InvalidFactor' }
}
