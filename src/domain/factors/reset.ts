import { randomBytes } from 'node:crypto'
import type { User } from '../../model.ts'
import { cleanUp, commitOrConfirm } from '../commit.ts'
import { hashPassword } from '../credentials/passwords.ts'
import type { Deps } from '../deps.ts'
import type { AdminUserSuccess, NotFound, NotYourself } from '../outcomes.ts'
import { assertStillActive } from '../sessions/authentication.ts'
import { createGeneration } from '../sessions/new-session.ts'
import type { RequestAuth } from '../sessions/request-auth.ts'

/**
 * Removes all factors of a user, ends their sessions, and mails them a link to set a new password. The old one opens nothing:
 * whoever has it could otherwise take over the account. `assertAllowed` runs just before the write.
 */
export async function resetFactors(
  deps: Deps,
  auth: RequestAuth,
  user: User,
  assertAllowed: () => Promise<void> = async () => {},
): Promise<User> {
  const passwordHash = await hashPassword(deps.hasher, randomBytes(32).toString('base64url'))
  const ending = createGeneration(deps, 'REVOKED')
  const change = { ...ending, passwordHash, factorsChangedAt: ending.ended.at }
  const mail = await deps.mails.enqueueHeld(auth, { kind: 'factorsReset', userId: user.id })
  await assertAllowed()
  await commitOrConfirm(
    auth,
    () => auth.db.factors.reset(user.id, change),
    async (db) => (await db.users.findById(user.id))?.generation === ending.generation,
  )
  await deps.mails.release(auth, mail)
  await cleanUp(auth, (db) => db.sessions.deleteByUser(user.id))
  return { ...user, ...change, secondFactor: false }
}

/** Helps a user who has lost every factor. */
export async function resetUserFactors(
  deps: Deps,
  auth: RequestAuth,
  id: string,
): Promise<AdminUserSuccess | NotFound | NotYourself> {
  const viewer = auth.requireViewer()
  const user = await auth.db.users.findById(id)
  if (!user) return { kind: 'NotFound' }
  if (user.id === viewer.user.id) return { kind: 'NotYourself' }
  const reset = await resetFactors(deps, auth, user, () => assertStillActive(deps, auth))
  auth.report({ event: 'factors.reset', userId: id, by: viewer.user.id })
  return { kind: 'AdminUserSuccess', user: reset }
}
