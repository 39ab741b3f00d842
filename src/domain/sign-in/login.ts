import type { User } from '../../model.ts'
import { readEmail } from '../account/emails.ts'
import { checkPassword } from '../credentials/password-check.ts'
import { hashPassword } from '../credentials/passwords.ts'
import type { Deps } from '../deps.ts'
import type { LoginFailure } from '../events.ts'
import type { EmailNotVerified, InvalidCredentials } from '../outcomes.ts'
import type { RequestAuth } from '../sessions/request-auth.ts'
import { noticeBreach } from './breach-notice.ts'
import { createLoginChallenge, type SecondFactorRequired } from './login-challenge.ts'
import { type LoginSuccess, reportRefused, startLogin } from './start-login.ts'

export interface LoginInput {
  email: string
  password: string
  rememberMe?: boolean
}

function refuse(auth: RequestAuth, userId: string | null, reason: LoginFailure): InvalidCredentials {
  reportRefused(auth, userId, reason)
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

async function startWithPassword(
  deps: Deps,
  auth: RequestAuth,
  user: User,
  { password, rememberMe = false }: LoginInput,
): Promise<LoginSuccess | InvalidCredentials> {
  const { id, generation } = user
  const rehashed = await rehash(deps, user, password)
  const started = await startLogin(deps, auth, user, {
    remembered: rememberMe,
    assurance: 'SINGLE_FACTOR',
    commit: (change) => auth.db.users.update({ id, generation }, { ...change, ...rehashed }),
  })
  return started ?? refuse(auth, id, 'superseded')
}

/** Starts a session, and ends the one that the request came with. A user with a second factor gets a challenge for it. */
export async function login(
  deps: Deps,
  auth: RequestAuth,
  input: LoginInput,
): Promise<LoginSuccess | InvalidCredentials | EmailNotVerified | SecondFactorRequired> {
  auth.cookie.requireSecure()
  const address = readEmail(input.email)
  const user = address && (await auth.db.users.findByEmail(address.emailCanonical))
  const matches = await checkPassword(deps, auth, user, input.password)
  if (!user || !matches) return refuse(auth, user?.id ?? null, 'credentials')
  if (user.disabledAt) return refuse(auth, user.id, 'disabled')
  if (deps.settings.emailVerification === 'required' && !user.emailVerified) {
    reportRefused(auth, user.id, 'unverified')
    return { kind: 'EmailNotVerified' }
  }
  void noticeBreach(deps, auth, user, input.password)
  if (user.secondFactor) return createLoginChallenge(deps, auth, user, input.rememberMe ?? false)
  return startWithPassword(deps, auth, user, input)
}
