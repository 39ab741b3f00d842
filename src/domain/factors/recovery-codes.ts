import { createHash } from 'node:crypto'
import { createRandomSecret } from './random-secret.ts'

const CODES = 10
/** 120 bits, so that a plain hash keeps them (OWASP ASVS 6.5.2). */
const CODE_BYTES = 15
const CODE_PATTERN = /^[A-Z2-7]{24}$/
/** What people read for a letter; base32 has none of these digits. */
const MISREAD: Readonly<Record<string, string>> = { 0: 'O', 1: 'I', 8: 'B' }

const hashCode = (code: string): string => createHash('sha256').update(code).digest('hex')

/** Returns the hash of a recovery code, or null if the text cannot be one. Case, hyphens and spaces do not matter. */
export function readRecoveryCode(text: string): string | null {
  const plain = text
    .normalize('NFKC')
    .toUpperCase()
    .replace(/[\s-]/g, '')
    .replace(/[018]/g, (digit) => MISREAD[digit] ?? digit)
  return CODE_PATTERN.test(plain) ? hashCode(plain) : null
}

/** Creates ten recovery codes in groups of four characters, and the hashes to store. */
export function createRecoveryCodes(): { codes: string[]; hashes: string[] } {
  const plain = Array.from({ length: CODES }, () => createRandomSecret(CODE_BYTES).base32)
  return { codes: plain.map((code) => code.match(/.{4}/g)?.join('-') ?? code), hashes: plain.map(hashCode) }
}
