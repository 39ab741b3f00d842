import type { Assurance, User } from '../../model.ts'
import { commitOrConfirm } from '../commit.ts'
import type { Deps } from '../deps.ts'
import type { LoginFailure } from '../events.ts'
import type { Outcome, SessionView } from '../outcomes.ts'
import { getExpiry, getLifetime } from '../sessions/lifetimes.ts'
import { toCurrentSession } from '../sessions/live-sessions.ts'
import { buildSession, endPrevious, enterSession, startSession, trimSessions } from '../sessions/new-session.ts'
import type { RequestAuth } from '../sessions/request-auth.ts'
import { rememberDevice } from './known-devices.ts'

export type LoginSuccess = Outcome<'LoginSuccess', { user: User; session: SessionView }>

/** How a login is committed. */
export interface LoginCommit {
  readonly remembered: boolean
  readonly assurance: Assurance
  /** The one write on the user, if they are enabled and of the generation that was read. Returns false if they are not. */
  commit(change: { lastLoginAt: Date }): Promise<boolean>
}

export function reportRefused(auth: RequestAuth, userId: string | null, reason: LoginFailure): void {
  auth.report({ event: 'login.failed', userId, reason })
}

/** Starts the session of a user who has proved who they are. Returns null if the commit is refused. */
export async function startLogin(
  deps: Deps,
  auth: RequestAuth,
  user: User,
  { remembered, assurance, commit }: LoginCommit,
): Promise<LoginSuccess | null> {
  const previous = await auth.cookie.read()
  const { id, generation } = user
  const change = { lastLoginAt: deps.clock.now() }
  const isDone = (found: User | null) =>
    found?.lastLoginAt?.getTime() === change.lastLoginAt.getTime() && found.generation === generation
  const session = buildSession(deps, auth, user, { generation, remembered, assurance, pending: true })
  const record = await startSession(auth, session, async (stored) => {
    const committed = await commitOrConfirm(
      auth,
      () => commit(change),
      async (db) => isDone(await db.users.findById(id)),
    )
    const expires = getExpiry(getLifetime(deps.settings.lifetimes, user, stored), stored)
    return committed && auth.db.sessions.activate(stored.id, expires)
  })
  if (!record) return null
  await endPrevious(auth, previous)
  await trimSessions(deps, auth, record)
  const viewer = enterSession(deps, auth, { ...user, ...change }, record)
  await rememberDevice(deps, auth, user)
  auth.report({ event: 'login.succeeded', userId: id, session: record.handle })
  return { kind: 'LoginSuccess', user: viewer.user, session: toCurrentSession(viewer) }
}
