import { createHmac } from 'node:crypto'

/** A parsed Set-Cookie line. */
export interface CookieLine {
  name: string
  value: string
  /** Sorted, without Expires. */
  attributes: string[]
  expires: Date | null
}

export function readCookieLine(line = ''): CookieLine {
  const [pair = '', ...attributes] = line.split('; ')
  const expires = attributes.find((attribute) => attribute.startsWith('Expires='))
  const at = pair.indexOf('=')
  return {
    name: pair.slice(0, at),
    value: pair.slice(at + 1),
    attributes: attributes.filter((attribute) => attribute !== expires).sort(),
    expires: expires ? new Date(expires.slice('Expires='.length)) : null,
  }
}

/** Splits a session cookie's value into its two parts. */
export function parseSessionCookie(cookie = ''): { id: string; signature: string } {
  const [, id = '', signature = ''] = /^s:([^.]*)\.(.*)$/.exec(decodeURIComponent(cookie)) ?? []
  return { id, signature }
}

/** Builds a session cookie's value, signed as the service signs it with this secret. */
export const signSessionId = (id: string, secret: string): string =>
  encodeURIComponent(`s:${id}.${createHmac('sha256', secret).update(id).digest('base64').replace(/=+$/, '')}`)
