import { CHALLENGES, CODES } from './factor-world.ts'
import { openVerbs, sessionVerbs, type Verb } from './verbs.ts'
import { OWN_EMAIL, PASSWORDS } from './world.ts'

/** These do something else where the user has a second factor. */
const OTHERWISE = [
  'login',
  'fresh login',
  'reauthenticate',
  'verifyEmail',
  'verifyEmail (attempt)',
  'verifyEmail (otherAttempt)',
]
const asBefore = (verbs: readonly Verb[]) => verbs.filter(({ name }) => !OTHERWISE.includes(name))

/** What somebody does who has a session of a user with second factors. */
export const provedVerbs = (by: 'own' | 'other'): Verb[] => [
  ...asBefore(sessionVerbs(by)),
  {
    ...{ name: 'reauthenticate with a code', by, guard: 'user', done: ['ReauthenticateSuccess'] },
    ...{ commit: 'sessions.replace', ends: { at: 'sessions.replace', scope: 'value', of: by } },
    run: (service, auth) => service.reauthenticate(auth, { password: PASSWORDS.old, proof: { code: CODES.app } }),
  },
  {
    ...{ name: 'startTotp', by, guard: 'user', done: ['TotpSetup'], onBehalf: true, looksAgain: true },
    commit: 'factors.setPendingTotp',
    run: (service, auth) => service.startTotp(auth),
  },
  {
    ...{ name: 'removeTotp', by, guard: 'user', done: ['Factors'], onBehalf: true },
    commit: 'factors.removeTotp',
    ends: { at: 'factors.removeTotp', scope: 'user', user: 'owner', credential: false },
    run: (service, auth) => service.removeTotp(auth),
  },
  {
    ...{ name: 'removePasskey', by, guard: 'user', done: ['Factors'], onBehalf: true, looksAgain: true },
    commit: 'factors.removePasskey',
    ends: { at: 'factors.removePasskey', scope: 'user', user: 'owner', credential: false },
    run: (service, auth) => service.removePasskey(auth, 'passkey'),
  },
  {
    ...{ name: 'replaceRecoveryCodes', by, guard: 'user', done: ['RecoveryCodes'], onBehalf: true },
    ...{ commit: 'factors.replaceRecoveryCodes', ends: { at: 'sessions.replace', scope: 'value', of: by } },
    run: (service, auth) => service.replaceRecoveryCodes(auth),
  },
  ...(by === 'own' ? [confirmTotp] : []),
]

/** Puts another app in the place of the one that there is; it was started in the owner's own session. */
const confirmTotp: Verb = {
  ...{ name: 'confirmTotp', by: 'own', guard: 'user', done: ['ConfirmTotpSuccess'], onBehalf: true },
  ...{ commit: 'factors.confirmTotp', ends: { at: 'sessions.replace', scope: 'value', of: 'own' } },
  run: (service, auth) => service.confirmTotp(auth, CODES.other),
}

const completeLogin = (name: string, challenge: string, code: string): Verb => ({
  ...{ name: `completeLogin (${name})`, by: null, guard: 'nobody', done: ['LoginSuccess'], commit: 'factors.spend' },
  run: (service, auth) => service.completeLogin(auth, { challenge, proof: { code } }),
})

/** What somebody does who comes with a password, a challenge or a token. */
export const provingVerbs: Verb[] = [
  ...asBefore(openVerbs),
  {
    ...{
      name: 'login that asks for a factor',
      by: null,
      guard: 'nobody',
      done: ['SecondFactorRequired', 'LoginSuccess'],
    },
    commit: ['loginChallenges.insert', 'users.update'],
    run: (service, auth) => service.login(auth, { email: OWN_EMAIL, password: PASSWORDS.old }),
  },
  { ...completeLogin('wrong code', CHALLENGES.first, CODES.other), done: [] },
  completeLogin('code', CHALLENGES.first, CODES.app),
  completeLogin('code, another login', CHALLENGES.second, CODES.app),
  completeLogin('recovery code', CHALLENGES.first, CODES.recovery),
  completeLogin('recovery code, another login', CHALLENGES.second, CODES.recovery),
]

/** How an ADMIN helps a user who has lost every factor. */
export const resetUserFactors: Verb = {
  ...{ name: 'resetUserFactors', by: 'chief', guard: 'staff', done: ['AdminUserSuccess'], looksAgain: true },
  hidesPassword: true,
  ...{ commit: 'factors.reset', ends: { at: 'factors.reset', scope: 'user', user: 'owner', credential: true } },
  run: (service, auth) => service.resetUserFactors(auth, 'owner'),
}
