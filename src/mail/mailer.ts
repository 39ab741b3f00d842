import { randomUUID } from 'node:crypto'
import { mkdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { domainToASCII } from 'node:url'
import type { SendMailOptions, SentMessageInfo } from 'nodemailer'
import type { Logger } from 'pino'
import { SECONDS } from '../units.ts'
import { MailRefused } from './mail-refused.ts'
import { type Mail, type MailSettings, writeMessage } from './messages.ts'
import { describeCodes, type SmtpCodes } from './smtp-codes.ts'

/** Suppress automatic replies, but no bounces (RFC 3834, 5; the second header is Exchange's). */
const HEADERS = { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'DR, RN, NRN, OOF, AutoReply' }

const TIMEOUTS = { connectionTimeout: 10 * SECONDS, greetingTimeout: 10 * SECONDS, socketTimeout: 30 * SECONDS }

export interface Mailer {
  /** @throws MailRefused if the mail server will never accept the mail; any other error if it may later */
  send(mail: Mail): Promise<void>
  close(): void
}

/** Not parsed as a list, so it names one recipient. The domain is the one that identifies the user, however it was typed. */
function toRecipient(email: string): { name: string; address: string } {
  const [local, domain = ''] = email.split('@')
  return { name: '', address: `${local}@${domainToASCII(domain)}` }
}

/** Replies about the sender's access, which the operator can fix (RFC 4954, 6). */
const ACCESS_REPLIES = [530, 534, 535, 538]

/** A mail server's reply may quote the mail, so only its codes are kept. */
function toMailError(error: unknown): Error {
  const codes = error as SmtpCodes
  const { code, responseCode = 0 } = codes
  const message = `The mail server did not take a mail: ${describeCodes(codes)}.`
  const isAboutMail = code === 'EENVELOPE' || code === 'EMESSAGE'
  const isFinal = responseCode >= 500 && responseCode <= 599 && !ACCESS_REPLIES.includes(responseCode)
  return isAboutMail && isFinal ? new MailRefused(message, responseCode) : new Error(message)
}

/** Loads nodemailer with the first mail: it is a quarter of the service's code, and no part of its start. */
function createTransport(options: object, defaults: SendMailOptions = {}) {
  const load = async () => (await import('nodemailer')).default.createTransport(options, defaults)
  let transport: ReturnType<typeof load> | undefined
  return {
    async send(mail: SendMailOptions): Promise<SentMessageInfo> {
      transport ??= load()
      return (await transport).sendMail(mail)
    },
    close: () => void transport?.then((opened) => opened.close()),
  }
}

/** Sends by SMTP. The mail goes to the stored address, never to one from a request. */
export function createSmtpMailer(smtp: { url: string; from: string }, settings: MailSettings): Mailer {
  const transport = createTransport({ url: smtp.url, ...TIMEOUTS }, { from: smtp.from })
  return {
    async send(mail) {
      const { subject, text, html } = writeMessage(mail, settings)
      await transport.send({ to: toRecipient(mail.to), headers: HEADERS, subject, text, html }).catch((error) => {
        throw toMailError(error)
      })
    },
    close: transport.close,
  }
}

/** For development: writes each mail to a file and logs its link. */
export function createFileMailer(directory: string, settings: MailSettings, log: Logger): Mailer {
  const transport = createTransport({ streamTransport: true, buffer: true })
  return {
    async send(mail) {
      const { subject, text, html, link } = writeMessage(mail, settings)
      const from = { name: settings.serviceName, address: 'no-reply@localhost' }
      const { message } = await transport.send({
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
    close: transport.close,
  }
}
