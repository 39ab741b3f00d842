/**
 * The threat: the sender goes into the headers of every mail. A line break adds headers, a second address adds a sender, and
 * an encoded word, a comment or a group hides the real one.
 */
import { domainToASCII } from 'node:url'
import { SettingFault } from './fault.ts'

const MAX_ADDRESS_LENGTH = 254
const MAX_NAME_LENGTH = 100

const ATOM = "[\\w!#$%&'*+/=?^`{|}~-]+"
const ADDRESS = new RegExp(`^${ATOM}(?:\\.${ATOM})*@([^\\s@<>()[\\]\\\\,;:"]+)$`)
const NAMED = /^(?:"([^"\\]*)"|([^"\\<>()[\],;:@]*?)) *<([^<>]*)>$/

const isHost = (text: string) =>
  domainToASCII(text)
    .split('.')
    .every((label) => /^[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?$/i.test(label))

function isAddress(text: string): boolean {
  const [, host] = ADDRESS.exec(text) ?? []
  return host !== undefined && text.length <= MAX_ADDRESS_LENGTH && isHost(host)
}

/** @throws SettingFault for anything but one email address, with or without a name */
export function readMailFrom(text: string): string {
  const [, quoted, plain, address = text] = NAMED.exec(text) ?? []
  const name = quoted ?? plain ?? ''
  const isPlain = !/\p{C}|\p{Zl}|\p{Zp}|=\?/u.test(text) && [...name].length <= MAX_NAME_LENGTH
  if (isPlain && isAddress(address)) return text
  throw new SettingFault('must be one email address, or Name <address>, without control characters')
}
