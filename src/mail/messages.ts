import type { FactorChangeKind } from '../model.ts'
import { type Branding, buildHtml, buildText } from './layout.ts'

/** A mail's subject matter. A token appears only in the link. */
export type Mail =
  | { kind: 'verifyEmail' | 'changeEmail' | 'resetPassword' | 'factorsReset' | 'invitation'; to: string; token: string }
  | { kind: 'signupAttempted' | 'passwordChanged' | 'passwordBreached' | 'emailChanged'; to: string }
  | { kind: 'newDevice' | 'factorFailed'; to: string; at: Date; deviceName: string }
  | { kind: 'factorChanged'; to: string; change: FactorChangeKind; name: string | undefined }
  | { kind: 'passkeyCopied'; to: string; at: Date; name: string }
  | { kind: 'recoveryCodeUsed'; to: string; at: Date; left: number }
  | { kind: 'feature'; to: string; subject: string; text: string }

/** A mail as it is sent; `link` is for the development log. */
export interface Message {
  subject: string
  text: string
  html: string
  link: string | null
}

interface Template {
  subject: string
  paragraphs: string[]
  action?: { label: string; page: string }
}

/** The mails whose text depends on nothing but the link. */
type FixedKind =
  | Extract<Mail, { token: string }>['kind']
  | 'signupAttempted'
  | 'passwordChanged'
  | 'passwordBreached'
  | 'emailChanged'

const IGNORE_INVITATION = "If you don't know why you got this, you can ignore this mail."
const IGNORE = "If you didn't request this, you can ignore this mail."

const TEMPLATES: Record<FixedKind, Template> = {
  verifyEmail: {
    subject: 'Verify your email address',
    paragraphs: ['Open this link within 24 hours to verify your email address:', IGNORE],
    action: { label: 'Verify email address', page: 'verify-email' },
  },
  changeEmail: {
    subject: 'Verify your new email address',
    paragraphs: ['Open this link within 24 hours to use this email address for your account:', IGNORE],
    action: { label: 'Verify email address', page: 'verify-email' },
  },
  resetPassword: {
    subject: 'Reset your password',
    paragraphs: ['Open this link within 60 minutes to set a new password:', IGNORE],
    action: { label: 'Set a new password', page: 'reset-password' },
  },
  invitation: {
    subject: 'You have been invited',
    paragraphs: [
      'You have been invited to create an account. Open this link within 7 days to accept:',
      IGNORE_INVITATION,
    ],
    action: { label: 'Accept the invitation', page: 'accept-invitation' },
  },
  factorsReset: {
    subject: 'Set a new password',
    paragraphs: [
      'The people who run this service have removed the second factors of your account. Your old password opens it no longer, and you have been signed out on all devices. Open this link within 60 minutes to set a new password:',
      "If you didn't ask for this, contact the people who run this service.",
    ],
    action: { label: 'Set a new password', page: 'reset-password' },
  },
  signupAttempted: {
    subject: 'Someone tried to sign up with your email address',
    paragraphs: [
      'Someone tried to sign up with this email address, but you already have an account.',
      "If this was you, log in or reset your password. If it wasn't, you don't need to do anything.",
    ],
  },
  passwordChanged: {
    subject: 'Your password was changed',
    paragraphs: [
      'Your password was changed, and you have been signed out on all other devices.',
      "If this wasn't you, reset your password now. That signs out every device.",
    ],
  },
  passwordBreached: {
    subject: 'Your password was found in a data breach',
    paragraphs: [
      'The password of your account was found in a data breach of another service, so somebody may try it here. Log in and set a new one.',
      'Use a password that you use nowhere else.',
    ],
  },
  emailChanged: {
    subject: 'Your email address was changed',
    paragraphs: [
      'The email address of your account was changed. You will get no more mails at this address.',
      "If this wasn't you, contact the people who run this service.",
    ],
  },
}

const describeLogin = ({ at, deviceName }: { at: Date; deviceName: string }): string[] => [
  `Someone logged in to your account on a new device: ${deviceName}, on ${at.toUTCString()}.`,
  "If this was you, you don't need to do anything. If it wasn't, reset your password now. That signs out every device.",
]

const describeFailedFactor = ({ at, deviceName }: { at: Date; deviceName: string }): string[] => [
  `Someone entered your password and then a wrong second factor: ${deviceName}, on ${at.toUTCString()}. They are not signed in.`,
  "If this was you, you don't need to do anything. If it wasn't, somebody knows your password: change it now.",
]

const FACTOR_CHANGES: Record<FactorChangeKind, { subject: string; text: string }> = {
  totpAdded: { subject: 'An authenticator app was added', text: 'An authenticator app was added to your account.' },
  totpReplaced: {
    subject: 'Your authenticator app was replaced',
    text: 'Your authenticator app was replaced by another one.',
  },
  totpRemoved: {
    subject: 'Your authenticator app was removed',
    text: 'Your authenticator app was removed from your account.',
  },
  passkeyAdded: { subject: 'A passkey was added', text: 'A passkey was added to your account' },
  passkeyRemoved: { subject: 'A passkey was removed', text: 'A passkey was removed from your account' },
  recoveryCodesReplaced: {
    subject: 'Your recovery codes were replaced',
    text: 'New recovery codes were made for your account. The old ones no longer work.',
  },
}

const IF_NOT_YOU = "If this wasn't you, reset your password now and contact the people who run this service."

function describeFactorChange({ change, name }: Extract<Mail, { kind: 'factorChanged' }>): Template {
  const { subject, text } = FACTOR_CHANGES[change]
  return { subject, paragraphs: [name === undefined ? text : `${text}: ${name}.`, IF_NOT_YOU] }
}

function describeCopy({ at, name }: Extract<Mail, { kind: 'passkeyCopied' }>): Template {
  const refused = `A login with your passkey ${name} was refused on ${at.toUTCString()}: it was used before in a way that this device does not know, so somebody may have copied it.`
  return { subject: 'A passkey was refused', paragraphs: [refused, 'Remove this passkey if you do not know why.'] }
}

function describeRecovery({ at, left }: Extract<Mail, { kind: 'recoveryCodeUsed' }>): Template {
  const used = `A recovery code of your account was used on ${at.toUTCString()}. You have ${left} left.`
  return { subject: 'A recovery code was used', paragraphs: [used, IF_NOT_YOU] }
}

export interface MailSettings extends Branding {
  appUrl: string
}

/** Builds a mail. Its link carries the token in the fragment, which no server logs. */
export function writeMessage(mail: Mail, { appUrl, ...branding }: MailSettings): Message {
  const { subject, paragraphs, action } = readTemplate(mail)
  const link = action && 'token' in mail ? `${appUrl}/${action.page}#token=${mail.token}` : null
  const content = { subject, paragraphs, action: action && link ? { label: action.label, link } : null }
  return { subject, text: buildText(content, branding), html: buildHtml(content, branding), link }
}

function readTemplate(mail: Mail): Template {
  switch (mail.kind) {
    case 'feature':
      return { subject: mail.subject, paragraphs: mail.text.split(/\n{2,}/) }
    case 'newDevice':
      return { subject: 'New login to your account', paragraphs: describeLogin(mail) }
    case 'factorFailed':
      return { subject: 'Someone knows your password', paragraphs: describeFailedFactor(mail) }
    case 'factorChanged':
      return describeFactorChange(mail)
    case 'passkeyCopied':
      return describeCopy(mail)
    case 'recoveryCodeUsed':
      return describeRecovery(mail)
    default:
      return TEMPLATES[mail.kind]
  }
}
