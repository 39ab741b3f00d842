import type { Viewer } from '../../model.ts'
import type { FactorFields } from '../../mongo/factor-document.ts'
import type { FactorChange, FactorState } from '../../mongo/factors.ts'
import type { FactorMail } from '../../mongo/mails.ts'
import type { Deps } from '../deps.ts'
import { createGeneration, enterSession } from '../sessions/new-session.ts'
import type { RequestAuth } from '../sessions/request-auth.ts'
import { rotateWithCommit } from '../sessions/rotation.ts'
import { createRecoveryCodes } from './recovery-codes.ts'

export const readState = ({ passkeys = [], totp }: FactorFields): FactorState => ({
  passkeys: passkeys.length,
  totpSince: totp?.since ?? null,
})

const hasFactor = ({ passkeys, totpSince }: FactorState): boolean => passkeys > 0 || totpSince !== null

/** What a change of factors leads to. */
export interface PlannedChange {
  readonly change: FactorChange
  readonly assurance: 'SINGLE_FACTOR' | 'MULTI_FACTOR'
  readonly secondFactor: boolean
  /** To show once; null if none were made. */
  readonly recoveryCodes: readonly string[] | null
}

/** Plans to add a factor: the first one ends the other sessions and brings recovery codes. */
export function planAddition(deps: Deps, before: FactorState): PlannedChange {
  const isFirst = !hasFactor(before)
  const { codes, hashes } = createRecoveryCodes()
  const ending = isFirst ? createGeneration(deps, 'REVOKED') : null
  return {
    change: { factorsChangedAt: deps.clock.now(), ending, recoveryCodes: isFirst ? hashes : null },
    assurance: 'MULTI_FACTOR',
    secondFactor: true,
    recoveryCodes: isFirst ? codes : null,
  }
}

/** Plans to remove a factor, which ends the other sessions. Without a factor, recovery codes are void. */
export function planRemoval(deps: Deps, { session }: Viewer, after: FactorState): PlannedChange {
  const secondFactor = hasFactor(after)
  const ending = createGeneration(deps, 'REVOKED')
  return {
    change: { factorsChangedAt: deps.clock.now(), ending, recoveryCodes: secondFactor ? null : [] },
    assurance: secondFactor ? session.assurance : 'SINGLE_FACTOR',
    secondFactor,
    recoveryCodes: null,
  }
}

/** Plans to replace the recovery codes. */
export function planReplacement(deps: Deps, { session }: Viewer): PlannedChange {
  const { codes, hashes } = createRecoveryCodes()
  return {
    change: { factorsChangedAt: deps.clock.now(), ending: null, recoveryCodes: hashes },
    assurance: session.assurance,
    secondFactor: true,
    recoveryCodes: codes,
  }
}

/**
 * Commits a change of factors: the current session gets a new cookie value, the owner a mail.
 * @throws AppError UNAUTHENTICATED if the session, or what the change expects, has changed in the meantime
 */
export async function commitFactors(
  deps: Deps,
  auth: RequestAuth,
  viewer: Viewer,
  { change, assurance, secondFactor }: PlannedChange,
  mail: Pick<FactorMail, 'change' | 'name'>,
  commit: () => Promise<boolean>,
): Promise<Viewer> {
  const { user } = viewer
  const { factorsChangedAt, ending } = change
  const generation = ending?.generation ?? user.generation
  const job = { kind: 'factorChanged', userId: user.id, changedAt: factorsChangedAt, ...mail } as const
  const held = await deps.mails.enqueueHeld(auth, job)
  const isDone = async (at: Date | null | undefined) => at?.getTime() === factorsChangedAt.getTime()
  try {
    const record = await rotateWithCommit(deps, auth, viewer, { generation, assurance }, commit, async (db) =>
      isDone((await db.users.findById(user.id))?.factorsChangedAt),
    )
    await deps.mails.release(auth, held)
    return enterSession(deps, auth, { ...user, ...ending, generation, secondFactor, factorsChangedAt }, record)
  } catch (error) {
    await deps.mails.cancelAfter(auth, held, error)
    throw error
  }
}
