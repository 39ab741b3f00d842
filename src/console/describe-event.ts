import type { ActivityQuery } from './gql/graphql.ts'

type ListedEvent = NonNullable<ActivityQuery['activity']>['edges'][number]['node']

/** What each kind of event says to the user whose account it is about. */
const SENTENCES: Readonly<Record<string, string>> = {
  'signup.succeeded': 'Created the account',
  'invitation.accepted': 'Accepted the invitation',
  'user.created': 'The account was created',
  'user.imported': 'The account was taken over from another system',
  'login.succeeded': 'Logged in',
  'login.failed': 'A login failed',
  'login.factor-required': 'Entered the password; a second factor was asked for',
  'login.factor-failed': 'Entered the password and a wrong second factor',
  'reauthentication.succeeded': 'Confirmed the identity',
  'reauthentication.failed': 'Failed to confirm the identity',
  logout: 'Logged out',
  'password.changed': 'Changed the password',
  'password.change-refused': 'Failed to change the password',
  'password.breached': 'The password was found in a data breach',
  'password.reset': 'Set a new password by mail',
  'email.verified': 'Verified the email address',
  'email.change-requested': 'Asked for another email address',
  'email.changed': 'Changed the email address',
  'factor.refused': 'Entered a wrong second factor',
  'factor.counter-went-back': 'A passkey was refused that may have been copied',
  'factor.added': 'Added a second factor',
  'factor.removed': 'Removed a second factor',
  'factor.recovery-code-used': 'Used a recovery code',
  'factors.reset': 'The second factors were reset',
  'profile.updated': 'Changed the profile',
  'user.exported': 'Took a copy of the data',
  'sessions.revoked': 'Ended sessions',
  'user.roles-set': 'The roles were changed',
  'user.disabled': 'The account was disabled',
  'user.enabled': 'The account was enabled',
}

/** Describes an event in a sentence: "Logged in, from Chrome on Windows". A kind of a later version is told by its name. */
export function describeEvent({ kind, byStaff, device }: ListedEvent): string {
  const sentence = SENTENCES[kind] ?? kind
  if (byStaff) return `${sentence}, by staff`
  return device ? `${sentence}, from ${device.name}` : sentence
}
