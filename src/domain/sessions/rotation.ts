import { AppError } from '../../errors.ts'
import type { SessionRecord, User, Viewer } from '../../model.ts'
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
  const { generation, handle, createdAt, authenticatedAt, remembered } = session
  return buildSession(deps, auth, user, { generation, handle, createdAt, authenticatedAt, remembered, ...changes })
}

/**
 * Gives a session a new cookie value. Marking the old document as replaced is the commit.
 * @throws AppError UNAUTHENTICATED if the session has ended in the meantime
 */
export async function rotate(
  deps: Deps,
  auth: RequestAuth,
  viewer: Viewer,
  changes: { authenticatedAt: Date },
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
 * Gives a session a new cookie value and ends all others of the user: it carries the generation that `commit` sets.
 * @throws AppError UNAUTHENTICATED if the session or its generation has ended in the meantime
 */
export async function rotateAndRevokeOthers(
  deps: Deps,
  auth: RequestAuth,
  viewer: Viewer,
  changes: { generation: string; authenticatedAt?: Date },
  commit: () => Promise<boolean>,
): Promise<{ record: SessionRecord; user: User }> {
  const { user, session: old } = viewer
  const { generation } = changes
  const record = await startSession(auth, buildRotated(deps, auth, viewer, changes), async () => {
    await assertStillActive(deps, auth, viewer)
    return commitOrConfirm(auth, commit, async (db) => (await db.users.findById(user.id))?.generation === generation)
  })
  if (!record) throw new AppError('UNAUTHENTICATED')
  await cleanUp(
    auth,
    (db) => db.sessions.replace(old.id, user.generation, createReplacement(deps)),
    (db) => db.sessions.deleteByGeneration(user.id, user.generation, old.id),
  )
  return { record, user: { ...user, generation } }
}
