import { readFile } from 'node:fs/promises'

/** A mail as its reader sees it. */
export interface ReceivedMail {
  to: string
  subject: string
  text: string
  raw: string
  /** The token of the link that the mail asks to open. */
  token: string | undefined
  link: string | undefined
}

const decode = (text: string) =>
  text.replace(/=\r?\n/g, '').replace(/=([0-9A-F]{2})/g, (_match, hex) => String.fromCharCode(Number.parseInt(hex, 16)))

/** Reads a mail from the file that the development mailer wrote. */
export const readMail = async (file: string): Promise<ReceivedMail> => parseMail(await readFile(file, 'utf8'))

/** Reads a mail from its source. */
export function parseMail(raw: string): ReceivedMail {
  const header = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(raw)?.[1]?.trim() ?? ''
  const text = decode(raw)
  const link = /https?:\/\/\S+#token=[\w-]+/.exec(text)?.[0]
  return {
    to: header('To').replace(/^<|>$/g, ''),
    subject: header('Subject'),
    text,
    raw,
    link,
    token: link?.split('#token=')[1],
  }
}
