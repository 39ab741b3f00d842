import type { Hasher } from './hashing.ts'

/** In code points: more than any passphrase (NIST SP 800-63B-4 asks for at least 64), and cheap to hash. */
export const MAX_PASSWORD_LENGTH = 256

/** Returns the password in NFKC (NIST SP 800-63B), or null if it is too long or holds lone surrogates, which all hash the same. */
export function normalizePassword(password: string): string | null {
  if (!password.isWellFormed()) return null
  const normal = password.normalize('NFKC')
  return [...normal].length <= MAX_PASSWORD_LENGTH ? normal : null
}

export const hashPassword = (hasher: Hasher, password: string): Promise<string> =>
  hasher.hash(normalizePassword(password) ?? '')
