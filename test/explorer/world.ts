import { createHash } from 'node:crypto'
import type { TokenPurpose, User } from '../../src/model.ts'
import type { SignupAttempt, TokenDocument } from '../../src/mongo/tokens.ts'
import type { Role } from '../../src/roles.ts'
import { DAYS, HOURS, MINUTES } from '../../src/units.ts'
import { OWNER_CHALLENGES, OWNER_FACTORS } from './factor-world.ts'
import { emptyMemory, type Memory, type StoredSession, withEntry } from './memory.ts'

/** The time, which stands still. */
export const NOW = new Date('2030-01-01T12:00:00Z')
export const ago = (ms: number) => new Date(NOW.getTime() - ms)

export const LIFETIMES = {
  ordinary: { idle: 24 * HOURS, absolute: 7 * DAYS },
  remembered: { idle: 14 * DAYS, absolute: 30 * DAYS },
  staff: { idle: 30 * MINUTES, absolute: 8 * HOURS },
}

export const PASSWORDS = {
  old: 'correct horse battery staple',
  changed: 'a quiet harbour before dawn',
  reset: 'seven lanterns on the water',
  attempt: 'nobody counts the winter geese',
} as const

/** The hash that the fake hasher makes. */
export const hashed = (password: string) => `new:${password}`

export const OWN_EMAIL = 'owner@example.com'
export const NEW_EMAIL = 'new@example.com'
export const GUEST_EMAIL = 'guest@example.com'

const letters = (letter: string) => letter.repeat(43)
/** The tokens that have been mailed. */
export const TOKENS = {
  verifyEmail: letters('v'),
  changeEmail: letters('c'),
  resetPassword: letters('r'),
  attempt: letters('a'),
  otherAttempt: letters('b'),
  invitation: letters('i'),
} as const
export const hashToken = (token: string) => createHash('sha256').update(token).digest('hex')

export function person(id: string, email: string, roles: Role[]): User {
  return {
    ...{ id, email, emailCanonical: email, emailVerified: false, firstName: 'First', lastName: null, roles },
    ...{ createdAt: ago(DAYS), disabledAt: null, passwordHash: `old:${PASSWORDS.old}`, passwordChangedAt: null },
    ...{ emailChangedAt: null, generation: `generation of ${id}`, ended: null, tokens: {}, lastLoginAt: null },
    ...{ pendingDemotion: null, breachToldAt: null, locale: 'en', secondFactor: false, factorsChangedAt: null },
  }
}

export function session(id: string, userId: string, lastSeen: Date): StoredSession {
  return {
    ...{ id, userId, generation: `generation of ${userId}`, handle: `handle of ${id}`, remembered: false },
    ...{ createdAt: ago(2 * HOURS), authenticatedAt: ago(5 * MINUTES), device: { userAgent: null, address: null } },
    ...{
      lastSeen,
      expires: new Date(NOW.getTime() + HOURS),
      replacedAt: null,
      pending: false,
      assurance: 'SINGLE_FACTOR',
    },
  }
}

const attempt: SignupAttempt = {
  passwordHash: hashed(PASSWORDS.attempt),
  firstName: 'Attempt',
  lastName: null,
  locale: 'en',
}

export function token(text: string, purpose: TokenPurpose, email: string, its: SignupAttempt | null): TokenDocument {
  const expires = new Date(NOW.getTime() + HOURS)
  return { _id: hashToken(text), purpose, userId: 'owner', email, emailCanonical: email, attempt: its, expires }
}

/** The chief has invited somebody. */
const invitation: TokenDocument = {
  ...{ _id: hashToken(TOKENS.invitation), purpose: 'invitation', userId: 'chief', attempt: null },
  ...{ email: GUEST_EMAIL, emailCanonical: GUEST_EMAIL, invitation: { roles: ['SUPPORT'], invitedBy: 'chief' } },
  expires: new Date(NOW.getTime() + DAYS),
}

const byId = <T extends { id: string }>(documents: T[]) => new Map(documents.map((document) => [document.id, document]))

/** How a world differs from the plain one. */
export interface Scene {
  readonly name: string
  /** The owner has these roles. */
  readonly roles: Role[]
  /** The owner has so many more sessions, not seen for a while. */
  readonly crowd: number
  /** The owner has second factors, a verified address, and two logins that wait for a proof. */
  readonly secondFactor?: boolean
}

/**
 * The owner with two sessions, `own` and `other` (an attacker's, say), tokens of every purpose and a mail that waits; the
 * chief, an ADMIN, with a session. What `other` does moves its `lastSeen`.
 */
export function createWorld({ roles, crowd, secondFactor = false }: Scene): Memory {
  const memory = emptyMemory()
  const owner = {
    ...person('owner', OWN_EMAIL, roles),
    ...{ secondFactor, emailVerified: secondFactor },
    tokens: {
      verifyEmail: hashToken(TOKENS.verifyEmail),
      changeEmail: hashToken(TOKENS.changeEmail),
      resetPassword: hashToken(TOKENS.resetPassword),
    },
  }
  const others = Array.from({ length: crowd }, (_, index) =>
    session(`crowd ${index}`, 'owner', ago(20 * MINUTES + index)),
  )
  memory.users = byId([owner, person('chief', 'chief@example.com', ['ADMIN'])])
  memory.sessions = byId([
    session('own', 'owner', NOW),
    session('other', 'owner', ago(2 * MINUTES)),
    session('chief', 'chief', NOW),
    ...others,
  ])
  const tokens = [
    token(TOKENS.verifyEmail, 'verifyEmail', OWN_EMAIL, null),
    token(TOKENS.changeEmail, 'changeEmail', NEW_EMAIL, null),
    token(TOKENS.resetPassword, 'resetPassword', OWN_EMAIL, null),
    token(TOKENS.attempt, 'verifyEmail', OWN_EMAIL, attempt),
    token(TOKENS.otherAttempt, 'verifyEmail', OWN_EMAIL, { ...attempt, firstName: 'Other' }),
  ]
  tokens.push(invitation)
  memory.tokens = new Map(tokens.map((document) => [document._id, document]))
  const waiting = { kind: 'resetPassword' as const, emailCanonical: OWN_EMAIL }
  const mail = { ...waiting, id: 'waiting', createdAt: NOW, dueAt: NOW, tries: 0 }
  memory.mails = withEntry(memory.mails, mail.id, mail)
  if (!secondFactor) return memory
  memory.factors = withEntry(memory.factors, 'owner', OWNER_FACTORS)
  memory.challenges = new Map(OWNER_CHALLENGES.map((challenge) => [challenge._id, challenge]))
  memory.sessions = byId([...memory.sessions.values()].map((one) => ({ ...one, assurance: 'MULTI_FACTOR' })))
  return memory
}
