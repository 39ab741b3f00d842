import { parseList, SettingFault } from './fault.ts'

/** Scheme, host and port, and nothing else; `URL` judges their spelling. */
const ORIGIN = /^https?:\/\/[^/?#@\\*\s]+\/?$/i

/** Parses an origin and normalizes it as a browser does: default ports, case, IDN and IPv6. Null for anything else. */
function parseOrigin(text: string): string | null {
  return ORIGIN.test(text) && URL.canParse(text) ? new URL(text).origin : null
}

/** @throws SettingFault for anything but one origin */
export function readOrigin(text: string): string {
  const origin = parseOrigin(text)
  if (origin === null)
    throw new SettingFault('must be an origin such as https://app.example.com, without a path or a user')
  return origin
}

/** @throws SettingFault that names each item that is not an exact origin */
export function readOrigins(text: string): string[] {
  const items = parseList(text)
  const faults = items
    .filter((item) => parseOrigin(item) === null)
    .map((item) => {
      // An address with a user may hold a password.
      const shown = item.includes('@') ? 'an address with a user' : JSON.stringify(item.slice(0, 100))
      return `takes exact origins such as https://app.example.com, by commas; *, null, paths and patterns are refused (here: ${shown})`
    })
  if (faults.length > 0) throw new SettingFault(...faults)
  return [...new Set(items.flatMap((item) => parseOrigin(item) ?? []))]
}

/** Tells whether it is an address of this machine, where http is as secure as https. */
export const isLocalOrigin = (origin: string) =>
  /^(localhost|.+\.localhost|127\.0\.0\.1|\[::1\])$/.test(new URL(origin).hostname)
