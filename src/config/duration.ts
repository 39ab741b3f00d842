import { DAYS, HOURS, MINUTES, SECONDS } from '../units.ts'
import { SettingFault } from './fault.ts'

const UNITS: Record<string, number> = { s: SECONDS, m: MINUTES, h: HOURS, d: DAYS }

export const MIN_DURATION_MS = 2 * SECONDS
const MAX_DURATION_MS = 3650 * DAYS

/** Parses `90s`, `10m`, `24h` or `30d` to milliseconds; null for anything else. */
export function parseDuration(text: string): number | null {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)(s|m|h|d)$/.exec(text) ?? []
  const ms = Math.round(Number(amount) * (UNITS[unit ?? ''] ?? Number.NaN))
  return ms >= MIN_DURATION_MS && ms <= MAX_DURATION_MS ? ms : null
}

/** @throws SettingFault for anything that is no duration or outside `2s` to `max` */
export function readDuration(text: string, max?: string): number {
  const ms = parseDuration(text)
  const limit = max === undefined ? MAX_DURATION_MS : (parseDuration(max) ?? MAX_DURATION_MS)
  if (ms !== null && ms <= limit) return ms
  const bounds = max === undefined ? 'at least 2s' : `from 2s to ${max}`
  throw new SettingFault(`must be a duration such as 90s, 10m, 24h or 30d, ${bounds}`)
}
