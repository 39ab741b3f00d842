import { AppError } from '../../errors.ts'
import type { Viewer } from '../../model.ts'
import { cleanUp, commitOrConfirm } from '../commit.ts'
import type { Deps } from '../deps.ts'
import { type NotFound, type SessionsRevoked, sessionsRevoked } from '../outcomes.ts'
import { assertStillActive } from './authentication.ts'
import { findLiveHandles } from './live-sessions.ts'
import { createGeneration, enterSession, toVersion } from './new-session.ts'
import type { RequestAuth } from './request-auth.ts'
import { rotateAndRevokeOthers } from './rotation.ts'

function reportRevoked(auth: RequestAuth, { user }: Viewer, handles: readonly string[]): SessionsRevoked {
  auth.report({ event: 'sessions.revoked', userId: user.id, by: user.id, count: handles.length })
  return sessionsRevoked(handles)
}

export async function revokeSession(
  deps: Deps,
  auth: RequestAuth,
  handle: string,
): Promise<SessionsRevoked | NotFound> {
  const viewer = auth.requireViewer()
  const handles = await findLiveHandles(deps, auth, viewer.user)
  await assertStillActive(deps, auth, viewer)
  if (!handles.includes(handle)) return { kind: 'NotFound' }
  const deleted = await commitOrConfirm(
    auth,
    () => auth.db.sessions.deleteByHandle(viewer.user.id, handle),
    // A lost answer may belong to a deletion that is still running; repeating it is safe.
    async (db) => (await db.sessions.deleteByHandle(viewer.user.id, handle)) || 1,
  )
  if (deleted === 0) return { kind: 'NotFound' }
  if (handle === viewer.session.handle) auth.signOut()
  return reportRevoked(auth, viewer, [handle])
}

/** Ends all but the viewer's current session, which gets a new cookie value. */
export async function revokeOtherSessions(deps: Deps, auth: RequestAuth): Promise<SessionsRevoked> {
  auth.cookie.requireSecure()
  const viewer = auth.requireViewer()
  const handles = await findLiveHandles(deps, auth, viewer.user)
  const others = handles.filter((handle) => handle !== viewer.session.handle)
  const ending = createGeneration(deps, 'REVOKED')
  const { record, user } = await rotateAndRevokeOthers(deps, auth, viewer, { generation: ending.generation }, () =>
    auth.db.users.update(toVersion(viewer), ending),
  )
  enterSession(deps, auth, { ...user, ...ending }, record)
  return reportRevoked(auth, viewer, others)
}

/** Ends all of the viewer's sessions, the current one included, in one write. */
export async function revokeAllSessions(deps: Deps, auth: RequestAuth): Promise<SessionsRevoked> {
  const viewer = auth.requireViewer()
  const { user } = viewer
  const handles = await findLiveHandles(deps, auth, user)
  const ending = createGeneration(deps, 'REVOKED')
  const committed = await commitOrConfirm(
    auth,
    () => auth.db.users.update(toVersion(viewer), ending),
    async (db) => (await db.users.findById(user.id))?.generation === ending.generation,
  )
  if (!committed) throw new AppError('UNAUTHENTICATED')
  await cleanUp(auth, (db) => db.sessions.deleteByGeneration(user.id, user.generation))
  auth.signOut()
  return reportRevoked(auth, viewer, handles)
}
