import { findActivity, MAX_EVENTS_PER_PAGE } from '../audit/read-events.ts'
import type { Deps } from '../deps.ts'
import { listSessions } from '../sessions/live-sessions.ts'
import type { RequestAuth } from '../sessions/request-auth.ts'

/** Returns everything stored about the viewer. */
export async function exportAccount(deps: Deps, auth: RequestAuth) {
  const { user } = auth.requireViewer()
  const { id, email, emailVerified, firstName, lastName, locale, roles, createdAt, lastLoginAt } = user
  const sessions = await listSessions(deps, auth)
  const { events } = await findActivity(deps, auth, { first: MAX_EVENTS_PER_PAGE, after: null })
  const features = await deps.features.exportUser(user)
  auth.report({ event: 'user.exported', userId: id })
  return {
    user: { id, email, emailVerified, firstName, lastName, locale, roles, createdAt, lastLoginAt },
    sessions: sessions.map(({ session, expiresAt, current }) => ({
      id: session.handle,
      current,
      createdAt: session.createdAt,
      lastSeenAt: session.lastSeen,
      authenticatedAt: session.authenticatedAt,
      expiresAt,
      device: session.device,
    })),
    activity: events.map(({ at, kind, reason, byStaff, sessionId, device }) => ({
      ...{ at, kind, reason, byStaff, sessionId, device },
    })),
    ...features,
  }
}
