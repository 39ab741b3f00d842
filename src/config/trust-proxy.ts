// The threat: a trusted proxy says which address the client has. A list that trusts every address lets anybody forge
// X-Forwarded-For and evade every limit by address.
import { isIP } from 'node:net'
import { parseList, SettingFault } from './fault.ts'

/** A range of IPv6 addresses, both ends included; IPv4 addresses are mapped, as proxy-addr compares them. */
interface Range {
  first: bigint
  last: bigint
}

interface Network extends Range {
  /** In CIDR form. */
  text: string
}

const NAMED_NETWORKS = /^(loopback|linklocal|uniquelocal)$/
const IPV4_BASE = 0xffff_0000_0000n

/** The addresses that clients on the internet can have. */
const PUBLIC_RANGES: Record<string, Range> = {
  IPv4: { first: IPV4_BASE + 0x0100_0000n, last: IPV4_BASE + 0xdfff_ffffn },
  IPv6: { first: 0x2000n << 112n, last: (0x4000n << 112n) - 1n },
}

const toNumber = (parts: readonly string[], radix: number, bits: bigint) =>
  parts.reduce((sum, part) => (sum << bits) | BigInt(Number.parseInt(part, radix)), 0n)

/** Formats an IPv6 address as every parser reads it; proxy-addr does not read all that Node accepts. */
const toCanonical = (address: string) =>
  isIP(address) === 6 ? new URL(`http://[${address}]`).hostname.slice(1, -1) : address

function toBigInt(address: string): bigint {
  if (isIP(address) === 4) return IPV4_BASE + toNumber(address.split('.'), 10, 8n)
  const [head = [], tail = []] = toCanonical(address)
    .split('::')
    .map((half) => half.split(':').filter((group) => group !== ''))
  const zeros = Array.from({ length: 8 - head.length - tail.length }, () => '0')
  return toNumber([...head, ...zeros, ...tail], 16, 16n)
}

function parseNetwork(text: string): Network | null {
  const [, address = '', prefix] = /^([\da-f:.]+)(?:\/(\d{1,3}))?$/i.exec(text) ?? []
  const family = isIP(address)
  const width = family === 4 ? 32 : 128
  const bits = prefix === undefined ? width : Number(prefix)
  if (family === 0 || bits > width) return null
  const hostBits = BigInt(width - bits)
  const first = (toBigInt(address) >> hostBits) << hostBits
  return {
    text: prefix === undefined ? toCanonical(address) : `${toCanonical(address)}/${bits}`,
    first,
    last: first + (1n << hostBits) - 1n,
  }
}

function covers(networks: readonly Range[], { first, last }: Range): boolean {
  let next = first
  for (const network of networks.toSorted((a, b) => (a.first < b.first ? -1 : 1))) {
    if (network.first > next) break
    if (network.last >= next) next = network.last + 1n
  }
  return next > last
}

/** @throws SettingFault for anything but a number or a list of addresses and networks, which must not cover every client */
export function readTrustProxy(text: string): number | string[] {
  if (/^[1-9]\d?$/.test(text)) return Number(text)
  const items = parseList(text)
  const networks = items.filter((item) => !NAMED_NETWORKS.test(item)).map(parseNetwork)
  const known = networks.filter((network) => network !== null)
  if (known.length < networks.length)
    throw new SettingFault('must be the number of proxies in front, or their addresses by commas')
  for (const [family, range] of Object.entries(PUBLIC_RANGES)) {
    if (covers(known, range))
      throw new SettingFault(
        `must not trust every ${family} address (${items.join(', ')}), or every client could choose the address it is known by. Name the proxies' own addresses, or their number`,
      )
  }
  return [...items.filter((item) => NAMED_NETWORKS.test(item)), ...known.map(({ text }) => text)]
}
