import type { RequestAuth } from '../../src/domain/sessions/request-auth.ts'
import type { TokenPurpose, User } from '../../src/model.ts'
import type { Role } from '../../src/roles.ts'
import type { StagedService } from './wiring.ts'
import { GUEST_EMAIL, hashed, NEW_EMAIL, NOW, OWN_EMAIL, PASSWORDS, TOKENS } from './world.ts'

/** Whose cookie a request carries: the session of that name. */
export type Cookie = 'own' | 'other' | 'chief'

/** A step by its port and method; one of several where the way depends on the roles. */
export type Step = string | readonly string[]

/** What a verb ends, once its step `at` is done. */
export type Ending = { readonly at: Step } & (
  | { readonly scope: 'user'; readonly user: 'owner' | 'chief'; readonly credential: boolean }
  | { readonly scope: 'handle'; readonly of: Cookie }
  | { readonly scope: 'value'; readonly of: Cookie }
)

type Fields = Partial<Pick<User, 'passwordHash' | 'email' | 'emailVerified' | 'firstName' | 'roles' | 'disabledAt'>>

/** A request, and what its answer promises. */
export interface Verb {
  readonly name: string
  readonly by: Cookie | null
  /** What the guard in front of it asks. */
  readonly guard: 'nobody' | 'user' | 'staff'
  readonly emailVerification?: 'required'
  run(service: StagedService, auth: RequestAuth): Promise<{ readonly kind: string }>
  /** The outcomes that say that it is done. */
  readonly done: readonly string[]
  /** The one write that does it. */
  readonly commit: Step
  /** That write asks for the generation of the session that the request came with. */
  readonly onBehalf?: boolean
  /** Just before that write the session is looked at again. */
  readonly looksAgain?: boolean
  readonly ends?: Ending
  readonly sets?: { readonly user: 'owner' | 'chief'; readonly fields: Fields }
  /** It gives the user a password that nobody knows. */
  readonly hidesPassword?: boolean
  /** The token that it spends. */
  readonly token?: TokenPurpose
}

const everything = (at: Step, user: 'owner' | 'chief' = 'owner', credential = true): Ending => ({
  ...{ at, scope: 'user', user, credential },
})
const handle = (of: Cookie): Ending => ({ at: 'sessions.deleteByHandle', scope: 'handle', of })

const login = { email: OWN_EMAIL, password: PASSWORDS.old }
const other = (by: Cookie): Cookie => (by === 'own' ? 'other' : 'own')

/** What somebody does who has one of the owner's sessions. */
export const sessionVerbs = (by: 'own' | 'other'): Verb[] => [
  {
    ...{ name: 'login', by, guard: 'nobody', done: ['LoginSuccess'], commit: 'users.update', ends: handle(by) },
    run: (service, auth) => service.login(auth, { ...login, rememberMe: true }),
  },
  {
    ...{ name: 'signup', by, guard: 'nobody', done: ['SignupSuccess'], commit: 'users.insert', ends: handle(by) },
    run: (service, auth) => service.signup(auth, { email: NEW_EMAIL, password: PASSWORDS.old }),
  },
  {
    ...{ name: 'reauthenticate', by, guard: 'user', done: ['ReauthenticateSuccess'], commit: 'sessions.replace' },
    ends: { at: 'sessions.replace', scope: 'value', of: by },
    run: (service, auth) => service.reauthenticate(auth, { password: PASSWORDS.old }),
  },
  {
    ...{ name: 'changePassword', by, guard: 'user', done: ['ChangePasswordSuccess'], onBehalf: true, looksAgain: true },
    ...{ commit: 'users.updateAndSpendTokens', ends: everything('users.updateAndSpendTokens') },
    sets: { user: 'owner', fields: { passwordHash: hashed(PASSWORDS.changed) } },
    run: (service, auth) =>
      service.changePassword(auth, { currentPassword: PASSWORDS.old, newPassword: PASSWORDS.changed }),
  },
  {
    ...{ name: 'updateProfile', by, guard: 'user', done: ['UpdateProfileSuccess'], onBehalf: true },
    ...{ commit: 'users.update', sets: { user: 'owner', fields: { firstName: 'Profile' } } },
    run: (service, auth) => service.updateProfile(auth, { firstName: 'Profile' }),
  },
  {
    ...{ name: 'deleteAccount', by, guard: 'user', done: ['DeleteAccountSuccess'], onBehalf: true, looksAgain: true },
    ...{ commit: 'users.delete', ends: everything('users.delete') },
    run: (service, auth) => service.deleteAccount(auth),
  },
  {
    ...{ name: 'revokeAllSessions', by, guard: 'user', done: ['SessionsRevoked'], onBehalf: true },
    ...{ commit: 'users.update', ends: everything('users.update', 'owner', false) },
    run: (service, auth) => service.revokeAllSessions(auth),
  },
  {
    ...{ name: 'revokeOtherSessions', by, guard: 'user', done: ['SessionsRevoked'], onBehalf: true, looksAgain: true },
    ...{ commit: 'users.update', ends: everything('users.update', 'owner', false) },
    run: (service, auth) => service.revokeOtherSessions(auth),
  },
  {
    ...{ name: 'revokeSession (current)', by, guard: 'user', done: ['SessionsRevoked'], looksAgain: true },
    ...{ commit: 'sessions.deleteByHandle', ends: handle(by) },
    run: (service, auth) => service.revokeSession(auth, `handle of ${by}`),
  },
  {
    ...{ name: 'revokeSession (other)', by, guard: 'user', done: ['SessionsRevoked'], looksAgain: true },
    ...{ commit: 'sessions.deleteByHandle', ends: handle(other(by)) },
    run: (service, auth) => service.revokeSession(auth, `handle of ${other(by)}`),
  },
  {
    ...{ name: 'logout', by, guard: 'nobody', done: ['LogoutSuccess'] },
    ...{ commit: 'sessions.deleteByHandle', ends: handle(by) },
    run: (service, auth) => service.logout(auth),
  },
]

