import { DAYS } from '../units.ts'
import { parseDuration } from './duration.ts'
import { SettingFault } from './fault.ts'

export interface RateLimit {
  points: number
  durationMs: number
}

/** @throws SettingFault for anything but `off` or a limit such as `5 per 1m`, of at most `maxPoints`, per at most a day */
export function readRateLimit(text: string, maxPoints: number): RateLimit | null {
  if (text === 'off') return null
  const [, amount, span = ''] = /^(\d{1,6}) +per +(\S+)$/.exec(text.trim()) ?? []
  const [points, durationMs] = [Number(amount), parseDuration(span)]
  if (points >= 1 && points <= maxPoints && durationMs !== null && durationMs <= DAYS) return { points, durationMs }
  throw new SettingFault(
    `must be a limit such as 5 per 1m (a number from 1 to ${maxPoints}, a duration from 2s to 24h), or off`,
  )
}
