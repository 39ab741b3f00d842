import { sign, unsign } from 'cookie-signature'
import type { Request } from 'express'

/** `s:` and a text with its signature, as express-session sends it; only what a signature can hold was encoded. */
const SIGNED = /^"?s(?::|%3A)([\w.%+/=-]{1,200})"?$/i

/** Returns a request's cookies that have this name once it is trimmed, each as `name=value`. */
export const findCookies = (request: Request, name: string): string[] =>
  (request.headers.cookie ?? '').split(';').filter((cookie) => getName(cookie) === name)

const getName = (cookie: string) => cookie.split('=', 1)[0]?.trim()

/** Returns the text that a cookie's value holds, or null if none of the secrets has signed it. */
export function verifyCookie(cookie: string, secrets: readonly string[]): string | null {
  const [, encoded] = SIGNED.exec(cookie.slice(cookie.indexOf('=') + 1).trim()) ?? []
  if (encoded === undefined) return null
  const text = encoded.replace(/%2B/gi, '+').replace(/%2F/gi, '/').replace(/%3D/gi, '=')
  for (const secret of secrets) {
    const value = unsign(text, secret)
    if (value !== false) return value
  }
  return null
}

/** Signs a cookie's value with the first secret. */
export const signValue = (value: string, [secret = '']: readonly string[]): string => `s:${sign(value, secret)}`
