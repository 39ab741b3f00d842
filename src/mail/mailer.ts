import { randomUUID } from 'node:crypto'
import { mkdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { domainToASCII } from 'node:url'
import nodemailer from 'nodemailer'
import type { Logger } from 'pino'
import { SECONDS } from '../units.ts'
import { MailRefused } from './mail-refused.ts'
import { type Mail, type MailSettings, writeMessage } from './messages.ts'

/**
 * Keeps out-of-office replies and other answers of machines away (RFC 3834, 5; the second is what Exchange understands). Bounces
 * still come.
 */
const HEADERS = { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'DR, RN, NRN, OOF, AutoReply' }

const TIMEOUTS = { connectionTimeout: 10 * SECONDS, greetingTimeout: 10 * SECONDS, socketTimeout: 30 * SECONDS }

/** Sends mails, and can be closed. */
export interface Mailer {
  /** @throws MailRefused where the mail server will never take the mail; any other error where it may, later */
  send(mail: Mail): Promise<void>
  close(): void
}

/**
 * An address and nothing more: not parsed as a list, so that it names one recipient whatever is in it. Its domain is the one
 * that identifies the user, however it was typed.
 */
function toRecipient(email: string): { name: string; address: string } {
  const [local, domain = ''] = email.split('@')
  return { name: '', address: `${local}@${domainToASCII(domain)}` }
}

/** Replies about the sender's access, which its operator can still mend (RFC 4954, 6). */
const ACCESS_REPLIES = [530, 534, 535, 538]

/** What a mail server answers may quote the mail, so of its refusal only the codes are told. */
function toMailError(error: unknown): Error {
  const {
    code = 'unknown',
    responseCode = 0,
    command,
  } = error as { code?: string; responseCode?: number; command?: string }
  const facts = [code, command, responseCode || undefined].filter((fact) => fact !== undefined)
  const message = `The mail server did not take a mail: ${facts.join(' ')}.`
  const isAboutMail = code === 'EENVELOPE' || code === 'EMESSAGE'
  const isFinal = responseCode >= 500 && responseCode <= 599 && !ACCESS_REPLIES.includes(responseCode)
  return isAboutMail && isFinal ? new MailRefused(message, responseCode) : new Error(message)
}

/** Sends by SMTP. The message goes to the address that is kept with the user, never to one that a request gave. */
export function createSmtpMailer(smtp: { url: string; from: string }, settings: MailSettings): Mailer {
  const transport = nodemailer.createTransport(smtp.url, { ...TIMEOUTS, from: smtp.from })
  return {
    async send(mail) {
      const { subject, text, html } = writeMessage(mail, settings)
      await transport.sendMail({ to: toRecipient(mail.to), headers: HEADERS, subject, text, html }).catch((error) => {
        throw toMailError(error)
      })
    },
    close: () => transport.close(),
  }
}

/** For development: each mail becomes a file in the directory, and its link a line of the log. */
export function createFileMailer(directory: string, settings: MailSettings, log: Logger): Mailer {
  const transport = nodemailer.createTransport({ streamTransport: true, buffer: true })
  return {
    async send(mail) {
      const { subject, text, html, link } = writeMessage(mail, settings)
      const from = { name: settings.serviceName, address: 'no-reply@localhost' }
      const { message } = await transport.sendMail({
        from,
        to: toRecipient(mail.to),
        headers: HEADERS,
        subject,
        text,
        html,
      })
      await mkdir(directory, { recursive: true, mode: 0o700 })
      const name = `${new Date().toISOString().replaceAll(':', '-')}-${mail.kind}-${randomUUID().slice(0, 8)}.eml`
      const path = join(directory, name)
      await writeFile(`${path}.part`, message as Buffer, { mode: 0o600 })
      await rename(`${path}.part`, path)
      log.info(
        { event: 'mail.written', file: path, link },
        link ? `Mail for development: ${link}` : 'Mail for development',
      )
    },
    close: () => transport.close(),
  }
}
