import type { Locale } from '../locales.ts'
import type { FactorChangeKind } from '../model.ts'
import { formatTime, translateMail, translateParagraphs } from '../texts/translate.ts'
import { type Branding, buildHtml, buildText } from './layout.ts'

/** A mail to a user, or to somebody who may become one, in their language. A token appears only in the link. */
export type UserMail = { to: string; locale: Locale } & (
  | { kind: LinkKind; token: string }
  | { kind: 'signupAttempted' | 'passwordChanged' | 'passwordBreached' | 'emailChanged' }
  | { kind: 'newDevice' | 'factorFailed'; at: Date; deviceName: string }
  | { kind: 'factorChanged'; change: FactorChangeKind; name: string | undefined }
  | { kind: 'passkeyCopied'; at: Date; name: string }
  | { kind: 'recoveryCodeUsed'; at: Date; left: number }
)

/** A mail's subject matter; a feature brings its own text. */
export type Mail = UserMail | { kind: 'feature'; to: string; subject: string; text: string }

/** A mail as it is sent; `link` is for the development log. */
export interface Message {
  subject: string
  text: string
  html: string
  link: string | null
}

type LinkKind = 'verifyEmail' | 'changeEmail' | 'resetPassword' | 'factorsReset' | 'invitation'

const PAGES: Record<LinkKind, string> = {
  verifyEmail: 'verify-email',
  changeEmail: 'verify-email',
  resetPassword: 'reset-password',
  factorsReset: 'reset-password',
  invitation: 'accept-invitation',
}

export interface MailSettings extends Branding {
  appUrl: string
}

/** Returns what fills the gaps of a mail's text. */
function readValues(mail: UserMail): Record<string, string | number> {
  return {
    ...('at' in mail ? { date: formatTime(mail.locale, mail.at) } : {}),
    ...('deviceName' in mail ? { device: mail.deviceName } : {}),
    ...('name' in mail ? { name: mail.name ?? '' } : {}),
    ...('left' in mail ? { left: mail.left } : {}),
  }
}

function writeUserMail(mail: UserMail, { appUrl, ...branding }: MailSettings): Message {
  const { locale } = mail
  const text = mail.kind === 'factorChanged' ? mail.change : mail.kind
  const subject = translateMail(locale, `${text}.subject`)
  const paragraphs = translateParagraphs(locale, text, readValues(mail))
  // The fragment goes to no server, so no log has the token.
  const link = 'token' in mail ? `${appUrl}/${PAGES[mail.kind]}#token=${mail.token}` : null
  const labels = { label: translateMail(locale, `${text}.action`), orLink: translateMail(locale, 'orLink') }
  const content = { locale, subject, paragraphs, action: link ? { ...labels, link } : null }
  return { subject, text: buildText(content, branding), html: buildHtml(content, branding), link }
}

/** Builds a mail. */
export function writeMessage(mail: Mail, settings: MailSettings): Message {
  if (mail.kind !== 'feature') return writeUserMail(mail, settings)
  const { subject } = mail
  const content = { subject, paragraphs: mail.text.split(/\n{2,}/), action: null }
  return { subject, text: buildText(content, settings), html: buildHtml(content, settings), link: null }
}
