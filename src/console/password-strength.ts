import { ZxcvbnFactory } from '@zxcvbn-ts/core'
import { adjacencyGraphs, dictionary } from '@zxcvbn-ts/language-common'

export type Strength = 'weak' | 'fair' | 'good' | 'strong'

const zxcvbn = new ZxcvbnFactory({ dictionary, graphs: adjacencyGraphs })
const COMMON = new Set(dictionary['passwords-common'])
/** By zxcvbn's score, 0 to 4. */
const STRENGTHS: readonly Strength[] = ['weak', 'weak', 'fair', 'good', 'strong']
/** What comes after it is of no matter to the score, but takes time. */
const MAX_CHECKED = 64

/** Estimates how hard a password is to guess for somebody who knows the user's own data. */
export function estimateStrength(password: string, ownData: readonly string[]): Strength {
  const text = password.normalize('NFKC')
  if (COMMON.has(text.toLowerCase())) return 'weak'
  const { score } = zxcvbn.check(text.slice(0, MAX_CHECKED), ownData.filter(Boolean))
  return STRENGTHS[score] ?? 'weak'
}
