import { adjacencyGraphs, dictionary } from '@zxcvbn-ts/language-common'
import type { InvalidField, InvalidReason } from '../outcomes.ts'
import { MAX_PASSWORD_LENGTH, normalizePassword } from './passwords.ts'

const SERVICE_NAME = 'gatehouse'
/** Shorter words occur in ordinary passwords. */
const MIN_WORD_LENGTH = 3
const MIN_RUN_LENGTH = 4
/** What remains without the guessable parts must be a password in its own right (OWASP ASVS 5.0, 6.2.1). */
const MIN_REST_LENGTH = 8

const COMMON = new Set(dictionary['passwords-common'].map((password) => password.toLowerCase()))

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

function isRepeated(text: string): boolean {
  const characters = [...text]
  for (let period = 1; period <= characters.length / 2; period += 1) {
    if (characters.every((character, index) => index < period || character === characters[index - period])) return true
  }
  return false
}

/** Finds the steps from one character to the next: the same again, along a row, or to a neighbouring key. */
function findSteps(from: string, to: string): Set<string> {
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

/** Finds the end of the run that starts here: every step is the same. */
function findRunEnd(characters: readonly string[], start: number): number {
  let ways = [...findSteps(characters[start] ?? '', characters[start + 1] ?? '')]
  for (let end = start + 1; end < characters.length; end += 1) {
    const steps = findSteps(characters[end - 1] ?? '', characters[end] ?? '')
    ways = ways.filter((way) => steps.has(way))
    if (ways.length === 0) return end
  }
  return characters.length
}

function removeRuns(text: string): string {
  const characters = [...text]
  let rest = ''
  for (let at = 0; at < characters.length; ) {
    const end = findRunEnd(characters, at)
    const isRun = end - at >= MIN_RUN_LENGTH
    if (!isRun) rest += characters[at]
    at = isRun ? end : at + 1
  }
  return rest
}

const removeWords = (text: string, words: readonly string[]): string =>
  words.reduce((rest, word) => rest.replaceAll(word, ''), text)

export interface OwnData {
  email: string
  firstName: string | null
  lastName: string | null
}

/** Lists the words of the user's data and of the service, longest first, without the top-level domain. */
function listWords({ email, firstName, lastName }: OwnData): string[] {
  const texts = [SERVICE_NAME, email.replace(/\.[^.@]*$/, ''), firstName ?? '', lastName ?? '']
  const folded = texts.map((text) => text.normalize('NFKC').toLowerCase())
  const words = folded.flatMap((text) => [text, text.replace(/[^\p{L}\p{N}]/gu, ''), ...text.split(/[^\p{L}\p{N}]+/u)])
  return [...new Set(words)].filter((word) => [...word].length >= MIN_WORD_LENGTH).sort((a, b) => b.length - a.length)
}

function isCommon(password: string, own: OwnData): boolean {
  const folded = password.toLowerCase()
  if (COMMON.has(folded) || isRepeated(folded)) return true
  const rest = removeRuns(removeWords(folded, listWords(own)))
  return rest !== folded && [...rest.replace(/[\s._-]/g, '')].length < MIN_REST_LENGTH
}

/**
 * Finds what is wrong with a new password. Its length counts in code points after NFKC, from `minLength` to 256. Any character
 * is allowed (OWASP ASVS 6.2.5), but no common password, no repetition or keyboard run, and nothing made of the user's data.
 */
export function findPasswordProblem(
  name: string,
  password: string,
  minLength: number,
  own: OwnData,
): InvalidField | null {
  const refuse = (reason: InvalidReason, message: string) => ({ name, reason, message })
  if (!password.isWellFormed()) return refuse('MALFORMED', 'Your password contains an invalid character.')
  const { length } = [...password.normalize('NFKC')]
  if (length < minLength) return refuse('TOO_SHORT', `Your password must be at least ${minLength} characters long.`)
  if (length > MAX_PASSWORD_LENGTH) {
    return refuse('TOO_LONG', `Your password must be at most ${MAX_PASSWORD_LENGTH} characters long.`)
  }
  if (isCommon(normalizePassword(password) ?? '', own)) {
    return refuse('TOO_COMMON', 'This password is too easy to guess.')
  }
  return null
}
