import { createHmac } from 'node:crypto'

/** What a Set-Cookie line says. */
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

/** The two parts of a session cookie's value. */
export function partsOf(cookie = ''): { id: string; signature: string } {
  const [, id = '', signature = ''] = /^s:([^.]*)\.(.*)$/.exec(decodeURIComponent(cookie)) ?? []
  return { id, signature }
}

/** A cookie's value, signed as the service would sign it with this secret. */
export const signed = (id: string, secret: string): string =>
  encodeURIComponent(`s:${id}.${createHmac('sha256', secret).update(id).digest('base64').replace(/=+$/, '')}`)
