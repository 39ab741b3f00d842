/**
 * The threat: a password that was stolen elsewhere is tried here first (credential stuffing). So new passwords are looked up among
 * known breaches by k-anonymity: the service sees five of 40 hex digits of the hash, and padding hides the size of its answer.
 */
import { createHash } from 'node:crypto'
import { SECONDS } from '../../units.ts'
import type { Report } from '../events.ts'

const TIMEOUT_MS = 1 * SECONDS
const PREFIX_LENGTH = 5
/** The service's answers have about 1,000 lines of 40 characters. */
const MAX_ANSWER_LENGTH = 1_000_000

/** Tells whether a password was seen in a breach. */
export type IsBreached = (password: string, report: Report) => Promise<boolean>

/** Tells whether the range has the rest of the hash. Padding has a count of 0. */
function hasSuffix(range: string, suffix: string): boolean {
  return range.split('\n').some((line) => {
    const [found = '', count = ''] = line.trim().split(':')
    return found.toUpperCase() === suffix && Number(count) > 0
  })
}

async function fetchRange(base: string, prefix: string): Promise<string> {
  const response = await fetch(`${base}/range/${prefix}`, {
    headers: { 'Add-Padding': 'true', 'User-Agent': 'Gatehouse' },
    redirect: 'error',
    signal: AbortSignal.timeout(TIMEOUT_MS),
  })
  if (!response.ok) throw new Error(`status ${response.status}`)
  return (await response.text()).slice(0, MAX_ANSWER_LENGTH)
}

/** Creates the lookup in a range service; without one, no password counts as breached. A failure lets the password pass. */
export function createBreachLookup(base: string | null): IsBreached {
  if (base === null) return async () => false
  return async (password, report) => {
    const hash = createHash('sha1').update(password).digest('hex').toUpperCase()
    try {
      return hasSuffix(await fetchRange(base, hash.slice(0, PREFIX_LENGTH)), hash.slice(PREFIX_LENGTH))
    } catch (error) {
      report({ event: 'password.breach-check-failed', error: (error as Error).name })
      return false
    }
  }
}
