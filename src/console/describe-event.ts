import { describeDevice } from './describe-device.ts'
import type { ActivityQuery } from './gql/graphql.ts'
import { t } from './translate.ts'

/** What a sentence about an event is made of. */
export type ListedEvent = Pick<
  NonNullable<ActivityQuery['activity']>['edges'][number]['node'],
  'kind' | 'byStaff' | 'device'
>

/** What each kind of event says. */
const SENTENCES: Readonly<Record<string, () => string>> = {
  'signup.succeeded': () => t('Created the account'),
  'signup.refused': () => t('A sign-up was refused'),
  'invitation.requested': () => t('Invited somebody'),
  'invitation.accepted': () => t('Accepted the invitation'),
  'user.created': () => t('The account was created'),
  'user.imported': () => t('The account was taken over from another system'),
  'login.succeeded': () => t('Logged in'),
  'login.failed': () => t('A login failed'),
  'login.factor-required': () => t('Entered the password; a second factor was asked for'),
  'login.factor-failed': () => t('Entered the password and a wrong second factor'),
  'reauthentication.succeeded': () => t('Confirmed the identity'),
  'reauthentication.failed': () => t('Failed to confirm the identity'),
  logout: () => t('Logged out'),
  'password.changed': () => t('Changed the password'),
  'password.change-refused': () => t('Failed to change the password'),
  'password.breached': () => t('The password was found in a data breach'),
  'password.reset-requested': () => t('Asked for a new password'),
  'password.reset': () => t('Set a new password by mail'),
  'email.verification-requested': () => t('Asked for a link to verify the address'),
  'email.verified': () => t('Verified the email address'),
  'email.change-requested': () => t('Asked for another email address'),
  'email.changed': () => t('Changed the email address'),
  'token.refused': () => t('A link did not work any more'),
  'factor.refused': () => t('Entered a wrong second factor'),
  'factor.counter-went-back': () => t('A passkey was refused that may have been copied'),
  'factor.added': () => t('Added a second factor'),
  'factor.removed': () => t('Removed a second factor'),
  'factor.recovery-code-used': () => t('Used a recovery code'),
  'factors.reset': () => t('The second factors were reset'),
  'profile.updated': () => t('Changed the profile'),
  'user.deleted': () => t('Deleted the account'),
  'user.exported': () => t('Took a copy of the data'),
  'sessions.revoked': () => t('Ended sessions'),
  'user.roles-set': () => t('The roles were changed'),
  'user.disabled': () => t('The account was disabled'),
  'user.enabled': () => t('The account was enabled'),
}

/** Describes an event in a sentence: "Logged in, from Chrome on Windows". A kind of a later version is told by its name. */
export function describeEvent({ kind, byStaff, device }: ListedEvent): string {
  const sentence = SENTENCES[kind]?.() ?? kind
  if (byStaff) return t('{{event}}, by staff', { event: sentence })
  return device ? t('{{event}}, from {{device}}', { event: sentence, device: describeDevice(device) }) : sentence
}
