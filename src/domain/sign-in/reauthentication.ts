import { checkPassword } from '../credentials/password-check.ts'
import type { Deps } from '../deps.ts'
import type { InvalidCredentials, Outcome, SessionView } from '../outcomes.ts'
import { toCurrentSession } from '../sessions/live-sessions.ts'
import type { RequestAuth } from '../sessions/request-auth.ts'
import { rotate } from '../sessions/rotation.ts'

export type ReauthenticateSuccess = Outcome<'ReauthenticateSuccess', { session: SessionView }>

/** Checks the password again, and gives the session a new cookie value and a new `authenticatedAt`. */
export async function reauthenticate(
  deps: Deps,
  auth: RequestAuth,
  { password }: { password: string },
): Promise<ReauthenticateSuccess | InvalidCredentials> {
  auth.cookie.requireSecure()
  const viewer = auth.requireViewer()
  const authenticatedAt = deps.clock.now()
  const { user } = viewer
  if (!(await checkPassword(deps, auth, user, password))) {
    auth.report({ event: 'reauthentication.failed', userId: user.id })
    return { kind: 'InvalidCredentials' }
  }
  const rotated = await rotate(deps, auth, viewer, { authenticatedAt })
  auth.report({ event: 'reauthentication.succeeded', userId: user.id, session: rotated.session.handle })
  return { kind: 'ReauthenticateSuccess', session: toCurrentSession(rotated) }
}
