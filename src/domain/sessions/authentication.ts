import { AppError } from '../../errors.ts'
import type { Clock, SessionRecord, User, Viewer } from '../../model.ts'
import { getScopes, isStaff } from '../../roles.ts'
import { SECONDS } from '../../units.ts'
import type { Deps } from '../deps.ts'
import { getExpiry, getLifetime, getTouchInterval, type Lifetimes } from './lifetimes.ts'
import type { RequestAuth } from './request-auth.ts'

export interface SessionRules {
  readonly clock: Clock
  readonly settings: { readonly lifetimes: Lifetimes; readonly requireSecondFactor: 'none' | 'staff' }
}

const NO_SCOPES: ReadonlySet<string> = new Set()

/** Builds the viewer of a session that is known to be alive, such as one that was just committed. */
export function toViewer({ settings }: SessionRules, user: User, session: SessionRecord): Viewer {
  const expiresAt = getExpiry(getLifetime(settings.lifetimes, user, session), session)
  const isRequired = settings.requireSecondFactor === 'staff' && isStaff(user)
  const secondFactorRequired = isRequired && session.assurance !== 'MULTI_FACTOR'
  const scopes = secondFactorRequired ? NO_SCOPES : getScopes(user.roles)
  return { user, session, scopes, secondFactorRequired, expiresAt }
}

/** Returns the viewer of a session, or null if the session is dead. */
export function judgeSession(rules: SessionRules, user: User | null, session: SessionRecord): Viewer | null {
  if (session.pending || session.replacedAt) return null
  if (!user || user.disabledAt || user.generation !== session.generation) return null
  const viewer = toViewer(rules, user, session)
  return rules.clock.now() < viewer.expiresAt ? viewer : null
}

/** Moves `lastSeen`, at most once per interval. Background requests do not, and a failure is ignored. */
async function touch({ clock, settings }: Deps, auth: RequestAuth, viewer: Viewer): Promise<Viewer> {
  const { user, session } = viewer
  if (auth.isBackground) return viewer
  const lifetime = getLifetime(settings.lifetimes, user, session)
  const lastSeen = clock.now()
  if (lastSeen.getTime() - session.lastSeen.getTime() < getTouchInterval(lifetime)) return viewer
  const expires = getExpiry(lifetime, { ...session, lastSeen })
  try {
    await auth.db.sessions.touch(session, { lastSeen, expires })
  } catch {
    return viewer
  }
  return { ...viewer, session: { ...session, lastSeen }, expiresAt: expires }
}

/** Finds the viewer of the request: reads the session, then the user, whose document decides. */
export async function authenticate(deps: Deps, auth: RequestAuth): Promise<Viewer | null> {
  const session = await auth.cookie.read()
  if (!session) return null
  const viewer = judgeSession(deps, await auth.db.users.findById(session.userId), session)
  if (viewer) return touch(deps, auth, viewer)
  auth.cookie.forget()
  return null
}

/**
 * Reads the viewer's session again, just before a commit on its behalf.
 * @throws AppError UNAUTHENTICATED if it has ended or was replaced in the meantime
 */
export async function assertStillActive(
  { clock }: Deps,
  auth: RequestAuth,
  { session }: Viewer = auth.requireViewer(),
): Promise<void> {
  const found = await auth.db.sessions.findById(session.id, clock.now())
  if (!found || found.replacedAt) throw new AppError('UNAUTHENTICATED')
}

/** Tells whether the user has authenticated within the last `maxAge` seconds (OpenID Connect's max_age). */
export const isFresh = ({ session }: Viewer, maxAge: number, now: Date): boolean =>
  now.getTime() - session.authenticatedAt.getTime() <= maxAge * SECONDS
