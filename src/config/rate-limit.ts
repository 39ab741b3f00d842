import { DAYS } from '../units.ts'
import { parseDuration } from './duration.ts'
import { SettingFault } from './fault.ts'

/** How many attempts are let through in a span of time. */
export interface RateLimit {
  points: number
  durationMs: number
}

/**
 * Parses a limit such as `5 per 1m`; null for `off`.
 * @throws SettingFault for more than `maxPoints`, for a span above a day, and for any other text
 */
export function readRateLimit(text: string, maxPoints: number): RateLimit | null {
  if (text === 'off') return null
  const [, amount, span = ''] = /^(\d{1,6}) +per +(\S+)$/.exec(text.trim()) ?? []
  const [points, durationMs] = [Number(amount), parseDuration(span)]
  if (points >= 1 && points <= maxPoints && durationMs !== null && durationMs <= DAYS) return { points, durationMs }
  throw new SettingFault(
    `must be a limit such as 5 per 1m (a number from 1 to ${maxPoints}, a duration from 2s to 24h), or off`,
  )
}
