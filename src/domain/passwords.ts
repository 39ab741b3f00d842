import { adjacencyGraphs, dictionary } from '@zxcvbn-ts/language-common'
import type { InvalidField, InvalidReason } from './outcomes.ts'

/** In code points: more than any passphrase (NIST SP 800-63B-4 asks for at least 64), and cheap to hash. */
const MAX_LENGTH = 256
const SERVICE_NAME = 'gatehouse'
/** Shorter parts of a name occur in many an innocent sentence. */
const MIN_TOKEN = 3
const MIN_RUN = 4
/** What is left beside the guessable parts must be a password in its own right (OWASP ASVS 5.0, 6.2.1). */
const MIN_REST = 8

const COMMON = new Set(dictionary['passwords-common'].map((password) => password.toLowerCase()))

/** Rows of keys and of signs, along which a finger or a count runs. */
const ROWS = [
  'abcdefghijklmnopqrstuvwxyz',
  '01234567890',
  'qwertyuiop',
  'asdfghjkl',
  'zxcvbnm',
  'qwertzuiop',
  'yxcvbnm',
  'azertyuiop',
  'qsdfghjklm',
  'wxcvbn',
]

const NEIGHBOURS: Readonly<Record<string, readonly (string | null)[]>> = adjacencyGraphs.qwerty

/** The password as it is hashed: NFKC (NIST SP 800-63B), or null where it is not well-formed, since lone surrogates collide. */
export function normalizePassword(password: string): string | null {
  if (!password.isWellFormed()) return null
  const normal = password.normalize('NFKC')
  return [...normal].length <= MAX_LENGTH ? normal : null
}

/** Is the text one unit again and again, the last time perhaps cut short? */
function isRepeated(text: string): boolean {
  const signs = [...text]
  for (let period = 1; period <= signs.length / 2; period += 1) {
    if (signs.every((sign, index) => index < period || sign === signs[index - period])) return true
  }
  return false
}

/** The ways in which the second sign follows the first: the same again, along a row, or to a neighbouring key. */
function stepsBetween(from: string, to: string): Set<string> {
  const steps = new Set<string>()
  if (from === to) steps.add('same')
  for (const row of ROWS) {
    const [here, there] = [row.indexOf(from), row.indexOf(to)]
    if (here >= 0 && there >= 0 && Math.abs(there - here) === 1) steps.add(`${row} ${there - here}`)
  }
  NEIGHBOURS[from]?.forEach((keys, direction) => {
    if (keys?.includes(to)) steps.add(`key ${direction}`)
  })
  return steps
}

/** Where the run that starts here ends: as long as each sign follows the one before in one and the same way. */
function endOfRun(signs: readonly string[], start: number): number {
  let ways = [...stepsBetween(signs[start] ?? '', signs[start + 1] ?? '')]
  for (let end = start + 1; end < signs.length; end += 1) {
    const steps = stepsBetween(signs[end - 1] ?? '', signs[end] ?? '')
    ways = ways.filter((way) => steps.has(way))
    if (ways.length === 0) return end
  }
  return signs.length
}

function withoutRuns(text: string): string {
  const signs = [...text]
  let rest = ''
  for (let at = 0; at < signs.length; ) {
    const end = endOfRun(signs, at)
    const isRun = end - at >= MIN_RUN
    if (!isRun) rest += signs[at]
    at = isRun ? end : at + 1
  }
  return rest
}

const withoutTokens = (text: string, tokens: readonly string[]): string =>
  tokens.reduce((rest, token) => rest.replaceAll(token, ''), text)

/** The texts of a user that a password may not be made of. */
export interface OwnData {
  email: string
  firstName: string | null
  lastName: string | null
}

/** The words of a user's own data and of the service, longest first; the top-level domain is nobody's own. */
function tokensOf({ email, firstName, lastName }: OwnData): string[] {
  const texts = [SERVICE_NAME, email.replace(/\.[^.@]*$/, ''), firstName ?? '', lastName ?? '']
  const folded = texts.map((text) => text.normalize('NFKC').toLowerCase())
  const words = folded.flatMap((text) => [text, text.replace(/[^\p{L}\p{N}]/gu, ''), ...text.split(/[^\p{L}\p{N}]+/u)])
  return [...new Set(words)].filter((word) => [...word].length >= MIN_TOKEN).sort((a, b) => b.length - a.length)
}

/** Known, guessed at once, or made of the user's own data? */
function isCommon(password: string, own: OwnData): boolean {
  const folded = password.toLowerCase()
  if (COMMON.has(folded) || isRepeated(folded)) return true
  const rest = withoutRuns(withoutTokens(folded, tokensOf(own)))
  return rest !== folded && [...rest.replace(/[\s._-]/g, '')].length < MIN_REST
}

/**
 * What is wrong with a new password, or null. By code points after NFKC, at least `minLength`, at most 256; any signs
 * at all (OWASP ASVS 6.2.5), but none of a kept list, no repetition or keyboard run, nothing made of the user's own data.
 */
export function passwordFault(name: string, password: string, minLength: number, own: OwnData): InvalidField | null {
  const fault = (reason: InvalidReason, message: string) => ({ name, reason, message })
  if (!password.isWellFormed()) return fault('MALFORMED', 'The password holds half a character.')
  const normal = password.normalize('NFKC')
  const { length } = [...normal]
  if (length < minLength) return fault('TOO_SHORT', `A password has at least ${minLength} characters.`)
  if (length > MAX_LENGTH) return fault('TOO_LONG', `A password has at most ${MAX_LENGTH} characters.`)
  if (isCommon(normal, own)) return fault('TOO_COMMON', 'This password is too easy to guess.')
  return null
}
