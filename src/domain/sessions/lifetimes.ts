import type { SessionRecord, User } from '../../model.ts'
import { isStaff } from '../../roles.ts'
import { MINUTES } from '../../units.ts'

/** In milliseconds: without a request, and in all. */
export interface Lifetime {
  readonly idle: number
  readonly absolute: number
}

export interface Lifetimes {
  readonly ordinary: Lifetime
  readonly remembered: Lifetime
  readonly staff: Lifetime
}

type Times = Pick<SessionRecord, 'createdAt' | 'lastSeen'>

/** Returns a session's lifetime by the current roles of its user. */
export function getLifetime(
  lifetimes: Lifetimes,
  user: Pick<User, 'roles'>,
  session: Pick<SessionRecord, 'remembered'>,
): Lifetime {
  if (isStaff(user)) return lifetimes.staff
  return session.remembered ? lifetimes.remembered : lifetimes.ordinary
}

export const getAbsoluteEnd = ({ absolute }: Lifetime, session: Pick<Times, 'createdAt'>): Date =>
  new Date(session.createdAt.getTime() + absolute)

/** Returns the earlier of the idle and the absolute limit. */
export const getExpiry = (lifetime: Lifetime, session: Times): Date =>
  new Date(Math.min(session.lastSeen.getTime() + lifetime.idle, getAbsoluteEnd(lifetime, session).getTime()))

/** Returns the shortest time between two updates of `lastSeen`. */
export const getTouchInterval = ({ idle }: Lifetime): number => Math.min(MINUTES, idle / 10)
