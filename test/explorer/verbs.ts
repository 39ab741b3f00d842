import type { Asker } from '../../src/domain/sessions.ts'
import type { Role, TokenPurpose, User, Viewer } from '../../src/model.ts'
import type { Wired } from './wiring.ts'
import { hashed, NEW_EMAIL, NOW, OWN_EMAIL, PASSWORDS, TOKENS } from './world.ts'

/** Whose cookie a request carries: the session of that name. */
export type Cookie = 'own' | 'other' | 'chief'

/** What a verb ends, once its step `at` is done. */
export type Ending = { readonly at: string } & (
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
  run(verbs: Wired, asker: Asker, viewer: Viewer): Promise<{ readonly kind: string }>
  /** The outcomes that say that it is done. */
  readonly done: readonly string[]
  /** The one write that does it. */
  readonly commit: string
  /** That write asks for the generation of the session that the request came with. */
  readonly onBehalf?: boolean
  /** Just before that write the session is looked at again. */
  readonly looksAgain?: boolean
  readonly ends?: Ending
  readonly sets?: { readonly user: 'owner' | 'chief'; readonly fields: Fields }
  /** The token that it spends. */
  readonly token?: TokenPurpose
}

const everything = (at: string, user: 'owner' | 'chief' = 'owner', credential = true): Ending => ({
  ...{ at, scope: 'user', user, credential },
})
const handle = (of: Cookie): Ending => ({ at: 'sessions.removeByHandle', scope: 'handle', of })

const login = { email: OWN_EMAIL, password: PASSWORDS.old }
const other = (by: Cookie): Cookie => (by === 'own' ? 'other' : 'own')

/** What somebody does who has one of the owner's sessions. */
export const sessionVerbs = (by: 'own' | 'other'): Verb[] => [
  {
    ...{ name: 'login', by, guard: 'nobody', done: ['LoginSuccess'], commit: 'users.change', ends: handle(by) },
    run: ({ signin }, asker) => signin.login({ ...login, rememberMe: true }, asker),
  },
  {
    ...{ name: 'signup', by, guard: 'nobody', done: ['SignupSuccess'], commit: 'users.insert', ends: handle(by) },
    run: ({ signup }, asker) => signup({ email: NEW_EMAIL, password: PASSWORDS.old }, asker),
  },
  {
    ...{ name: 'reauthenticate', by, guard: 'user', done: ['ReauthenticateSuccess'], commit: 'sessions.entomb' },
    ends: { at: 'sessions.entomb', scope: 'value', of: by },
    run: ({ signin }, asker, viewer) => signin.reauthenticate({ password: PASSWORDS.old }, viewer, asker),
  },
  {
    ...{ name: 'changePassword', by, guard: 'user', done: ['ChangePasswordSuccess'], onBehalf: true, looksAgain: true },
    ...{ commit: 'users.changeAndSpendTokens', ends: everything('users.changeAndSpendTokens') },
    sets: { user: 'owner', fields: { passwordHash: hashed(PASSWORDS.changed) } },
    run: ({ account }, asker, viewer) =>
      account.changePassword({ currentPassword: PASSWORDS.old, newPassword: PASSWORDS.changed }, viewer, asker),
  },
  {
    ...{ name: 'updateProfile', by, guard: 'user', done: ['UpdateProfileSuccess'], onBehalf: true },
    ...{ commit: 'users.change', sets: { user: 'owner', fields: { firstName: 'Profile' } } },
    run: ({ account }, asker, viewer) => account.updateProfile({ firstName: 'Profile' }, viewer, asker),
  },
  {
    ...{ name: 'deleteAccount', by, guard: 'user', done: ['DeleteAccountSuccess'], onBehalf: true, looksAgain: true },
    ...{ commit: 'users.remove', ends: everything('users.remove') },
    run: ({ account }, asker, viewer) => account.deleteAccount(viewer, asker),
  },
  {
    ...{ name: 'revokeAllSessions', by, guard: 'user', done: ['SessionsRevoked'], onBehalf: true },
    ...{ commit: 'users.change', ends: everything('users.change', 'owner', false) },
    run: ({ revocation }, asker, viewer) => revocation.revokeAll(viewer, asker),
  },
  {
    ...{ name: 'revokeOtherSessions', by, guard: 'user', done: ['SessionsRevoked'], onBehalf: true, looksAgain: true },
    ...{ commit: 'users.change', ends: everything('users.change', 'owner', false) },
    run: ({ revocation }, asker, viewer) => revocation.revokeOthers(viewer, asker),
  },
  {
    ...{ name: 'revokeSession (current)', by, guard: 'user', done: ['SessionsRevoked'], looksAgain: true },
    ...{ commit: 'sessions.removeByHandle', ends: handle(by) },
    run: ({ revocation }, asker, viewer) => revocation.revoke(`handle of ${by}`, viewer, asker),
  },
  {
    ...{ name: 'revokeSession (other)', by, guard: 'user', done: ['SessionsRevoked'], looksAgain: true },
    ...{ commit: 'sessions.removeByHandle', ends: handle(other(by)) },
    run: ({ revocation }, asker, viewer) => revocation.revoke(`handle of ${other(by)}`, viewer, asker),
  },
  {
    ...{ name: 'logout', by, guard: 'nobody', done: ['LogoutSuccess'] },
    ...{ commit: 'sessions.removeByHandle', ends: handle(by) },
    run: ({ signin }, asker) => signin.logout(asker),
  },
]

