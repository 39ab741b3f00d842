import type { Proof } from '../../mongo/factors.ts'
import { cleanUp } from '../commit.ts'
import type { Deps } from '../deps.ts'
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
