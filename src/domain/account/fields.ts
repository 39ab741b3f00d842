import type { InvalidField } from '../outcomes.ts'
import { type EmailAddress, MAX_EMAIL_LENGTH, readEmail } from './emails.ts'

/** In code points. */
const MAX_NAME_LENGTH = 100

const UNPRINTABLE = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u

/** Characters that show nothing by themselves: ignorable ones (ZWJ and ZWNJ too, which join letters inside a name) and blanks. */
const BLANK = /[\p{Default_Ignorable_Code_Point}\u2800\u{1d159}\u{13441}\u{13442}]/gu
const VISIBLE = /[\p{L}\p{N}\p{P}\p{S}]/u

/** Reads a name, trimmed. Returns null if it is absent or blank. */
export function readName(field: string, text: string | null | undefined): string | null | InvalidField {
  const name = text?.trim() ?? ''
  if (!name.isWellFormed() || UNPRINTABLE.test(name)) {
    return { name: field, reason: 'MALFORMED', message: 'A name must not contain control characters.' }
  }
  if ([...name].length > MAX_NAME_LENGTH) {
    return { name: field, reason: 'TOO_LONG', message: `A name must be at most ${MAX_NAME_LENGTH} characters long.` }
  }
  if (name === '') return null
  if (!VISIBLE.test(name.replace(BLANK, ''))) {
    return { name: field, reason: 'MALFORMED', message: 'A name must contain visible characters.' }
  }
  return name
}

export function readEmailField(name: string, text: string): EmailAddress | InvalidField {
  if (text.trim() === '') return { name, reason: 'REQUIRED', message: 'Enter an email address.' }
  if ([...text.trim()].length > MAX_EMAIL_LENGTH) {
    return {
      name,
      reason: 'TOO_LONG',
      message: `An email address must be at most ${MAX_EMAIL_LENGTH} characters long.`,
    }
  }
  return readEmail(text) ?? { name, reason: 'MALFORMED', message: 'Enter a valid email address.' }
}

export const isInvalidField = (value: unknown): value is InvalidField =>
  typeof value === 'object' && value !== null && 'reason' in value
