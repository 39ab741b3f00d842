import { type Branding, buildHtml, buildText } from './layout.ts'

/** A mail's subject matter. A token appears only in the link. */
export type Mail =
  | { kind: 'verifyEmail' | 'changeEmail' | 'resetPassword'; to: string; token: string }
  | { kind: 'signupAttempted' | 'passwordChanged' | 'emailChanged'; to: string }
  | { kind: 'newDevice'; to: string; at: Date; deviceName: string }
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

const IGNORE = "If you didn't request this, you can ignore this mail."

const TEMPLATES: Record<Exclude<Mail['kind'], 'feature' | 'newDevice'>, Template> = {
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
  if (mail.kind === 'feature') return { subject: mail.subject, paragraphs: mail.text.split(/\n{2,}/) }
  if (mail.kind === 'newDevice') return { subject: 'New login to your account', paragraphs: describeLogin(mail) }
  return TEMPLATES[mail.kind]
}
