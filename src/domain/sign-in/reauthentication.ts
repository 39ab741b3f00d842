import type { Viewer } from '../../model.ts'
import { commitOrConfirm } from '../commit.ts'
import { checkPassword } from '../credentials/password-check.ts'
import type { Deps } from '../deps.ts'
import { checkCode, type FactorProof } from '../factors/proof.ts'
import { reportSpent } from '../factors/spent-proof.ts'
import type { InvalidCredentials, InvalidFactor, Outcome, SessionView } from '../outcomes.ts'
import { toCurrentSession } from '../sessions/live-sessions.ts'
import { toVersion } from '../sessions/new-session.ts'
import type { RequestAuth } from '../sessions/request-auth.ts'
import { rotate } from '../sessions/rotation.ts'

export interface ReauthenticateInput {
  password: string
  proof?: FactorProof | null
}

export type ReauthenticateSuccess = Outcome<'ReauthenticateSuccess', { session: SessionView }>

/** Checks and spends the proof of a second factor. Returns false if it is wrong or was spent. */
async function spendProof(deps: Deps, auth: RequestAuth, viewer: Viewer, proof: FactorProof): Promise<boolean> {
  const { user } = viewer
  const checked = typeof proof.code === 'string' ? await checkCode(deps, auth, user, proof.code) : null
  if (!checked) return false
  const reauthenticatedAt = deps.clock.now()
  const spent = await commitOrConfirm(
    auth,
    () => auth.db.factors.spend(toVersion(viewer), checked, { reauthenticatedAt }),
    async (db) => (await db.factors.find(user.id)).reauthenticatedAt?.getTime() === reauthenticatedAt.getTime(),
  )
  if (spent) await reportSpent(deps, auth, user.id, checked)
  return spent
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
