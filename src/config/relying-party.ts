import { isIP } from 'node:net'
import { getDomain, getPublicSuffix } from 'tldts'
import { SettingFault } from './fault.ts'

const HOST = /^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$/

const isHostName = (host: string) =>
  HOST.test(host) &&
  !host.includes('..') &&
  isIP(host) === 0 &&
  getPublicSuffix(host, { allowPrivateDomains: true }) !== host

/** The pages could not use the relying party's passkeys; the message says what to set. */
export class RelyingPartyError extends Error {
  override name = 'RelyingPartyError'
}

/** @throws SettingFault for anything but a host: WebAuthn takes no address and no public suffix */
export function readRelyingParty(text: string): string {
  const host = text.toLowerCase()
  if (host === 'localhost' || isHostName(host)) return host
  throw new SettingFault('must be a host such as example.com: no address, no public suffix, no port')
}

const isBelow = (host: string, rpId: string) => host === rpId || host.endsWith(`.${rpId}`)

/** Finds the origins whose pages could not use the passkeys of a relying party, with the common parent that would serve all. */
export function findOriginsOutside(
  rpId: string,
  origins: readonly string[],
): { outside: string[]; parent: string | null } {
  const hosts = origins.map((origin) => new URL(origin).hostname)
  const parents = new Set(hosts.map((host) => getDomain(host, { allowPrivateDomains: true })))
  const [parent = null] = parents
  return {
    outside: origins.filter((origin) => !isBelow(new URL(origin).hostname, rpId)),
    parent: parents.size === 1 ? parent : null,
  }
}
