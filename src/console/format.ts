const dateFormat = new Intl.DateTimeFormat('en', { dateStyle: 'medium' })
const dateTimeFormat = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'short' })
const relativeFormat = new Intl.RelativeTimeFormat('en', { numeric: 'auto' })

const UNITS = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
] as const

export const formatDate = (iso: string) => dateFormat.format(new Date(iso))
export const formatDateTime = (iso: string) => dateTimeFormat.format(new Date(iso))

/** An instant as people say it: "5 minutes ago", "in 3 hours". */
export function formatRelative(iso: string, now = Date.now()): string {
  const distance = new Date(iso).getTime() - now
  const [unit, size] = UNITS.find(([, milliseconds]) => Math.abs(distance) >= milliseconds) ?? []
  return unit && size ? relativeFormat.format(Math.round(distance / size), unit) : 'just now'
}

/** An instant that is over, also where the service's clock goes ahead of the browser's. */
export function formatPast(iso: string, now = Date.now()): string {
  return formatRelative(new Date(Math.min(now, Date.parse(iso))).toISOString(), now)
}

interface Named {
  email: string
  firstName: string | null
  lastName: string | null
}

/** The user's name, or the address of one who gave none. */
export const formatName = ({ email, firstName, lastName }: Named) =>
  [firstName, lastName].filter(Boolean).join(' ') || email
