/**
 * The threat: strangers who guess a password lock its owner out of their own account. A browser that has logged in before
 * carries a signed id, and its failures are counted apart (OWASP device cookies).
 */
import { createHash, randomBytes } from 'node:crypto'
import type { Request, Response } from 'express'
import type { DeviceCookie } from '../domain/sessions/device-cookie.ts'
import { DAYS } from '../units.ts'
import { findCookies, signValue, verifyCookie } from './signed-cookie.ts'

const LIFETIME_MS = 400 * DAYS
const RENEW_AFTER_MS = 30 * DAYS

/** A random id, and when its cookie was set, in milliseconds in base 36. */
const VALUE = /^([A-Za-z0-9_-]{32})\.([0-9a-z]{1,10})$/

export interface DeviceCookieRules {
  secure: boolean
  /** The first signs, all verify. */
  secrets: readonly string[]
  now(): Date
}

const getName = ({ secure }: DeviceCookieRules) => (secure ? '__Host-device' : 'device')

const hashId = (id: string): string => createHash('sha256').update(id).digest('hex')

/** Reads the only cookie of the name; of two, nobody can tell which one is the device's. */
function readValue(request: Request, rules: DeviceCookieRules): RegExpExecArray | null {
  const name = getName(rules)
  const [only, ...more] = findCookies(request, name)
  if (only === undefined || more.length > 0) return null
  return VALUE.exec(verifyCookie(only, rules.secrets) ?? '')
}

/** The device cookie of one Express request and its response. */
export class ExpressDeviceCookie implements DeviceCookie {
  readonly #request: Request
  readonly #response: Response
  readonly #rules: DeviceCookieRules
  #value: RegExpExecArray | null | undefined

  constructor(request: Request, response: Response, rules: DeviceCookieRules) {
    this.#request = request
    this.#response = response
    this.#rules = rules
  }

  #read(): RegExpExecArray | null {
    this.#value ??= readValue(this.#request, this.#rules)
    return this.#value
  }

  read(): string | null {
    const id = this.#read()?.[1]
    return id ? hashId(id) : null
  }

  keep(): string {
    const [, known, setAt = ''] = this.#read() ?? []
    const id = known ?? randomBytes(24).toString('base64url')
    const now = this.#rules.now().getTime()
    if (!known || now - Number.parseInt(setAt, 36) > RENEW_AFTER_MS) this.#set(`${id}.${now.toString(36)}`, now)
    return hashId(id)
  }

  #set(value: string, now: number): void {
    const { secure, secrets } = this.#rules
    this.#response.cookie(getName(this.#rules), signValue(value, secrets), {
      ...{ path: '/', httpOnly: true, sameSite: 'lax', secure },
      expires: new Date(now + LIFETIME_MS),
    })
  }
}
