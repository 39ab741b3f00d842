import type { Viewer } from '../../model.ts'
import type { Proof } from '../../mongo/factors.ts'
import { cleanUp, commitOrConfirm } from '../commit.ts'
import type { Deps } from '../deps.ts'
import { toVersion } from '../sessions/new-session.ts'
import type { RequestAuth } from '../sessions/request-auth.ts'

/** Tells the owner of each recovery code that was used. */
export async function reportSpent(deps: Deps, auth: RequestAuth, userId: string, proof: Proof): Promise<void> {
  if (proof.kind !== 'RECOVERY_CODE') return
  auth.report({ event: 'factor.recovery-code-used', userId })
  await cleanUp(auth, async (db) => {
    const { recoveryCodes = [] } = await db.factors.find(userId)
    const job = { kind: 'recoveryCodeUsed', userId, at: deps.clock.now(), left: recoveryCodes.length } as const
    await deps.mails.enqueue({ db }, job)
  })
}

/** Spends a proof in the viewer's session. Returns false if it was spent, or the user has changed. */
export async function spendInSession(deps: Deps, auth: RequestAuth, viewer: Viewer, proof: Proof): Promise<boolean> {
  const { user } = viewer
  const reauthenticatedAt = deps.clock.now()
  const spent = await commitOrConfirm(
    auth,
    () => auth.db.factors.spend(toVersion(viewer), proof, { reauthenticatedAt }),
    async (db) => (await db.factors.find(user.id)).reauthenticatedAt?.getTime() === reauthenticatedAt.getTime(),
  )
  if (spent) await reportSpent(deps, auth, user.id, proof)
  return spent
}
