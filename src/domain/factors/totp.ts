import { Secret, TOTP } from 'otpauth'
import { SECONDS } from '../../units.ts'
import { createRandomSecret } from './random-secret.ts'

/** 160 bits (RFC 4226, 4). */
const SECRET_BYTES = 20
/** RFC 6238's defaults, the only ones that every authenticator app knows. */
const PERIOD_SECONDS = 30
const DIGITS = 6
/** How many steps early or late a code may be, for a clock that is wrong and a user who is slow (RFC 6238, 5.2). */
const WINDOW = 1

const CODE_PATTERN = /^\d{6}$/

const createTotp = (secret: string, names: { issuer?: string; label?: string } = {}) =>
  new TOTP({ ...names, algorithm: 'SHA1', digits: DIGITS, period: PERIOD_SECONDS, secret: Secret.fromBase32(secret) })

/** Creates a secret in base32. */
export const createTotpSecret = (): string => createRandomSecret(SECRET_BYTES).base32

/** Builds the address that authenticator apps read from a QR code. */
export const buildTotpUri = (secret: string, issuer: string, email: string): string =>
  createTotp(secret, { issuer, label: email }).toString()

/** Returns the code's digits, without spaces and in ASCII, or null if it cannot be one of an authenticator app. */
export function readTotpCode(code: string): string | null {
  const plain = code.normalize('NFKC').replace(/\s/g, '')
  return CODE_PATTERN.test(plain) ? plain : null
}

/** Returns the time step of a code, or null if it is wrong. */
export function findStep(secret: string, code: string, now: Date): number | null {
  const timestamp = now.getTime()
  const delta = createTotp(secret).validate({ token: code, timestamp, window: WINDOW })
  return delta === null ? null : Math.floor(timestamp / (PERIOD_SECONDS * SECONDS)) + delta
}
