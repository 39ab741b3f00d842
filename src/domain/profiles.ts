import { type EmailAddress, readEmail } from './emails.ts'
import type { InvalidField } from './outcomes.ts'

/** In code points. */
const LONGEST_NAME = 100

/** Control characters, line separators, and the signs that turn the direction of what follows them. */
const UNPRINTABLE = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u

/** What shows nothing by itself: ignorable signs (ZWJ and ZWNJ too, which join scripts inside a name), and blank letters. */
const BLANK = /[\p{Default_Ignorable_Code_Point}\u2800\u{1d159}\u{13441}\u{13442}]/gu
const VISIBLE = /[\p{L}\p{N}\p{P}\p{S}]/u

/** A name, trimmed: null where it is absent or blank, a fault where it is none. */
export function readName(field: string, text: string | null | undefined): string | null | InvalidField {
  const name = text?.trim() ?? ''
  if (!name.isWellFormed() || UNPRINTABLE.test(name)) {
    return { name: field, reason: 'MALFORMED', message: 'A name has no control characters.' }
  }
  if ([...name].length > LONGEST_NAME) {
    return { name: field, reason: 'TOO_LONG', message: `A name has at most ${LONGEST_NAME} characters.` }
  }
  if (name === '') return null
  if (!VISIBLE.test(name.replace(BLANK, ''))) {
    return { name: field, reason: 'MALFORMED', message: 'A name has characters that can be seen.' }
  }
  return name
}

/** An address from an input, or the fault it has. */
export function readEmailField(name: string, text: string): EmailAddress | InvalidField {
  if (text.trim() === '') return { name, reason: 'REQUIRED', message: 'An email address is needed.' }
  if ([...text.trim()].length > 254)
    return { name, reason: 'TOO_LONG', message: 'An email address has at most 254 characters.' }
  return readEmail(text) ?? { name, reason: 'MALFORMED', message: 'This is no email address.' }
}

/** Is what was read a fault? */
export const isFault = (value: unknown): value is InvalidField =>
  typeof value === 'object' && value !== null && 'reason' in value
