import { changeEmail } from './account/change-email.ts'
import { deleteAccount } from './account/deletion.ts'
import { exportAccount } from './account/export.ts'
import { changePassword, requestPasswordReset, resetPassword } from './account/password.ts'
import { updateProfile } from './account/profile.ts'
import { requestEmailVerification, verifyEmail } from './account/verify-email.ts'
import { disableUser, enableUser, revokeUserSessions } from './administration/access.ts'
import { setUserRoles } from './administration/roles.ts'
import { findUser, findUsers } from './administration/users.ts'
import { findActivity, findEvents } from './audit/read-events.ts'
import type { Deps } from './deps.ts'
import { confirmTotp, removeTotp, startTotp } from './factors/authenticator-app.ts'
import { readFactors, replaceRecoveryCodes } from './factors/factors.ts'
import { addPasskey, removePasskey, renamePasskey, startPasskeyRegistration } from './factors/passkeys.ts'
import { resetUserFactors } from './factors/reset.ts'
import { findCurrentSession, listSessions } from './sessions/live-sessions.ts'
import type { RequestAuth } from './sessions/request-auth.ts'
import { revokeAllSessions, revokeOtherSessions, revokeSession } from './sessions/revocation.ts'
import { completeLogin } from './sign-in/complete-login.ts'
import { acceptInvitation, inviteUser } from './sign-in/invitation.ts'
import { login } from './sign-in/login.ts'
import { logout } from './sign-in/logout.ts'
import { loginWithPasskey, startPasskeyLogin } from './sign-in/passkey-login.ts'
import { reauthenticateWithPasskey, startPasskeyReauthentication } from './sign-in/passkey-reauthentication.ts'
import { reauthenticate } from './sign-in/reauthentication.ts'
import { signup } from './sign-in/signup.ts'

/** Functions for signed-in users expect the viewer in `auth`. */
const FUNCTIONS = {
  signup,
  inviteUser,
  acceptInvitation,
  login,
  completeLogin,
  startPasskeyLogin,
  loginWithPasskey,
  logout,
  reauthenticate,
  startPasskeyReauthentication,
  reauthenticateWithPasskey,
  requestEmailVerification,
  verifyEmail,
  requestPasswordReset,
  resetPassword,
  updateProfile,
  changePassword,
  changeEmail,
  deleteAccount,
  readFactors,
  startTotp,
  confirmTotp,
  removeTotp,
  replaceRecoveryCodes,
  startPasskeyRegistration,
  addPasskey,
  renamePasskey,
  removePasskey,
  exportAccount,
  findCurrentSession,
  listSessions,
  revokeSession,
  revokeOtherSessions,
  revokeAllSessions,
  findActivity,
  findEvents,
  findUser,
  findUsers,
  setUserRoles,
  disableUser,
  enableUser,
  revokeUserSessions,
  resetUserFactors,
}

type Bound<F> = F extends (deps: Deps, auth: RequestAuth, ...args: infer Args) => infer Result
  ? (auth: RequestAuth, ...args: Args) => Result
  : never

export type Services = { readonly [Name in keyof typeof FUNCTIONS]: Bound<(typeof FUNCTIONS)[Name]> }

export function createServices(deps: Deps): Services {
  const bind =
    (run: (deps: Deps, auth: RequestAuth, ...args: never[]) => unknown) =>
    (auth: RequestAuth, ...args: never[]) =>
      run(deps, auth, ...args)
  return Object.fromEntries(Object.entries(FUNCTIONS).map(([name, run]) => [name, bind(run)])) as Services
}
