import type { SessionRecord, User } from '../model.ts'
import { MINUTES } from '../units.ts'
import { isStaff } from './roles.ts'

/** How long a session lives, in milliseconds: without a request, and in all. */
export interface Lifetime {
  readonly idle: number
  readonly absolute: number
}

/** The lifetimes of each kind of session. */
export interface Lifetimes {
  readonly ordinary: Lifetime
  readonly remembered: Lifetime
  readonly staff: Lifetime
}

type Lived = Pick<SessionRecord, 'createdAt' | 'lastSeen' | 'remembered'>

/** The limits of a session by the user's roles as they are now: a new role holds from the next request on. */
export function lifetimeOf(
  lifetimes: Lifetimes,
  user: Pick<User, 'roles'>,
  session: Pick<Lived, 'remembered'>,
): Lifetime {
  if (isStaff(user)) return lifetimes.staff
  return session.remembered ? lifetimes.remembered : lifetimes.ordinary
}

/** The end of the absolute limit. */
export const absoluteEnd = ({ absolute }: Lifetime, session: Pick<Lived, 'createdAt'>): Date =>
  new Date(session.createdAt.getTime() + absolute)

/** The earlier of the idle and the absolute limit: the session is dead from this instant on. */
export const expiryOf = (lifetime: Lifetime, session: Lived): Date =>
  new Date(Math.min(session.lastSeen.getTime() + lifetime.idle, absoluteEnd(lifetime, session).getTime()))

/** How far apart two moves of `lastSeen` are at least. */
export const touchInterval = ({ idle }: Lifetime): number => Math.min(MINUTES, idle / 10)
