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

/** Decodes quoted-printable text (RFC 2045, 6.7). */
const decode = (text: string) =>
  text
    .replace(/=\r?\n/g, '')
    .replace(/(?:=[0-9A-F]{2})+/g, (bytes) => Buffer.from(bytes.replaceAll('=', ''), 'hex').toString())

/** Decodes the words of a header (RFC 2047). */
const decodeWords = (text: string) =>
  text
    .replace(/\?=\s+=\?/g, '?==?')
    .replace(/=\?UTF-8\?([QB])\?(.*?)\?=/g, (_word, encoding: string, encoded: string) =>
      encoding === 'Q' ? decode(encoded.replaceAll('_', ' ')) : Buffer.from(encoded, 'base64').toString(),
    )

/** Reads a mail from the file that the development mailer wrote. */
export const readMail = async (file: string): Promise<ReceivedMail> => parseMail(await readFile(file, 'utf8'))

/** Reads a mail from its source. */
export function parseMail(raw: string): ReceivedMail {
  const header = (name: string) => new RegExp(`^${name}: (.*(?:\\r?\\n[ \\t].*)*)$`, 'm').exec(raw)?.[1]?.trim() ?? ''
  const text = decode(raw)
  const link = /https?:\/\/\S+#token=[\w-]+/.exec(text)?.[0]
  return {
    to: header('To').replace(/^<|>$/g, ''),
    subject: decodeWords(header('Subject')),
    text,
    raw,
    link,
    token: link?.split('#token=')[1],
  }
}
