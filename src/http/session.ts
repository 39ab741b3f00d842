/**
 * The threat: a cookie that is taken for somebody's. express-session takes the first of two cookies of one name, which a
 * sibling host can plant; it says nothing where it cannot set one; and it moves the Expires of a cookie as it is used.
 */
import type { Request, RequestHandler, Response } from 'express'
import session from 'express-session'
import type { Report } from '../domain/events.ts'
import { InsecureRequest } from '../domain/outcomes.ts'
import type { SessionSlot } from '../domain/sessions.ts'
import type { SessionRecord } from '../model.ts'
import { type SessionStore, storageId } from '../mongo/session-store.ts'
import type { SessionRecords } from '../mongo/sessions.ts'
import { createAttachment } from './attachment.ts'

/** The session cookie: its name, and whether it goes over https only. */
export interface CookieRules {
  name: '__Host-sid' | 'sid'
  secure: boolean
}

/** The cookie of a service at this address: the two names are never read together. */
export const cookieRules = (publicUrl: string): CookieRules =>
  publicUrl.startsWith('https:') ? { name: '__Host-sid', secure: true } : { name: 'sid', secure: false }

const attributes = ({ secure }: CookieRules) => ({ path: '/', httpOnly: true, sameSite: 'lax', secure }) as const

const nameOf = (cookie: string) => cookie.split('=', 1)[0]?.trim()

const cookiesOf = (request: Request): string[] => (request.headers.cookie ?? '').split(';')

/** What is known of a request's cookie before the session is read. */
interface Arrival {
  carried: boolean
  failure?: unknown
  /** Starts express-session, for a request without a cookie, once it begins a session: most never do. */
  start?: () => void
}

const arrivals = createAttachment<Arrival>('arrival')

/**
 * Drops the session cookie of a request that carries two: which of them is the user's, nobody can tell. So, too, one that
 * has the name only after trimming, which no browser sends.
 */
function refuseDuplicates({ name }: CookieRules, reportOf: (request: Request) => Report): RequestHandler {
  return (request, _response, next) => {
    const [only, ...more] = cookiesOf(request).filter((cookie) => nameOf(cookie) === name)
    arrivals.attach(request, { carried: only !== undefined })
    if (more.length > 0) reportOf(request)({ event: 'session.duplicate-cookie' })
    if (only !== undefined && (more.length > 0 || !only.trimStart().startsWith(`${name}=`))) {
      const others = cookiesOf(request).filter((cookie) => nameOf(cookie) !== name)
      request.headers.cookie = others.join(';')
    }
    next()
  }
}

/** Reads the session that a request's cookie names. Where that fails, what asks for it fails, and nothing else. */
export function loadSession(
  store: SessionStore,
  secrets: string[],
  rules: CookieRules,
  reportOf: (request: Request) => Report,
): RequestHandler[] {
  const middleware = session({
    name: rules.name,
    secret: secrets,
    store,
    cookie: attributes(rules),
    resave: false,
    saveUninitialized: false,
    rolling: false,
    unset: 'keep',
  })
  const load: RequestHandler = (request, response, next) => {
    if (!arrivals.of(request)?.carried) {
      arrivals.attach(request, { carried: false, start: () => middleware(request, response, () => {}) })
      return next()
    }
    middleware(request, response, (failure) => {
      if (failure) arrivals.attach(request, { carried: true, failure })
      next()
    })
  }
  return [refuseDuplicates(rules, reportOf), load]
}

/** What a slot is made of. */
export interface SlotParts {
  store: SessionStore
  records: SessionRecords
  rules: CookieRules
}

/** The slot of a request that `loadSession` has seen. */
export function sessionSlot(request: Request, response: Response, { store, records, rules }: SlotParts): SessionSlot {
  const arrival = arrivals.of(request)
  let holds: 'arrival' | 'opened' | 'nothing' = arrival?.carried ? 'arrival' : 'nothing'
  let opened: SessionRecord | null = null

  function leave() {
    holds = 'nothing'
    Object.assign(request, { session: null })
  }

  /** A cookie's end is the law's, whatever express-session makes of the time since it was set. */
  function setCookie(expires: Date | null) {
    const { cookie } = request.session
    if (expires) cookie.expires = expires
    Object.defineProperty(request.session, 'touch', { value: () => request.session })
    response.removeHeader('Set-Cookie')
  }

  return {
    async read() {
      if (holds === 'nothing') return null
      if (holds === 'opened') {
        const record = opened && (await records.byId(opened.id))
        return record === 'unreadable' ? null : record
      }
      if (arrival?.failure) throw arrival.failure
      return store.recordOf(request.session) ?? null
    },

    requireSecure() {
      if (rules.secure && !request.secure) throw new InsecureRequest()
    },

    async open({ session, cookieExpires }) {
      if (!request.sessionStore) arrival?.start?.()
      // Unlike regenerate(), this leaves the session that there is alone.
      request.sessionStore.generate(request)
      setCookie(cookieExpires)
      const record = { ...session, id: storageId(request.sessionID), ended: null }
      try {
        await records.insert(record, { ...attributes(rules), expires: cookieExpires })
      } catch (error) {
        leave()
        throw error
      }
      holds = 'opened'
      opened = record
      return record
    },

    async discard() {
      leave()
      if (opened) await records.removeById(opened.id).catch(() => {})
    },

    leave,

    close() {
      leave()
      if (!arrival?.carried) return
      response.removeHeader('Set-Cookie')
      response.clearCookie(rules.name, attributes(rules))
    },
  }
}
