import type { User } from '../../model.ts'
import { refuseToken } from '../account/refused-token.ts'
import type { Deps } from '../deps.ts'
import { readChallenge, spendChallenge } from '../factors/passkey-challenge.ts'
import { type PasskeyCheck, readAnswer } from '../factors/passkey-check.ts'
import { buildAuthenticationOptions, type PasskeyChallenge } from '../factors/passkey-options.ts'
import { checkUserPasskey } from '../factors/user-passkey.ts'
import type { EmailNotVerified, InvalidFactor, InvalidToken, Outcome } from '../outcomes.ts'
import type { RequestAuth } from '../sessions/request-auth.ts'
import { type LoginSuccess, reportRefused, startLogin } from './start-login.ts'

export interface PasskeyLoginInput {
  readonly passkey: unknown
  readonly rememberMe?: boolean
}

export type UnknownPasskey = Outcome<'UnknownPasskey', { rpId: string; credentialId: string }>

const LOGIN = { purpose: 'login', subject: '' } as const

/** Gives the browser what it needs to log in with any passkey that it has. */
export async function startPasskeyLogin(deps: Deps): Promise<PasskeyChallenge> {
  return { kind: 'PasskeyChallenge', ...(await buildAuthenticationOptions(deps, LOGIN, 'required')) }
}

async function findOwner({ db }: RequestAuth, credentialId: string): Promise<User | null> {
  const id = await db.factors.findOwner(credentialId)
  return id === null ? null : db.users.findById(id)
}

async function startWithPasskey(
  deps: Deps,
  auth: RequestAuth,
  user: User,
  check: Extract<PasskeyCheck, { kind: 'proved' }>,
  remembered: boolean,
): Promise<LoginSuccess | InvalidFactor | InvalidToken> {
  if (!(await spendChallenge(auth, check.challenge))) return refuseToken(auth)
  const { id, generation, emailCanonical } = user
  const started = await startLogin(deps, auth, user, {
    ...{ remembered, assurance: 'MULTI_FACTOR' },
    commit: (change) => auth.db.factors.spend({ id, generation }, check.proof, change),
  })
  if (!started) {
    reportRefused(auth, id, 'superseded')
    return { kind: 'InvalidFactor' }
  }
  await deps.limiter.clearLogin(auth, emailCanonical)
  return started
}

/** Starts a session with a passkey alone. */
export async function loginWithPasskey(
  deps: Deps,
  auth: RequestAuth,
  { passkey, rememberMe = false }: PasskeyLoginInput,
): Promise<LoginSuccess | InvalidFactor | UnknownPasskey | InvalidToken | EmailNotVerified> {
  auth.cookie.requireSecure()
  const refuse = (userId: string | null): InvalidFactor => {
    reportRefused(auth, userId, 'credentials')
    return { kind: 'InvalidFactor' }
  }
  const answer = readAnswer(passkey)
  if (!answer) return refuse(null)
  if (!readChallenge(deps, answer.challenge, LOGIN)) return refuseToken(auth)
  const user = await findOwner(auth, answer.credentialId)
  if (!user) {
    reportRefused(auth, null, 'credentials')
    return { kind: 'UnknownPasskey', rpId: deps.settings.rpId, credentialId: answer.credentialId }
  }
  const rules = { purpose: LOGIN, userVerification: 'required', requireUserHandle: true } as const
  const check = await checkUserPasskey(deps, auth, user, answer, rules)
  if (check?.kind !== 'proved') return refuse(user.id)
  if (user.disabledAt) {
    reportRefused(auth, user.id, 'disabled')
    return { kind: 'InvalidFactor' }
  }
  if (deps.settings.emailVerification === 'required' && !user.emailVerified) {
    reportRefused(auth, user.id, 'unverified')
    return { kind: 'EmailNotVerified' }
  }
  return startWithPasskey(deps, auth, user, check, rememberMe)
}
