import { isIPv4, isIPv6 } from 'node:net'
import Bowser from 'bowser'
import type { Device } from '../../model.ts'

const MAX_USER_AGENT_LENGTH = 256
/** The prefix of IPv4 addresses on a dual-stack socket. */
const IPV4_MAPPED = '::ffff:'

/** Zeroes the last IPv4 octet, or the lower 64 bits of an IPv6 address. */
export function truncateAddress(address: string | undefined): string | null {
  const [unzoned = ''] = (address ?? '').split('%', 1)
  const mapped = unzoned.slice(IPV4_MAPPED.length)
  const plain = unzoned.toLowerCase().startsWith(IPV4_MAPPED) && isIPv4(mapped) ? mapped : unzoned
  if (isIPv4(plain)) return [...plain.split('.').slice(0, 3), '0'].join('.')
  if (!isIPv6(plain)) return null
  const full = new URL(`http://[${plain}]/`).hostname.slice(1, -1)
  const [head = '', tail] = full.split('::')
  const left = head ? head.split(':') : []
  const right = tail ? tail.split(':') : []
  const groups = tail === undefined ? left : [...left, ...Array(8 - left.length - right.length).fill('0'), ...right]
  return new URL(`http://[${groups.slice(0, 4).join(':')}::]/`).hostname.slice(1, -1)
}

export function readDevice(userAgent: string | undefined, address: string | undefined): Device {
  const text = [...(userAgent ?? '').toWellFormed()].slice(0, MAX_USER_AGENT_LENGTH).join('')
  return { userAgent: text || null, address: truncateAddress(address) }
}

/** Returns a readable name, such as 'Chrome on Windows'. */
export function getDeviceName({ userAgent }: Device): string {
  if (!userAgent) return 'Unknown device'
  const { browser, os } = Bowser.parse(userAgent)
  const name = browser.name || userAgent.split(/[\s/]/)[0] || 'Unknown client'
  return os.name ? `${name} on ${os.name}` : name
}
