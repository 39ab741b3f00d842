import { isIPv4, isIPv6 } from 'node:net'
import Bowser from 'bowser'
import type { Device } from '../model.ts'

const LONGEST_USER_AGENT = 256

/** The address with its last IPv4 octet or its lower 64 IPv6 bits zeroed. */
export function coarseAddress(address: string | undefined): string | null {
  const plain = address?.replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '') ?? ''
  if (isIPv4(plain)) return plain.replace(/\d+$/, '0')
  if (!isIPv6(plain)) return null
  const full = new URL(`http://[${plain}]/`).hostname.slice(1, -1)
  const [head = '', tail] = full.split('::')
  const left = head ? head.split(':') : []
  const right = tail ? tail.split(':') : []
  const groups = tail === undefined ? left : [...left, ...Array(8 - left.length - right.length).fill('0'), ...right]
  return new URL(`http://[${groups.slice(0, 4).join(':')}::]/`).hostname.slice(1, -1)
}

/** The device that a request comes from. */
export function readDevice(userAgent: string | undefined, address: string | undefined): Device {
  const text = [...(userAgent ?? '').toWellFormed()].slice(0, LONGEST_USER_AGENT).join('')
  return { userAgent: text || null, address: coarseAddress(address) }
}

/** The device for people, such as 'Chrome on Windows'. */
export function deviceName({ userAgent }: Device): string {
  if (!userAgent) return 'Unknown device'
  const { browser, os } = Bowser.parse(userAgent)
  const name = browser.name || userAgent.split(/[\s/]/)[0] || 'Unknown client'
  return os.name ? `${name} on ${os.name}` : name
}
