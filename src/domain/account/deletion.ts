import { AppError } from '../../errors.ts'
import type { PendingDemotion, User, Viewer } from '../../model.ts'
import { demoteAdmin, isEnabledAdmin, undoDemotion } from '../administration/last-admin.ts'
import { cleanUp, commitOrConfirm } from '../commit.ts'
import type { Deps } from '../deps.ts'
import type { LastAdmin, Outcome } from '../outcomes.ts'
import { assertStillActive } from '../sessions/authentication.ts'
import { toVersion } from '../sessions/new-session.ts'
import type { RequestAuth } from '../sessions/request-auth.ts'

export type DeleteAccountSuccess = Outcome<'DeleteAccountSuccess', { id: string }>

async function giveUpAdmin(deps: Deps, auth: RequestAuth, user: User): Promise<PendingDemotion | 'lastAdmin' | null> {
  if (!isEnabledAdmin(user)) {
    await assertStillActive(deps, auth)
    return null
  }
  const taken = await demoteAdmin(deps, auth, user, { roles: user.roles.filter((role) => role !== 'ADMIN') })
  if (!taken) throw new AppError('UNAUTHENTICATED')
  return taken
}

/** Returns false if nobody would be left with ADMIN. */
async function deleteUser(deps: Deps, auth: RequestAuth, viewer: Viewer): Promise<boolean> {
  const { user } = viewer
  const taken = await giveUpAdmin(deps, auth, user)
  if (taken === 'lastAdmin') return false
  let deleted = false
  try {
    deleted = await commitOrConfirm(
      auth,
      () => auth.db.users.delete(toVersion(viewer)),
      async (db) => (await db.users.findById(user.id)) === null,
    )
  } finally {
    if (!deleted && taken) await undoDemotion(auth, user, taken)
  }
  if (!deleted) throw new AppError('UNAUTHENTICATED')
  return true
}

/** Deletes the viewer and everything stored about them. An ADMIN gives that role up first. */
export async function deleteAccount(deps: Deps, auth: RequestAuth): Promise<DeleteAccountSuccess | LastAdmin> {
  const viewer = auth.requireViewer()
  const { id, email, emailCanonical } = viewer.user
  const job = await deps.mails.enqueueHeld(auth, { kind: 'userDeleted', deletedId: id, email })
  let deleted = false
  try {
    deleted = await deleteUser(deps, auth, viewer)
  } finally {
    // If the job stays, the worker sees that the user still exists.
    if (!deleted) await cleanUp(auth, () => deps.mails.cancel(auth, job))
  }
  if (!deleted) return { kind: 'LastAdmin' }
  await cleanUp(
    auth,
    (db) => db.sessions.deleteByUser(id),
    (db) => db.tokens.deleteByUser(id),
    (db) => db.mails.deleteByUser(id, emailCanonical),
  )
  await deps.mails.release(auth, job)
  auth.signOut()
  auth.report({ event: 'user.deleted', userId: id })
  return { kind: 'DeleteAccountSuccess', id }
}
