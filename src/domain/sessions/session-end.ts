import type { EndReason, SessionRecord, User, Viewer } from '../../model.ts'
import { judgeSession, type SessionRules, toViewer } from './authentication.ts'

export interface SessionEnd {
  readonly at: Date
  readonly reason: EndReason | 'EXPIRED'
}

/** Finds the viewer of a session among the documents that share its handle; null if none of them is alive. */
export function findWatchedViewer(
  rules: SessionRules,
  user: User | null,
  sessions: readonly SessionRecord[],
): Viewer | null {
  return sessions.map((session) => judgeSession(rules, user, session)).find((viewer) => viewer !== null) ?? null
}

/** Explains why a session that was alive as `last` has ended, from its user and its remaining documents. */
export function explainEnd(
  rules: SessionRules,
  last: Viewer,
  user: User | null,
  sessions: readonly SessionRecord[],
): SessionEnd {
  const now = rules.clock.now()
  if (!user || user.disabledAt) return { at: user?.disabledAt ?? now, reason: 'USER_GONE' }
  if (user.generation !== last.session.generation) return user.ended ?? { at: now, reason: 'REVOKED' }
  const left = sessions.find(({ replacedAt, pending }) => !replacedAt && !pending)
  const at = left ? toViewer(rules, user, left).expiresAt : last.expiresAt
  // The database removes a session soon after its limit, so its document may be gone.
  return at <= now ? { at, reason: 'EXPIRED' } : { at: now, reason: 'REVOKED' }
}
