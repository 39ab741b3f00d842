import type { Clock, User, Viewer } from '../model.ts'
import type { SessionRecords } from '../mongo/sessions.ts'
import type { Users } from '../mongo/users.ts'
import { clearUp, settle } from './commit.ts'
import type { Credentials } from './credentials.ts'
import { readEmail } from './emails.ts'
import type { Hasher } from './hashing.ts'
import type { EmailNotVerified, InvalidCredentials, Outcome, SessionView } from './outcomes.ts'
import { normalizePassword } from './passwords.ts'
import type { Renewal } from './renewal.ts'
import type { Asker, Sessions } from './sessions.ts'

/** What somebody who logs in gives. */
export interface LoginRequest {
  email: string
  password: string
  rememberMe?: boolean
}

interface Parts {
  users: Users
  sessionRecords: SessionRecords
  sessions: Sessions
  renewal: Renewal
  credentials: Credentials
  hasher: Hasher
  clock: Clock
  rules: { emailVerification: 'optional' | 'required' }
}

type LoginSuccess = Outcome<'LoginSuccess', { user: User; session: SessionView }>
type ReauthenticateSuccess = Outcome<'ReauthenticateSuccess', { session: SessionView }>
type LogoutSuccess = Outcome<'LogoutSuccess', { ended: boolean }>

/** Login, reauthentication and logout, in the order of writes that holds under races and crashes. */
export function createSignin({ users, sessionRecords, sessions, renewal, credentials, hasher, clock, rules }: Parts) {
  /** The password hashed anew where today's cost differs; a failure to do so fails no login. */
  async function rehashed(user: User, password: string): Promise<{ passwordHash?: string }> {
    if (!hasher.isOutdated(user.passwordHash)) return {}
    try {
      return { passwordHash: await hasher.hash(normalizePassword(password) ?? '') }
    } catch {
      return {}
    }
  }

  function refuse(
    asker: Asker,
    userId: string | null,
    reason: 'credentials' | 'disabled' | 'unverified' | 'superseded',
  ): InvalidCredentials {
    asker.report({ event: 'login.failed', userId, reason })
    return { kind: 'InvalidCredentials' }
  }

  async function start(user: User, input: LoginRequest, asker: Asker): Promise<LoginSuccess | InvalidCredentials> {
    const previous = await asker.slot.read()
    const { generation } = user
    const lastLoginAt = clock.now()
    const rehash = await rehashed(user, input.password)
    const grant = sessions.grant(user, { generation, device: asker.device, remembered: input.rememberMe ?? false })
    const session = await sessions.open(asker, grant, () =>
      settle(
        () => users.change({ id: user.id, generation }, { lastLoginAt, ...rehash }),
        () => users.byId(user.id),
        (found) => found?.lastLoginAt?.getTime() === lastLoginAt.getTime() && found.generation === generation,
      ),
    )
    if (!session) return refuse(asker, user.id, 'superseded')
    await clearUp(
      () => sessions.endPrevious(previous),
      () => sessions.trim(session),
    )
    asker.report({ event: 'login.succeeded', userId: user.id, session: session.handle })
    return { kind: 'LoginSuccess', user, session: sessions.view(user, session, true) }
  }

  return {
    /** Starts a session, ending one that the cookie named. */
    async login(input: LoginRequest, asker: Asker): Promise<LoginSuccess | InvalidCredentials | EmailNotVerified> {
      asker.slot.requireSecure()
      const address = readEmail(input.email)
      const user = address ? await users.byEmail(address.emailCanonical) : null
      const matches = await credentials.check(user, input.password, asker.report)
      if (!user || !matches) return refuse(asker, user?.id ?? null, 'credentials')
      if (user.disabledAt) return refuse(asker, user.id, 'disabled')
      if (rules.emailVerification === 'required' && !user.emailVerified) {
        refuse(asker, user.id, 'unverified')
        return { kind: 'EmailNotVerified' }
      }
      return start(user, input, asker)
    },

    /** Proves again who the user is: a new cookie value and a new `authenticatedAt` for the same session. */
    async reauthenticate(
      { password }: { password: string },
      viewer: Viewer,
      asker: Asker,
    ): Promise<ReauthenticateSuccess | InvalidCredentials> {
      asker.slot.requireSecure()
      const authenticatedAt = clock.now()
      const { user } = viewer
      if (!(await credentials.check(user, password, asker.report))) {
        asker.report({ event: 'reauthentication.failed', userId: user.id })
        return { kind: 'InvalidCredentials' }
      }
      const session = await renewal.renew(viewer, asker, { authenticatedAt })
      asker.report({ event: 'reauthentication.succeeded', userId: user.id, session: session.handle })
      return { kind: 'ReauthenticateSuccess', session: sessions.view(user, session, true) }
    },

    /**
     * Ends the current session, and clears the cookie whatever it named. A tombstone's holder has a renewal under way:
     * their handle finds what it has made.
     */
    async logout(asker: Asker): Promise<LogoutSuccess> {
      const session = await asker.slot.read()
      const viewer = await asker.identify()
      const removed = session ? await sessionRecords.removeByHandle(session.userId, session.handle) : 0
      sessions.end(asker)
      const wasAlive = viewer !== null || session?.ended != null
      if (!session || !wasAlive || removed === 0) return { kind: 'LogoutSuccess', ended: false }
      asker.report({ event: 'logout', userId: session.userId, session: session.handle })
      return { kind: 'LogoutSuccess', ended: true }
    },
  }
}

export type Signin = ReturnType<typeof createSignin>
