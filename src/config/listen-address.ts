import { SettingFault } from './fault.ts'

/**
 * Reads HOST:PORT; an IPv6 address stands in brackets.
 * @throws SettingFault for anything else
 */
export function readListenAddress(text: string): { host: string; port: number } {
  const { host, ipv6, port } =
    /^(?:(?<host>[\w.-]+)|\[(?<ipv6>[\da-f:]+)\]):(?<port>\d{1,5})$/i.exec(text)?.groups ?? {}
  const address = host ?? ipv6
  if (address === undefined || Number(port) > 65_535) {
    throw new SettingFault('must be a host and a port, such as 127.0.0.1:9464')
  }
  return { host: address, port: Number(port) }
}
