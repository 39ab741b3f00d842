/**
 * The threat: nobody is left with the role ADMIN. Two ADMINs demote each other at once; or a step that would give the role
 * back fails with the database. So a demotion keeps what it takes in the same document, counts before and after, and whoever
 * finds no ADMIN later gives the oldest demotion back.
 */
import { AppError } from '../../errors.ts'
import type { Clock, PendingDemotion, User } from '../../model.ts'
import type { Collections } from '../../mongo/collections.ts'
import type { UserChange } from '../../mongo/users.ts'
import { MINUTES } from '../../units.ts'
import { cleanUp, commitOrConfirm } from '../commit.ts'
import type { Deps } from '../deps.ts'
import { assertStillActive } from '../sessions/authentication.ts'
import type { RequestAuth } from '../sessions/request-auth.ts'

/** A demotion that is older has been left by a crash. */
const MAX_PENDING_MS = 1 * MINUTES
/** How much longer than the request's own queries counting and giving back may take, in milliseconds. */
const RECOUNT_EXTRA_MS = 700

interface Access {
  readonly clock: Clock
  readonly db: Collections
}

export const isEnabledAdmin = (user: User): boolean => user.roles.includes('ADMIN') && !user.disabledAt

/** Gives the oldest pending demotion back if no enabled ADMIN is left; ends those that a crash has left otherwise. */
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
 * Changes an enabled ADMIN on behalf of the viewer, so that they are none any more. Returns what was taken, to be confirmed or given back; 'lastAdmin'
 * if nobody else is an ADMIN, and nothing has changed; null if the user has changed since they were read.
 * @throws AppError OUTCOME_UNKNOWN where the ADMINs cannot be counted after the change
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

/** Makes a demotion final. Left undone, it is made final a little later. */
export const confirmDemotion = (auth: RequestAuth, user: User, taken: PendingDemotion): Promise<void> =>
  cleanUp(auth, (db) => db.users.confirmDemotion(user.id, taken.at))

/** Gives back what a demotion took. */
export const undoDemotion = (auth: RequestAuth, user: User, taken: PendingDemotion): Promise<void> =>
  cleanUp(auth, (db) => db.users.undoDemotion(user.id, taken))
