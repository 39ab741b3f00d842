import type { Viewer } from '../../model.ts'
import type { Proof } from '../../mongo/factors.ts'
import { checkPassword } from '../credentials/password-check.ts'
import type { Deps } from '../deps.ts'
import { spendChallenge } from '../factors/passkey-challenge.ts'
import { readAnswer } from '../factors/passkey-check.ts'
import { forSession } from '../factors/passkey-options.ts'
import { checkCode, type FactorProof } from '../factors/proof.ts'
import { spendInSession } from '../factors/spent-proof.ts'
import { checkUserPasskey } from '../factors/user-passkey.ts'
import type { InvalidCredentials, InvalidFactor, Outcome, SessionView } from '../outcomes.ts'
import { toCurrentSession } from '../sessions/live-sessions.ts'
import type { RequestAuth } from '../sessions/request-auth.ts'
import { rotate } from '../sessions/rotation.ts'

export interface ReauthenticateInput {
  password: string
  proof?: FactorProof | null
}

export type ReauthenticateSuccess = Outcome<'ReauthenticateSuccess', { session: SessionView }>

async function checkProof(deps: Deps, auth: RequestAuth, viewer: Viewer, proof: FactorProof): Promise<Proof | null> {
  if (typeof proof.code === 'string') return checkCode(deps, auth, viewer.user, proof.code)
  const answer = readAnswer(proof.passkey)
  if (!answer) return null
  const purpose = forSession('reauthentication', viewer)
  const rules = { purpose, userVerification: 'required', requireUserHandle: false } as const
  const check = await checkUserPasskey(deps, auth, viewer.user, answer, rules)
  return check?.kind === 'proved' && (await spendChallenge(auth, check.challenge)) ? check.proof : null
}

/** Checks and spends the proof of a second factor. Returns false if it is wrong or was spent. */
async function spendProof(deps: Deps, auth: RequestAuth, viewer: Viewer, proof: FactorProof): Promise<boolean> {
  const checked = await checkProof(deps, auth, viewer, proof)
  return checked !== null && spendInSession(deps, auth, viewer, checked)
}

/**
 * Checks the password again, and the second factor of a user who has one. Gives the session a new cookie value and a new
 * `authenticatedAt`.
 */
export async function reauthenticate(
  deps: Deps,
  auth: RequestAuth,
  { password, proof }: ReauthenticateInput,
): Promise<ReauthenticateSuccess | InvalidCredentials | InvalidFactor> {
  auth.cookie.requireSecure()
  const viewer = auth.requireViewer()
  const authenticatedAt = deps.clock.now()
  const { user } = viewer
  if (!(await checkPassword(deps, auth, user, password))) {
    auth.report({ event: 'reauthentication.failed', userId: user.id })
    return { kind: 'InvalidCredentials' }
  }
  if (user.secondFactor && !(proof && (await spendProof(deps, auth, viewer, proof)))) {
    auth.report({ event: 'reauthentication.failed', userId: user.id })
    return { kind: 'InvalidFactor' }
  }
  const assurance = user.secondFactor ? 'MULTI_FACTOR' : 'SINGLE_FACTOR'
  const rotated = await rotate(deps, auth, viewer, { authenticatedAt, assurance })
  auth.report({ event: 'reauthentication.succeeded', userId: user.id, session: rotated.session.handle })
  return { kind: 'ReauthenticateSuccess', session: toCurrentSession(rotated) }
}
