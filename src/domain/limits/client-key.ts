import { isIPv6 } from 'node:net'

/** Returns the IPv4 address, or the /64 network that a client with IPv6 has as a whole. Clients without an address share a key. */
export function getClientKey(address: string | undefined): string {
  const [plain = ''] = (address ?? '').split('%', 1)
  const mapped = /^::ffff:([\d.]{7,15})$/i.exec(plain)?.[1]
  if (mapped) return mapped
  if (!isIPv6(plain)) return plain || 'unknown'
  const full = new URL(`http://[${plain}]/`).hostname.slice(1, -1)
  const [head = '', tail] = full.split('::')
  const left = head ? head.split(':') : []
  const right = tail ? tail.split(':') : []
  const groups = tail === undefined ? left : [...left, ...Array(8 - left.length - right.length).fill('0'), ...right]
  return groups.slice(0, 4).join(':')
}
