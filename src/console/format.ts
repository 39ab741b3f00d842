import { pageLocale, t } from './translate.ts'

const UNITS = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
] as const

/** Seconds are told as such up to two minutes, as the kit does. */
const MAX_SECONDS = 120

const formatTime = (iso: string, options: Intl.DateTimeFormatOptions) =>
  new Intl.DateTimeFormat(pageLocale.get(), options).format(new Date(iso))

export const formatDate = (iso: string) => formatTime(iso, { dateStyle: 'medium' })
export const formatDateTime = (iso: string) => formatTime(iso, { dateStyle: 'medium', timeStyle: 'short' })

/** An instant as people say it: "5 minutes ago", "in 3 hours". */
export function formatRelative(iso: string, now = Date.now()): string {
  const distance = new Date(iso).getTime() - now
  const [unit, size] = UNITS.find(([, milliseconds]) => Math.abs(distance) >= milliseconds) ?? []
  if (!unit || !size) return t('just now')
  return new Intl.RelativeTimeFormat(pageLocale.get(), { numeric: 'auto' }).format(Math.round(distance / size), unit)
}

/** An instant that is over, also where the service's clock goes ahead of the browser's. */
export function formatPast(iso: string, now = Date.now()): string {
  return formatRelative(new Date(Math.min(now, Date.parse(iso))).toISOString(), now)
}

/** A wait as people say it: "1 second", "5 minutes". */
export function formatDuration(seconds: number): string {
  const [unit, value] = seconds < MAX_SECONDS ? ['second', seconds] : ['minute', Math.ceil(seconds / 60)]
  return new Intl.NumberFormat(pageLocale.get(), { style: 'unit', unit, unitDisplay: 'long' }).format(value)
}

interface Named {
  email: string
  firstName: string | null
  lastName: string | null
}

/** The user's name, or the address of one who gave none. */
export const formatName = ({ email, firstName, lastName }: Named) =>
  [firstName, lastName].filter(Boolean).join(' ') || email
