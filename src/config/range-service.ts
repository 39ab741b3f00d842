import { SettingFault } from './fault.ts'

/**
 * Reads the base address of a range service, or null for `off`.
 * @throws SettingFault for anything else; a user or a query would end in the log of the service
 */
export function readRangeService(text: string): string | null {
  if (text === 'off') return null
  const url = URL.canParse(text) ? new URL(text) : null
  const isPlain = url && /^https?:$/.test(url.protocol) && !url.username && !url.password && !url.search && !url.hash
  if (!isPlain) throw new SettingFault('must be off, or an address such as https://api.pwnedpasswords.com')
  return url.href.replace(/\/$/, '')
}
