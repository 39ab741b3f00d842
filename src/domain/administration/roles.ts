import { AppError } from '../../errors.ts'
import type { User } from '../../model.ts'
import type { Role } from '../../roles.ts'
import { commitOrConfirm } from '../commit.ts'
import type { Deps } from '../deps.ts'
import type { AdminUserSuccess, LastAdmin, NotFound } from '../outcomes.ts'
import { assertStillActive, toViewer } from '../sessions/authentication.ts'
import type { RequestAuth } from '../sessions/request-auth.ts'
import { confirmDemotion, demoteAdmin, isEnabledAdmin } from './last-admin.ts'

/** Tries after others have changed the user at the same moment. */
const MAX_TRIES = 3

const hasRoles = (user: User | null, roles: readonly Role[]) => user?.roles.join() === roles.join()

async function tryToSetRoles(
  deps: Deps,
  auth: RequestAuth,
  user: User,
  roles: readonly Role[],
): Promise<'done' | 'changed' | 'lastAdmin'> {
  if (isEnabledAdmin(user) && !roles.includes('ADMIN')) {
    const taken = await demoteAdmin(deps, auth, user, { roles })
    if (taken === 'lastAdmin') return taken
    if (!taken) return 'changed'
    await confirmDemotion(auth, user, taken)
    return 'done'
  }
  await assertStillActive(deps, auth)
  const updated = await commitOrConfirm(
    auth,
    () => auth.db.users.updateRoles(user, roles),
    async (db) => hasRoles(await db.users.findById(user.id), roles),
  )
  return updated ? 'done' : 'changed'
}

/** Sets the roles of a user; they count from the user's next request on. */
export async function setUserRoles(
  deps: Deps,
  auth: RequestAuth,
  id: string,
  roles: readonly Role[],
): Promise<AdminUserSuccess | NotFound | LastAdmin> {
  const distinct = [...new Set(roles)]
  for (let tries = 1; ; tries += 1) {
    const user = await auth.db.users.findById(id)
    if (!user) return { kind: 'NotFound' }
    const result = await tryToSetRoles(deps, auth, user, distinct)
    if (result === 'lastAdmin') return { kind: 'LastAdmin' }
    if (result === 'done') return finish(deps, auth, { ...user, roles: distinct })
    if (tries === MAX_TRIES) throw new AppError('UNAVAILABLE')
  }
}

function finish(deps: Deps, auth: RequestAuth, user: User): AdminUserSuccess {
  const { session, user: operator } = auth.requireViewer()
  auth.report({ event: 'user.roles-set', userId: user.id, by: operator.id, roles: user.roles })
  if (user.id === operator.id) auth.setViewer(toViewer(deps, user, session))
  return { kind: 'AdminUserSuccess', user }
}