/** What a mailbox's owner does, or somebody who comes with nothing. */
export const openVerbs: Verb[] = [
  {
    ...{ name: 'fresh login', by: null, guard: 'nobody', done: ['LoginSuccess'], commit: 'users.change' },
    run: ({ signin }, asker) => signin.login(login, asker),
  },
  {
    ...{ name: 'fresh signup', by: null, guard: 'nobody', done: ['SignupSuccess'], commit: 'users.insert' },
    run: ({ signup }, asker) => signup({ email: NEW_EMAIL, password: PASSWORDS.old }, asker),
  },
  {
    ...{ name: 'signup (to be verified)', by: null, guard: 'nobody', done: ['MailRequested'], commit: 'users.insert' },
    emailVerification: 'required',
    run: ({ signup }, asker) => signup({ email: NEW_EMAIL, password: PASSWORDS.old }, asker),
  },
  {
    ...{ name: 'resetPassword', by: null, guard: 'nobody', done: ['ResetPasswordSuccess'], token: 'resetPassword' },
    ...{ commit: 'users.spendToken', ends: everything('users.spendToken') },
    sets: { user: 'owner', fields: { passwordHash: hashed(PASSWORDS.reset), emailVerified: true } },
    run: ({ recovery }, asker) =>
      recovery.resetPassword({ token: TOKENS.resetPassword, newPassword: PASSWORDS.reset }, asker),
  },
  {
    ...{ name: 'confirm changeEmail', by: null, guard: 'nobody', done: ['VerifyEmailSuccess'], token: 'changeEmail' },
    ...{ commit: 'users.spendToken', sets: { user: 'owner', fields: { email: NEW_EMAIL, emailVerified: true } } },
    run: ({ recovery }, asker) => recovery.verifyEmail(TOKENS.changeEmail, asker),
  },
  {
    ...{ name: 'verifyEmail', by: null, guard: 'nobody', done: ['VerifyEmailSuccess'], token: 'verifyEmail' },
    ...{ commit: 'users.spendToken', sets: { user: 'owner', fields: { emailVerified: true } } },
    run: ({ recovery }, asker) => recovery.verifyEmail(TOKENS.verifyEmail, asker),
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
      run: ({ recovery }, asker) => recovery.verifyEmail(TOKENS[attempt], asker),
    }),
  ),
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
    ...{ looksAgain: true, commit: 'users.changeById', sets: { user: on, fields: { roles: given } } },
    run: ({ administration }, asker, viewer) => administration.setRoles(on, given, viewer, asker),
  })
  const self = (by === 'own' ? 'owner' : 'chief') === on
  const disable: Verb = {
    ...{ name: `disableUser (${on})`, by, guard: 'staff', done: ['AdminUserSuccess'], looksAgain: true },
    ...{ commit: 'users.disable', ends: everything('users.disable', on) },
    sets: { user: on, fields: { disabledAt: NOW } },
    run: ({ administration }, asker, viewer) => administration.disableUser(on, viewer, asker),
  }
  const revoke: Verb = {
    ...{ name: `revokeUserSessions (${on})`, by, guard: 'staff', done: ['SessionsRevoked'], looksAgain: true },
    ...{ commit: 'users.changeById', ends: everything('users.changeById', on, false) },
    run: ({ administration }, asker, viewer) => administration.revokeUserSessions(on, viewer, asker),
  }
  return [roles([]), roles(['SUPPORT']), revoke, ...(self ? [] : [disable])]
}
