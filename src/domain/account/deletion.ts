import { AppError } from '../../errors.ts'
import type { PendingDemotion, Viewer } from '../../model.ts'
import { demoteAdmin, isEnabledAdmin, undoDemotion } from '../administration/last-admin.ts'
import { cleanUp, commitOrConfirm } from '../commit.ts'
import type { Deps } from '../deps.ts'
import type { LastAdmin, Outcome } from '../outcomes.ts'
import { assertStillActive } from '../sessions/authentication.ts'
import { toVersion } from '../sessions/new-session.ts'
import type { RequestAuth } from '../sessions/request-auth.ts'

export type DeleteAccountSuccess = Outcome<'DeleteAccountSuccess', { id: string }>

/** Takes ADMIN from a user who has it and is about to be deleted. */
async function giveUpAdmin(
  deps: Deps,
  auth: RequestAuth,
  { user }: Viewer,
): Promise<PendingDemotion | 'lastAdmin' | 'noAdmin'> {
  if (!isEnabledAdmin(user)) return 'noAdmin'
  const taken = await demoteAdmin(deps, auth, user, { roles: user.roles.filter((role) => role !== 'ADMIN') })
  if (!taken) throw new AppError('UNAUTHENTICATED')
  return taken
}

async function deleteUser(auth: RequestAuth, viewer: Viewer, taken: PendingDemotion | 'noAdmin'): Promise<void> {
  const { user } = viewer
  let deleted = false
  try {
    deleted = await commitOrConfirm(
      auth,
      () => auth.db.users.delete(toVersion(viewer)),
      async (db) => (await db.users.findById(user.id)) === null,
    )
  } finally {
    if (!deleted && taken !== 'noAdmin') await undoDemotion(auth, user, taken)
  }
  if (!deleted) throw new AppError('UNAUTHENTICATED')
}

/** Deletes the viewer with all that is theirs. An ADMIN gives that role up first. */
export async function deleteAccount(deps: Deps, auth: RequestAuth): Promise<DeleteAccountSuccess | LastAdmin> {
  const viewer = auth.requireViewer()
  const { id, email, emailCanonical } = viewer.user
  await assertStillActive(deps, auth, viewer)
  const mail = await deps.mails.enqueueHeld(auth, { kind: 'userDeleted', deletedId: id, email })
  const taken = await giveUpAdmin(deps, auth, viewer)
  if (taken === 'lastAdmin') {
    await cleanUp(auth, () => deps.mails.cancel(auth, mail))
    return { kind: 'LastAdmin' }
  }
  await deleteUser(auth, viewer, taken)
  await cleanUp(
    auth,
    (db) => db.sessions.deleteByUser(id),
    (db) => db.tokens.deleteByUser(id),
    (db) => db.mails.deleteByUser(id, emailCanonical),
  )
  await deps.mails.release(auth, mail)
  auth.signOut()
  auth.report({ event: 'user.deleted', userId: id })
  return { kind: 'DeleteAccountSuccess', id }
}
