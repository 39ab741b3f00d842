import type { SessionRecord, User, Viewer } from '../../model.ts'
import type { Deps } from '../deps.ts'
import type { SessionView } from '../outcomes.ts'
import { judgeSession } from './authentication.ts'
import { MAX_SESSIONS_PER_USER } from './new-session.ts'
import type { RequestAuth } from './request-auth.ts'

/** Finds the live sessions of a user, one for each handle, the most recently seen first. */
export async function findLiveSessions(deps: Deps, { db }: RequestAuth, user: User): Promise<Viewer[]> {
  const handles = new Set<string>()
  const isFirst = ({ handle }: SessionRecord) => !handles.has(handle) && handles.add(handle)
  return (await db.sessions.findByGeneration(user.id, user.generation, deps.clock.now()))
    .map((session) => judgeSession(deps, user, session))
    .filter((viewer) => viewer !== null)
    .filter(({ session }) => isFirst(session))
    .slice(0, MAX_SESSIONS_PER_USER)
}

export async function findLiveHandles(deps: Deps, auth: RequestAuth, user: User): Promise<string[]> {
  return (await findLiveSessions(deps, auth, user)).map(({ session }) => session.handle)
}

/** Lists the viewer's live sessions, the most recently seen first. */
export async function listSessions(deps: Deps, auth: RequestAuth): Promise<SessionView[]> {
  const viewer = auth.requireViewer()
  const live = await findLiveSessions(deps, auth, viewer.user)
  return live.map((one) => ({ ...one, current: one.session.handle === viewer.session.handle }))
}

export async function findCurrentSession(_deps: Deps, auth: RequestAuth): Promise<SessionView | null> {
  const viewer = await auth.authenticate()
  return viewer && toCurrentSession(viewer)
}

export const toCurrentSession = (viewer: Viewer): SessionView => ({ ...viewer, current: true })
