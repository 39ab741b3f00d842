/**
 * The threat: somebody denies what they did, or nobody notices what was done. So security events are kept beside the log. An
 * event of a change is written before the change is acknowledged, so no crash after an answer loses it; an event of a refusal is
 * written on the side, so that a flood of wrong passwords waits for nothing.
 */
import type { Clock, Device } from '../../model.ts'
import type { EventCollection, StoredEvent } from '../../mongo/events.ts'
import type { SecurityEvent } from '../events.ts'

type Guarantee = 'beforeAnswer' | 'bestEffort'

/** The kinds that are kept. The others say something about requests and mails, not about accounts. */
const KEPT: Partial<Record<SecurityEvent['event'], Guarantee>> = {
  'signup.succeeded': 'beforeAnswer',
  // Kept as a success is, so that the cost does not tell whether an address is taken.
  'signup.refused': 'beforeAnswer',
  'user.created': 'beforeAnswer',
  'user.imported': 'beforeAnswer',
  'invitation.requested': 'beforeAnswer',
  'invitation.accepted': 'beforeAnswer',
  'login.succeeded': 'beforeAnswer',
  'login.failed': 'bestEffort',
  'login.factor-required': 'bestEffort',
  'login.factor-failed': 'bestEffort',
  'reauthentication.succeeded': 'beforeAnswer',
  'reauthentication.failed': 'bestEffort',
  logout: 'beforeAnswer',
  'password.changed': 'beforeAnswer',
  'password.change-refused': 'bestEffort',
  'password.breached': 'bestEffort',
  'password.reset-requested': 'bestEffort',
  'password.reset': 'beforeAnswer',
  'email.verification-requested': 'bestEffort',
  'email.verified': 'beforeAnswer',
  'email.change-requested': 'beforeAnswer',
  'email.changed': 'beforeAnswer',
  'token.refused': 'bestEffort',
  'factor.refused': 'bestEffort',
  'factor.counter-went-back': 'bestEffort',
  'factor.added': 'beforeAnswer',
  'factor.removed': 'beforeAnswer',
  'factor.recovery-code-used': 'beforeAnswer',
  'factors.reset': 'beforeAnswer',
  'profile.updated': 'beforeAnswer',
  'user.deleted': 'beforeAnswer',
  'user.exported': 'beforeAnswer',
  'sessions.revoked': 'beforeAnswer',
  'user.roles-set': 'beforeAnswer',
  'user.disabled': 'beforeAnswer',
  'user.enabled': 'beforeAnswer',
}

const USER_ID = /^[0-9a-f]{24}$/

/** Converts an event of the log to what is kept of it. */
export function toStoredEvent(event: SecurityEvent, at: Date, device: Device | null): StoredEvent {
  const { event: kind, ...fields } = event
  const { reason = null, userId = null, by = null, session = null } = fields as Record<string, string | null>
  const byStaff = by !== null && by !== userId
  return {
    ...{ at, kind, reason, userId, byStaff, device },
    byUserId: byStaff && by !== null && USER_ID.test(by) ? by : null,
    sessionId: session,
  }
}

interface AuditLogDeps {
  readonly clock: Clock
  readonly events: Pick<EventCollection, 'insert'>
  onError(error: unknown): void
}

/** Keeps security events. */
export class AuditLog {
  readonly #deps: AuditLogDeps

  constructor(deps: AuditLogDeps) {
    this.#deps = deps
  }

  /** Keeps an event. Returns what the answer waits for, or null; a failure is logged and fails nothing. */
  record(event: SecurityEvent, device: Device | null): Promise<void> | null {
    const guarantee = KEPT[event.event]
    if (!guarantee) return null
    const { clock, events, onError } = this.#deps
    const written = this.#insert(events, toStoredEvent(event, clock.now(), device)).catch(onError)
    return guarantee === 'beforeAnswer' ? written : null
  }

  async #insert(events: AuditLogDeps['events'], event: StoredEvent): Promise<void> {
    await events.insert(event)
  }
}
