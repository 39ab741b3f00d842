/**
 * The threat: nobody is left with the role ADMIN, since two ADMINs demote each other at once, or the database fails before a
 * demotion is undone. So a demotion stores what it takes, the ADMINs are counted before and after it, and any request that
 * finds no ADMIN undoes the oldest demotion.
 */
import { AppError } from '../../errors.ts'
import type { Clock, PendingDemotion, User } from '../../model.ts'
import type { Collections } from '../../mongo/collections.ts'
import type { UserChange } from '../../mongo/user-document.ts'
import { MINUTES } from '../../units.ts'
import { cleanUp, commitOrConfirm } from '../commit.ts'
import type { Deps } from '../deps.ts'
import { assertStillActive } from '../sessions/authentication.ts'
import type { RequestAuth } from '../sessions/request-auth.ts'

/** An older demotion was left by a crash. */
const MAX_PENDING_MS = 1 * MINUTES
/** How much longer than the request's own queries the count and the undo may take. */
const RECOUNT_EXTRA_MS = 700

interface Access {
  readonly clock: Clock
  readonly db: Collections
}

export const isEnabledAdmin = (user: User): boolean => user.roles.includes('ADMIN') && !user.disabledAt

/** Undoes the oldest pending demotion if no enabled ADMIN is left; otherwise confirms those that a crash has left. */
export async function repairDemotions({ clock, db }: Access): Promise<void> {
  for (;;) {
    const user = await db.users.findOldestDemotion()
    if (!user?.pendingDemotion) return
    const { pendingDemotion } = user
    if (!(await db.users.hasOtherAdmin(null))) await db.users.undoDemotion(user.id, pendingDemotion)
    else if (clock.now().getTime() - pendingDemotion.at.getTime() < MAX_PENDING_MS) return
    else await db.users.confirmDemotion(user.id, pendingDemotion.at)
  }
}

async function hasOtherAdmin(access: Access, id: string): Promise<boolean> {
  if (await access.db.users.hasOtherAdmin(id)) return true
  await repairDemotions(access)
  return access.db.users.hasOtherAdmin(id)
}

function toPendingDemotion(user: User, change: UserChange, at: Date): PendingDemotion {
  const { roles, generation, ended, tokens } = user
  const access = change.generation ? { generation, ended, tokens, replacedBy: change.generation } : null
  return { roles, at, access }
}

/**
 * Changes an enabled ADMIN so that they are one no longer. Returns what was taken, to be confirmed or undone; 'lastAdmin' if
 * nobody else is an ADMIN, and nothing has changed; null if the user has changed since they were read.
 * @throws AppError OUTCOME_UNKNOWN if the ADMINs cannot be counted after the change
 */
export async function demoteAdmin(
  deps: Deps,
  auth: RequestAuth,
  user: User,
  change: UserChange,
): Promise<PendingDemotion | 'lastAdmin' | null> {
  const at = deps.clock.now()
  const taken = toPendingDemotion(user, change, at)
  if (!(await hasOtherAdmin({ clock: deps.clock, db: auth.db }, user.id))) return 'lastAdmin'
  await assertStillActive(deps, auth)
  const demoted = await commitOrConfirm(
    auth,
    () => auth.db.users.demote(user, change, taken),
    async (db) => (await db.users.findById(user.id))?.pendingDemotion?.at.getTime() === at.getTime(),
  )
  if (!demoted) return null
  const db = auth.db.extend(RECOUNT_EXTRA_MS)
  try {
    if (await db.users.hasOtherAdmin(user.id)) return taken
    await db.users.undoDemotion(user.id, taken)
    return 'lastAdmin'
  } catch {
    throw new AppError('OUTCOME_UNKNOWN')
  }
}

/** Makes a demotion final. If this fails, the next repair does it. */
export const confirmDemotion = (auth: RequestAuth, user: User, taken: PendingDemotion): Promise<void> =>
  cleanUp(auth, (db) => db.users.confirmDemotion(user.id, taken.at))

export const undoDemotion = (auth: RequestAuth, user: User, taken: PendingDemotion): Promise<void> =>
  cleanUp(auth, (db) => db.users.undoDemotion(user.id, taken))
