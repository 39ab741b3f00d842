/**
 * Hashes of other systems, as an import brings them. The threat: a hash names its own cost, so a planted one can take minutes and
 * gigabytes, and a weak one that somebody puts into the database opens an account. So a hash counts only with the mark of an import
 * and up to a bearable cost, and the first login replaces it.
 */
import { createCipheriv, pbkdf2, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import argon2 from 'argon2'
import bcrypt from 'bcrypt'
import { KIB } from '../../units.ts'

/** A hash whose kind is known and whose cost is bearable: it verifies the password as it was typed. */
export type ImportedHash = (password: string) => Promise<boolean>

type Groups = Readonly<Record<string, string>>

interface Kind {
  readonly pattern: RegExp
  /** Returns null where the cost is not bearable. */
  read(groups: Groups, hash: string): ImportedHash | null
}

/** About a second on a slow machine. */
const MAX_BCRYPT_COST = 14
const MAX_PBKDF2_ITERATIONS = 2_000_000
/** In kibibytes, as of argon2id. */
const MAX_MEMORY = 256 * KIB
const MAX_LANES = 8
const MAX_PASSES = 10
const KEY_BYTES = { sha1: 20, sha256: 32, sha512: 64 } as const
const MIN_HASH_BYTES = 16

const runPbkdf2 = promisify(pbkdf2)
const runScrypt = promisify<string, Buffer, number, ScryptOptions, Buffer>(scrypt)

/** Decodes base64, also without padding, and with the dot of passlib in place of the plus. */
const toBytes = (text = ''): Buffer => Buffer.from(text.replaceAll('.', '+'), 'base64')

const isEqual = (a: Buffer, b: Buffer): boolean => a.length === b.length && timingSafeEqual(a, b)

interface ScryptCost {
  log2N: number
  r: number
  p: number
}

/** Returns the cost as Node takes it, or null if it is not bearable (RFC 7914: 128 N r bytes). */
function toScryptOptions({ log2N, r, p }: ScryptCost): ScryptOptions | null {
  const memory = 128 * 2 ** log2N * r
  const isBearable = log2N >= 1 && r >= 1 && p >= 1 && p <= MAX_LANES && memory * p <= MAX_MEMORY * KIB
  return isBearable ? { N: 2 ** log2N, r, p, maxmem: 2 * memory } : null
}

const readScryptCost = ({ ln, r, p }: Groups): ScryptCost => ({ log2N: Number(ln), r: Number(r), p: Number(p) })

const BASE64 = '[A-Za-z0-9+/.]+={0,2}'

const KINDS: readonly Kind[] = [
  {
    pattern: /^\$2[aby]\$(?<cost>\d\d)\$[A-Za-z0-9./]{53}$/,
    read({ cost }, hash) {
      if (Number(cost) < 4 || Number(cost) > MAX_BCRYPT_COST) return null
      // PHP's letter means the same as the b of the others.
      return (password) => bcrypt.compare(password, hash.replace('$2y$', '$2b$'))
    },
  },
  {
    // argon2id is the service's own.
    pattern: /^\$argon2[di]\$v=19\$m=(?<m>\d+),t=(?<t>\d+),p=(?<p>\d+)\$[A-Za-z0-9+/]{11,}\$[A-Za-z0-9+/]{22,}$/,
    read({ m, t, p }, hash) {
      const isBearable = Number(m) <= MAX_MEMORY && Number(m) >= 8 * Number(p)
      const isShort = Number(t) >= 1 && Number(t) <= MAX_PASSES && Number(p) >= 1 && Number(p) <= MAX_LANES
      return isBearable && isShort ? (password) => argon2.verify(hash, password) : null
    },
  },
  {
    pattern: new RegExp(
      `^\\$scrypt\\$ln=(?<ln>\\d+),r=(?<r>\\d+),p=(?<p>\\d+)\\$(?<salt>${BASE64})\\$(?<key>${BASE64})$`,
    ),
    read({ salt, key, ...cost }) {
      const options = toScryptOptions(readScryptCost(cost))
      const expected = toBytes(key)
      if (!options || expected.length < MIN_HASH_BYTES) return null
      return async (password) => isEqual(await runScrypt(password, toBytes(salt), expected.length, options), expected)
    },
  },
  {
    // Firebase encrypts its signer key with scrypt's result; the last two parts are the project's.
    pattern: new RegExp(
      `^\\$firescrypt\\$ln=(?<ln>\\d+),r=(?<r>\\d+),p=(?<p>\\d+)\\$(?<salt>${BASE64})\\$(?<key>${BASE64})\\$(?<separator>${BASE64})\\$(?<signer>${BASE64})$`,
    ),
    read({ salt, key, separator, signer, ...cost }) {
      const options = toScryptOptions(readScryptCost(cost))
      const expected = toBytes(key)
      if (!options || expected.length < MIN_HASH_BYTES) return null
      return async (password) => {
        const derived = await runScrypt(password, Buffer.concat([toBytes(salt), toBytes(separator)]), 32, options)
        const cipher = createCipheriv('aes-256-ctr', derived, Buffer.alloc(16))
        return isEqual(Buffer.concat([cipher.update(toBytes(signer)), cipher.final()]), expected)
      }
    },
  },
  {
    pattern: new RegExp(
      `^\\$pbkdf2(?:-(?<digest>sha1|sha256|sha512))?\\$(?:i=)?(?<i>\\d+)(?:,l=\\d+)?\\$(?<salt>${BASE64})\\$(?<key>${BASE64})$`,
    ),
    read({ digest = 'sha1', i, salt, key }) {
      const iterations = Number(i)
      const expected = toBytes(key)
      const maxBytes = KEY_BYTES[digest as keyof typeof KEY_BYTES]
      if (iterations < 1 || iterations > MAX_PBKDF2_ITERATIONS) return null
      if (expected.length < MIN_HASH_BYTES || expected.length > maxBytes) return null
      return async (password) =>
        isEqual(await runPbkdf2(password, toBytes(salt), iterations, expected.length, digest), expected)
    },
  },
]

const MARK = 'imported '

/** Marks a hash of another system, so that it counts. */
export const markImported = (hash: string): string => MARK + hash

/** Returns a hash as it was before it was marked. */
export const withoutMark = (hash: string): string => (hash.startsWith(MARK) ? hash.slice(MARK.length) : hash)

/** Reads a marked hash. Returns null if it has no mark, its kind is unknown, or its cost is not bearable. */
export function readImportedHash(marked: string): ImportedHash | null {
  if (!marked.startsWith(MARK)) return null
  const hash = withoutMark(marked)
  for (const { pattern, read } of KINDS) {
    const groups = pattern.exec(hash)?.groups
    if (groups) return read(groups, hash)
  }
  return null
}
