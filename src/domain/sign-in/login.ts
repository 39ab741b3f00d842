import type { User } from '../../model.ts'
import { readEmail } from '../account/emails.ts'
import { commitOrConfirm } from '../commit.ts'
import { checkPassword } from '../credentials/password-check.ts'
import { hashPassword } from '../credentials/passwords.ts'
import type { Deps } from '../deps.ts'
import type { LoginFailure } from '../events.ts'
import type { EmailNotVerified, InvalidCredentials, Outcome, SessionView } from '../outcomes.ts'
import { getExpiry, getLifetime } from '../sessions/lifetimes.ts'
import { toCurrentSession } from '../sessions/live-sessions.ts'
import { buildSession, endPrevious, enterSession, startSession, trimSessions } from '../sessions/new-session.ts'
import type { RequestAuth } from '../sessions/request-auth.ts'
import { rememberDevice } from './known-devices.ts'

export interface LoginInput {
  email: string
  password: string
  rememberMe?: boolean
}

export type LoginSuccess = Outcome<'LoginSuccess', { user: User; session: SessionView }>

function refuse(auth: RequestAuth, userId: string | null, reason: LoginFailure): InvalidCredentials {
  auth.report({ event: 'login.failed', userId, reason })
  return { kind: 'InvalidCredentials' }
}

async function rehash({ hasher }: Deps, user: User, password: string): Promise<{ passwordHash?: string }> {
  if (!hasher.isOutdated(user.passwordHash)) return {}
  try {
    return { passwordHash: await hashPassword(hasher, password) }
  } catch {
    return {}
  }
}

async function startLogin(
  deps: Deps,
  auth: RequestAuth,
  user: User,
  { password, rememberMe = false }: LoginInput,
): Promise<LoginSuccess | InvalidCredentials> {
  const previous = await auth.cookie.read()
  const { id, generation } = user
  const change = { lastLoginAt: deps.clock.now(), ...(await rehash(deps, user, password)) }
  const isDone = (found: User | null) =>
    found?.lastLoginAt?.getTime() === change.lastLoginAt.getTime() && found.generation === generation
  const session = buildSession(deps, auth, user, { generation, remembered: rememberMe, pending: true })
  const record = await startSession(auth, session, async (stored) => {
    const committed = await commitOrConfirm(
      auth,
      () => auth.db.users.update({ id, generation }, change),
      async (db) => isDone(await db.users.findById(id)),
    )
    const expires = getExpiry(getLifetime(deps.settings.lifetimes, user, stored), stored)
    return committed && auth.db.sessions.activate(stored.id, expires)
  })
  if (!record) return refuse(auth, id, 'superseded')
  await endPrevious(auth, previous)
  await trimSessions(deps, auth, record)
  const viewer = enterSession(deps, auth, { ...user, ...change }, record)
  await rememberDevice(deps, auth, user)
  auth.report({ event: 'login.succeeded', userId: id, session: record.handle })
  return { kind: 'LoginSuccess', user: viewer.user, session: toCurrentSession(viewer) }
}

/** Starts a session, and ends the one that the request came with. */
export async function login(
  deps: Deps,
  auth: RequestAuth,
  input: LoginInput,
): Promise<LoginSuccess | InvalidCredentials | EmailNotVerified> {
  auth.cookie.requireSecure()
  const address = readEmail(input.email)
  const user = address && (await auth.db.users.findByEmail(address.emailCanonical))
  const matches = await checkPassword(deps, auth, user, input.password)
  if (!user || !matches) return refuse(auth, user?.id ?? null, 'credentials')
  if (user.disabledAt) return refuse(auth, user.id, 'disabled')
  if (deps.settings.emailVerification === 'required' && !user.emailVerified) {
    refuse(auth, user.id, 'unverified')
    return { kind: 'EmailNotVerified' }
  }
  return startLogin(deps, auth, user, input)
}
