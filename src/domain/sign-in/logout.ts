import type { Deps } from '../deps.ts'
import type { Outcome } from '../outcomes.ts'
import type { RequestAuth } from '../sessions/request-auth.ts'

export type LogoutSuccess = Outcome<'LogoutSuccess', { ended: boolean }>

/** Ends the current session and clears the cookie. During a rotation, the handle finds the session that replaces the current one. */
export async function logout(_deps: Deps, auth: RequestAuth): Promise<LogoutSuccess> {
  const session = await auth.cookie.read()
  const viewer = await auth.authenticate()
  const deleted = session ? await auth.db.sessions.deleteByHandle(session.userId, session.handle) : 0
  auth.signOut()
  const wasAlive = viewer !== null || session?.replacedAt != null
  if (!session || !wasAlive || deleted === 0) return { kind: 'LogoutSuccess', ended: false }
  auth.report({ event: 'logout', userId: session.userId, session: session.handle })
  return { kind: 'LogoutSuccess', ended: true }
}
