import type { Role } from '../roles.ts'

export type LoginFailure = 'credentials' | 'disabled' | 'unverified' | 'superseded'

/** A security event. It never holds a password, a token, a cookie or an address. */
export type SecurityEvent =
  | { event: 'signup.succeeded'; userId: string }
  | { event: 'signup.refused'; reason: 'InvalidInput' | 'EmailTaken' | 'SignupClosed' }
  | { event: 'user.created'; userId: string; by: string }
  | { event: 'user.imported'; userId: string; by: string }
  | { event: 'invitation.requested'; by: string }
  | { event: 'invitation.accepted'; userId: string }
  | { event: 'login.succeeded'; userId: string; session: string }
  | { event: 'login.failed'; userId: string | null; reason: LoginFailure }
  | { event: 'reauthentication.succeeded'; userId: string; session: string }
  | { event: 'reauthentication.failed'; userId: string }
  | { event: 'logout'; userId: string; session: string }
  | { event: 'password.changed'; userId: string }
  | { event: 'password.change-refused'; userId: string }
  | { event: 'password.breached'; userId: string }
  | { event: 'password.breach-check-failed'; error: string }
  | { event: 'password.reset-requested' }
  | { event: 'password.reset'; userId: string }
  | { event: 'email.verification-requested' }
  | { event: 'email.verified'; userId: string }
  | { event: 'email.change-requested'; userId: string }
  | { event: 'email.changed'; userId: string }
  | { event: 'token.refused' }
  | { event: 'login.factor-required'; userId: string }
  | { event: 'login.factor-failed'; userId: string }
  | { event: 'factor.refused'; userId: string }
  | { event: 'factor.counter-went-back'; userId: string }
  | { event: 'factor.added'; userId: string; factor: 'PASSKEY' | 'TOTP' | 'RECOVERY_CODE' }
  | { event: 'factor.removed'; userId: string; factor: 'PASSKEY' | 'TOTP' }
  | { event: 'factor.recovery-code-used'; userId: string }
  | { event: 'factors.reset'; userId: string; by: string }
  | { event: 'profile.updated'; userId: string }
  | { event: 'user.deleted'; userId: string }
  | { event: 'user.exported'; userId: string }
  | { event: 'sessions.revoked'; userId: string; by: string; count: number }
  | { event: 'user.roles-set'; userId: string; by: string; roles: readonly Role[] }
  | { event: 'user.disabled'; userId: string; by: string }
  | { event: 'user.enabled'; userId: string; by: string }
  | { event: 'session.unreadable' }
  | { event: 'session.duplicate-cookie' }
  | { event: 'password.hash-refused'; userId: string }
  | { event: 'access.refused'; code: string; field: string; userId: string | null }
  | { event: 'origin.refused' }
  | { event: 'feature'; feature: string; name: string; [field: string]: unknown }
  | { event: 'mail.sent'; kind: string }
  | { event: 'mail.failed'; kind: string; tries: number; retryInMs: number }
  | { event: 'mail.given-up'; kind: string; tries: number; code?: number }

export type Report = (event: SecurityEvent) => void
