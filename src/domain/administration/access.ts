import { AppError } from '../../errors.ts'
import type { User } from '../../model.ts'
import { cleanUp, commitOrConfirm } from '../commit.ts'
import type { Deps } from '../deps.ts'
import {
  type AdminUserSuccess,
  type LastAdmin,
  type NotFound,
  type NotYourself,
  type SessionsRevoked,
  sessionsRevoked,
} from '../outcomes.ts'
import { assertStillActive } from '../sessions/authentication.ts'
import { findLiveHandles } from '../sessions/live-sessions.ts'
import { createGeneration } from '../sessions/new-session.ts'
import type { RequestAuth } from '../sessions/request-auth.ts'
import { confirmDemotion, demoteAdmin, isEnabledAdmin } from './last-admin.ts'

const isDisabledBy = (user: User | null, generation: string) => user?.generation === generation

/** Disables a user, even the last ADMIN: for the shell, which can create another. Returns the updated user. */
export async function disableAnyUser(deps: Deps, auth: RequestAuth, user: User): Promise<User> {
  const change = { disabledAt: deps.clock.now(), ...createGeneration(deps, 'USER_GONE') }
  await commitOrConfirm(
    auth,
    () => auth.db.users.disable(user.id, change),
    async (db) => isDisabledBy(await db.users.findById(user.id), change.generation) && user,
  )
  await cleanUp(auth, (db) => db.sessions.deleteByUser(user.id))
  return { ...user, disabledAt: user.disabledAt ?? change.disabledAt }
}

async function disableAdmin(deps: Deps, auth: RequestAuth, user: User): Promise<User | 'lastAdmin'> {
  const change = { disabledAt: deps.clock.now(), ...createGeneration(deps, 'USER_GONE') }
  const taken = await demoteAdmin(deps, auth, user, change)
  if (taken === 'lastAdmin') return taken
  if (!taken) throw new AppError('UNAVAILABLE')
  await confirmDemotion(auth, user, taken)
  await cleanUp(auth, (db) => db.sessions.deleteByUser(user.id))
  return { ...user, ...change }
}

async function disableOther(deps: Deps, auth: RequestAuth, user: User): Promise<User> {
  await assertStillActive(deps, auth)
  return disableAnyUser(deps, auth, user)
}

/** Refuses a user's logins and ends every session. The user keeps their roles. */
export async function disableUser(
  deps: Deps,
  auth: RequestAuth,
  id: string,
): Promise<AdminUserSuccess | NotFound | LastAdmin | NotYourself> {
  const viewer = auth.requireViewer()
  const user = await auth.db.users.findById(id)
  if (!user) return { kind: 'NotFound' }
  if (user.id === viewer.user.id) return { kind: 'NotYourself' }
  const disabled = isEnabledAdmin(user) ? await disableAdmin(deps, auth, user) : await disableOther(deps, auth, user)
  if (disabled === 'lastAdmin') return { kind: 'LastAdmin' }
  auth.report({ event: 'user.disabled', userId: user.id, by: viewer.user.id })
  return { kind: 'AdminUserSuccess', user: disabled }
}

export async function enableUser(deps: Deps, auth: RequestAuth, id: string): Promise<AdminUserSuccess | NotFound> {
  const viewer = auth.requireViewer()
  const user = await auth.db.users.findById(id)
  if (!user) return { kind: 'NotFound' }
  await assertStillActive(deps, auth)
  const enabled = await commitOrConfirm(
    auth,
    () => auth.db.users.updateById(id, { disabledAt: null }),
    async (db) => (await db.users.findById(id))?.disabledAt === null,
  )
  if (!enabled) return { kind: 'NotFound' }
  auth.report({ event: 'user.enabled', userId: id, by: viewer.user.id })
  return { kind: 'AdminUserSuccess', user: { ...user, disabledAt: null } }
}

/** Ends all sessions of a user in one write. Returns their handles. `assertAllowed` runs just before the write. */
export async function endAllSessions(
  deps: Deps,
  auth: RequestAuth,
  user: User,
  assertAllowed: () => Promise<void> = async () => {},
): Promise<string[]> {
  const handles = await findLiveHandles(deps, auth, user)
  await assertAllowed()
  const ending = createGeneration(deps, 'REVOKED')
  await commitOrConfirm(
    auth,
    () => auth.db.users.updateById(user.id, ending),
    async (db) => (await db.users.findById(user.id))?.generation === ending.generation,
  )
  await cleanUp(auth, (db) => db.sessions.deleteByGeneration(user.id, user.generation))
  return handles
}

export async function revokeUserSessions(
  deps: Deps,
  auth: RequestAuth,
  id: string,
): Promise<SessionsRevoked | NotFound> {
  const viewer = auth.requireViewer()
  const user = await auth.db.users.findById(id)
  if (!user) return { kind: 'NotFound' }
  const handles = await endAllSessions(deps, auth, user, () => assertStillActive(deps, auth))
  auth.report({ event: 'sessions.revoked', userId: id, by: viewer.user.id, count: handles.length })
  if (user.id === viewer.user.id) auth.forgetViewer()
  return sessionsRevoked(handles)
}
