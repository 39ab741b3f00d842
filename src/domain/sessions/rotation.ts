import { AppError } from '../../errors.ts'
import type { SessionRecord, User, Viewer } from '../../model.ts'
import type { Collections } from '../../mongo/collections.ts'
import type { Replacement } from '../../mongo/sessions.ts'
import { SECONDS } from '../../units.ts'
import { cleanUp, commitOrConfirm } from '../commit.ts'
import type { Deps } from '../deps.ts'
import { assertStillActive } from './authentication.ts'
import { buildSession, enterSession, type SessionInit, startSession } from './new-session.ts'
import type { RequestAuth } from './request-auth.ts'

/** Longer than any request that still holds the old cookie. */
const REPLACED_MS = 60 * SECONDS

function createReplacement({ clock }: Deps): Replacement {
  const replacedAt = clock.now()
  return { replacedAt, expires: new Date(replacedAt.getTime() + REPLACED_MS) }
}

function buildRotated(deps: Deps, auth: RequestAuth, { user, session }: Viewer, changes: Partial<SessionInit>) {
  const { generation, handle, createdAt, authenticatedAt, remembered, assurance } = session
  const kept = { generation, handle, createdAt, authenticatedAt, remembered, assurance }
  return buildSession(deps, auth, user, { ...kept, ...changes })
}

/**
 * Gives a session a new cookie value. Marking the old document as replaced is the commit.
 * @throws AppError UNAUTHENTICATED if the session has ended in the meantime
 */
export async function rotate(
  deps: Deps,
  auth: RequestAuth,
  viewer: Viewer,
  changes: Partial<SessionInit>,
): Promise<Viewer> {
  const { user, session: old } = viewer
  const replacement = createReplacement(deps)
  const record = await startSession(auth, buildRotated(deps, auth, viewer, changes), () =>
    commitOrConfirm(
      auth,
      () => auth.db.sessions.replace(old.id, user.generation, replacement),
      async (db) => isReplacedAt(await db.sessions.findById(old.id, deps.clock.now()), replacement),
    ),
  )
  if (!record) throw new AppError('UNAUTHENTICATED')
  return enterSession(deps, auth, user, record)
}

const isReplacedAt = (found: SessionRecord | null, { replacedAt }: Replacement): boolean =>
  found?.replacedAt?.getTime() === replacedAt.getTime()

/**
 * Gives a session a new cookie value with a commit on its user. A commit that sets a new generation ends all other sessions
 * of the user.
 * @throws AppError UNAUTHENTICATED if the session or its generation has ended in the meantime
 */
export async function rotateWithCommit(
  deps: Deps,
  auth: RequestAuth,
  viewer: Viewer,
  changes: Partial<SessionInit> & { generation: string },
  commit: () => Promise<boolean>,
  confirm: (db: Collections) => Promise<boolean>,
): Promise<SessionRecord> {
  const { user, session: old } = viewer
  const record = await startSession(auth, buildRotated(deps, auth, viewer, changes), async () => {
    await assertStillActive(deps, auth, viewer)
    return commitOrConfirm(auth, commit, confirm)
  })
  if (!record) throw new AppError('UNAUTHENTICATED')
  await cleanUp(auth, (db) => db.sessions.replace(old.id, user.generation, createReplacement(deps)))
  if (changes.generation !== user.generation) {
    await cleanUp(auth, (db) => db.sessions.deleteByGeneration(user.id, user.generation, old.id))
  }
  return record
}

/** As `rotateWithCommit`, where the commit sets the new generation. */
export async function rotateAndRevokeOthers(
  deps: Deps,
  auth: RequestAuth,
  viewer: Viewer,
  changes: { generation: string; authenticatedAt?: Date },
  commit: () => Promise<boolean>,
): Promise<{ record: SessionRecord; user: User }> {
  const { user } = viewer
  const { generation } = changes
  const confirm = async (db: Collections) => (await db.users.findById(user.id))?.generation === generation
  const record = await rotateWithCommit(deps, auth, viewer, changes, commit, confirm)
  return { record, user: { ...user, generation } }
}
