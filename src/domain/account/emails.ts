/**
 * The threat: two users of one mailbox, or one user of two. Unicode case folding makes `K` (the Kelvin sign) a `k` and
 * lengthens `İ`, so only ASCII is folded, and a local part beyond ASCII is refused.
 */
import { domainToASCII } from 'node:url'

/** RFC 5321: a path of 256 octets without its brackets. */
export const MAX_EMAIL_LENGTH = 254
const MAX_LOCAL_PART_LENGTH = 64

/** RFC 5321's Dot-string: atoms with dots between them. Quoted local parts are refused. */
const LOCAL_PART = /^[a-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/
const DOMAIN = /^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])$/

// Whatever else the conversion to ASCII drops, decodes or stops at (a line break, a `%`, a `/`) would reach a mail's header.
const TYPED_DOMAIN = /^[\p{L}\p{M}\p{N}.\u3002\uff0e\uff61-]+$/u

const toLowerAscii = (text: string) => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase())

export interface EmailAddress {
  email: string
  emailCanonical: string
}

/** Reads an address. Returns null if no mail can reach it. */
export function readEmail(text: string): EmailAddress | null {
  const email = text.trim()
  const at = email.lastIndexOf('@')
  if (at < 1 || email.length > MAX_EMAIL_LENGTH || !TYPED_DOMAIN.test(email.slice(at + 1))) return null
  const local = toLowerAscii(email.slice(0, at))
  const domain = domainToASCII(email.slice(at + 1)).toLowerCase()
  const emailCanonical = `${local}@${domain}`
  if (!LOCAL_PART.test(local) || local.length > MAX_LOCAL_PART_LENGTH || !DOMAIN.test(domain)) return null
  return emailCanonical.length <= MAX_EMAIL_LENGTH ? { email, emailCanonical } : null
}

/** Converts the start of an address to its canonical form. */
export const toCanonicalPrefix = (text: string): string => toLowerAscii(text.trim())
