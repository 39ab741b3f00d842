import { refuseToken } from '../account/refused-token.ts'
import type { Deps } from '../deps.ts'
import { readChallenge, spendChallenge } from '../factors/passkey-challenge.ts'
import { readAnswer } from '../factors/passkey-check.ts'
import { buildAuthenticationOptions, forSession, type PasskeyChallenge } from '../factors/passkey-options.ts'
import { spendInSession } from '../factors/spent-proof.ts'
import { checkUserPasskey } from '../factors/user-passkey.ts'
import type { InvalidFactor, InvalidToken } from '../outcomes.ts'
import { toCurrentSession } from '../sessions/live-sessions.ts'
import type { RequestAuth } from '../sessions/request-auth.ts'
import { rotate } from '../sessions/rotation.ts'
import type { ReauthenticateSuccess } from './reauthentication.ts'

/** Gives the browser what it needs to confirm who the viewer is with a passkey. */
export async function startPasskeyReauthentication(deps: Deps, auth: RequestAuth): Promise<PasskeyChallenge> {
  const viewer = auth.requireViewer()
  const { passkeys = [] } = await auth.db.factors.find(viewer.user.id)
  const purpose = forSession('reauthentication', viewer)
  return { kind: 'PasskeyChallenge', ...(await buildAuthenticationOptions(deps, purpose, 'required', passkeys)) }
}

/** Confirms who the viewer is with a passkey alone: a new cookie value and a new `authenticatedAt`. */
export async function reauthenticateWithPasskey(
  deps: Deps,
  auth: RequestAuth,
  passkey: unknown,
): Promise<ReauthenticateSuccess | InvalidFactor | InvalidToken> {
  auth.cookie.requireSecure()
  const viewer = auth.requireViewer()
  const authenticatedAt = deps.clock.now()
  const { user } = viewer
  const refuse = (): InvalidFactor => {
    auth.report({ event: 'reauthentication.failed', userId: user.id })
    return { kind: 'InvalidFactor' }
  }
  const answer = readAnswer(passkey)
  if (!answer) return refuse()
  const purpose = forSession('reauthentication', viewer)
  if (!readChallenge(deps, answer.challenge, purpose)) return refuseToken(auth)
  const rules = { purpose, userVerification: 'required', requireUserHandle: false } as const
  const check = await checkUserPasskey(deps, auth, user, answer, rules)
  if (check?.kind !== 'proved') return refuse()
  if (!(await spendChallenge(auth, check.challenge))) return refuseToken(auth)
  if (!(await spendInSession(deps, auth, viewer, check.proof))) return refuse()
  const rotated = await rotate(deps, auth, viewer, { authenticatedAt, assurance: 'MULTI_FACTOR' })
  auth.report({ event: 'reauthentication.succeeded', userId: user.id, session: rotated.session.handle })
  return { kind: 'ReauthenticateSuccess', session: toCurrentSession(rotated) }
}