/** What a mailbox's owner does, or somebody who comes with nothing. */
export const openVerbs: Verb[] = [
  {
    ...{ name: 'fresh login', by: null, guard: 'nobody', done: ['LoginSuccess'], commit: 'users.update' },
    run: (service, auth) => service.login(auth, login),
  },
  {
    ...{ name: 'fresh signup', by: null, guard: 'nobody', done: ['SignupSuccess'], commit: 'users.insert' },
    run: (service, auth) => service.signup(auth, { email: NEW_EMAIL, password: PASSWORDS.old }),
  },
  {
    ...{ name: 'signup (to be verified)', by: null, guard: 'nobody', done: ['MailRequested'], commit: 'users.insert' },
    emailVerification: 'required',
    run: (service, auth) => service.signup(auth, { email: NEW_EMAIL, password: PASSWORDS.old }),
  },
  {
    ...{ name: 'resetPassword', by: null, guard: 'nobody', done: ['ResetPasswordSuccess'], token: 'resetPassword' },
    ...{ commit: 'users.spendToken', ends: everything('users.spendToken') },
    sets: { user: 'owner', fields: { passwordHash: hashed(PASSWORDS.reset), emailVerified: true } },
    run: (service, auth) => service.resetPassword(auth, { token: TOKENS.resetPassword, newPassword: PASSWORDS.reset }),
  },
  {
    ...{ name: 'confirm changeEmail', by: null, guard: 'nobody', done: ['VerifyEmailSuccess'], token: 'changeEmail' },
    ...{ commit: 'users.spendToken', sets: { user: 'owner', fields: { email: NEW_EMAIL, emailVerified: true } } },
    run: (service, auth) => service.verifyEmail(auth, TOKENS.changeEmail),
  },
  {
    ...{ name: 'verifyEmail', by: null, guard: 'nobody', done: ['VerifyEmailSuccess'], token: 'verifyEmail' },
    ...{ commit: 'users.spendToken', sets: { user: 'owner', fields: { emailVerified: true } } },
    run: (service, auth) => service.verifyEmail(auth, TOKENS.verifyEmail),
  },
  ...(['attempt', 'otherAttempt'] as const).map(
    (attempt): Verb => ({
      ...{ name: `verifyEmail (${attempt})`, by: null, guard: 'nobody', done: ['VerifyEmailSuccess'] },
      ...{ token: 'verifyEmail', commit: 'users.confirmAttempt', ends: everything('users.confirmAttempt') },
      sets: {
        user: 'owner',
        fields: {
          passwordHash: hashed(PASSWORDS.attempt),
          firstName: attempt === 'attempt' ? 'Attempt' : 'Other',
          emailVerified: true,
        },
      },
      run: (service, auth) => service.verifyEmail(auth, TOKENS[attempt]),
    }),
  ),
  {
    ...{ name: 'acceptInvitation', by: null, guard: 'nobody', done: ['SignupSuccess'], commit: 'users.insert' },
    run: (service, auth) => service.acceptInvitation(auth, { token: TOKENS.invitation, password: PASSWORDS.attempt }),
  },
  {
    ...{ name: 'the mail worker', by: null, guard: 'nobody', done: ['Sent'], commit: 'users.setToken' },
    async run({ sendMail }) {
      return { kind: (await sendMail()) ? 'Sent' : 'Failed' }
    },
  },
]

/** What an ADMIN does with another user or with themself. */
export function adminVerbs(by: 'own' | 'chief', on: 'owner' | 'chief'): Verb[] {
  const roles = (given: Role[]): Verb => ({
    ...{ name: `setUserRoles (${on}: ${given.join() || 'none'})`, by, guard: 'staff', done: ['AdminUserSuccess'] },
    ...{
      looksAgain: true,
      commit: ['users.updateRoles', 'users.demote'],
      sets: { user: on, fields: { roles: given } },
    },
    run: (service, auth) => service.setUserRoles(auth, on, given),
  })
  const self = (by === 'own' ? 'owner' : 'chief') === on
  const disable: Verb = {
    ...{ name: `disableUser (${on})`, by, guard: 'staff', done: ['AdminUserSuccess'], looksAgain: true },
    ...{ commit: ['users.disable', 'users.demote'], ends: everything(['users.disable', 'users.demote'], on) },
    sets: { user: on, fields: { disabledAt: NOW } },
    run: (service, auth) => service.disableUser(auth, on),
  }
  const revoke: Verb = {
    ...{ name: `revokeUserSessions (${on})`, by, guard: 'staff', done: ['SessionsRevoked'], looksAgain: true },
    ...{ commit: 'users.updateById', ends: everything('users.updateById', on, false) },
    run: (service, auth) => service.revokeUserSessions(auth, on),
  }
  const invite: Verb = {
    ...{ name: 'inviteUser', by, guard: 'staff', done: ['MailRequested'], commit: 'mails.insert' },
    run: (service, auth) => service.inviteUser(auth, { email: GUEST_EMAIL }),
  }
  return [roles([]), roles(['SUPPORT']), revoke, invite, ...(self ? [] : [disable])]
}

/** Tells whether a step is the one that is meant. */
export const isStep = (meant: Step | undefined, label: string): boolean =>
  typeof meant === 'string' ? meant === label : (meant?.includes(label) ?? false)
