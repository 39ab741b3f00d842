/** What a mail says, and to whom. A token goes into its link and nowhere else. */
export type Mail =
  | { kind: 'verifyEmail' | 'changeEmail' | 'resetPassword'; to: string; token: string }
  | { kind: 'signupAttempted' | 'passwordChanged' | 'emailChanged'; to: string }

/** A mail as it is sent. `link` is what it asks to open, for the development log. */
export interface Message {
  subject: string
  text: string
  html: string
  link: string | null
}

interface Wording {
  subject: string
  lines: string[]
  page?: string
}

const IGNORE = 'If this was not you, ignore this mail: nothing happens.'

const WORDINGS: Record<Mail['kind'], Wording> = {
  verifyEmail: {
    subject: 'Confirm your email address',
    lines: ['Open this link within 24 hours to confirm your email address:', IGNORE],
    page: 'verify-email',
  },
  changeEmail: {
    subject: 'Confirm your new email address',
    lines: ['Open this link within 24 hours to make this your email address:', IGNORE],
    page: 'verify-email',
  },
  resetPassword: {
    subject: 'Set a new password',
    lines: ['Open this link within 60 minutes to set a new password:', IGNORE],
    page: 'reset-password',
  },
  signupAttempted: {
    subject: 'Somebody tried to sign up with your address',
    lines: [
      'Somebody tried to sign up with this email address, which you have confirmed already.',
      'If it was you, log in, or ask for a new password. If it was not, there is nothing to do.',
    ],
  },
  passwordChanged: {
    subject: 'Your password was changed',
    lines: [
      'The password of your account was changed just now, and your other sessions have ended.',
      'If this was not you, ask for a new password at once: that ends every session.',
    ],
  },
  emailChanged: {
    subject: 'Your email address was changed',
    lines: [
      'The email address of your account was changed just now. This address gets no more mails.',
      'If this was not you, get in touch with those who run the service.',
    ],
  },
}

const escapeHtml = (text: string) => text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`)

/** The message of a mail. Links start at the front end's origin, and their token is in the fragment: no log sees it. */
export function writeMessage(mail: Mail, appUrl: string): Message {
  const { subject, lines, page } = WORDINGS[mail.kind]
  const link = page && 'token' in mail ? `${appUrl}/${page}#token=${mail.token}` : null
  const [first = '', ...rest] = lines
  const paragraphs = [first, ...(link ? [link] : []), ...rest]
  const html = paragraphs
    .map((text) => (text === link ? `<a href="${escapeHtml(text)}">${escapeHtml(text)}</a>` : escapeHtml(text)))
    .map((text) => `<p>${text}</p>`)
    .join('\n')
  return { subject, text: `${paragraphs.join('\n\n')}\n`, html: `${html}\n`, link }
}
