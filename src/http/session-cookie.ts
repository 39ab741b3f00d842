/**
 * The threat: a cookie that is taken for somebody's. express-session takes the first of two cookies of one name, which a
 * sibling host can plant; it says nothing where it cannot set one; and it moves the Expires of a cookie as it is used.
 */
import type { Request, RequestHandler, Response } from 'express'
import session, { type Cookie } from 'express-session'
import onHeaders from 'on-headers'
import type { NewSession, SessionCookie } from '../domain/sessions/session-cookie.ts'
import { AppError } from '../errors.ts'
import type { SessionRecord } from '../model.ts'
import type { Deadline } from '../mongo/deadline.ts'
import { type SessionStore, toStorageId } from '../mongo/session-store.ts'
import type { SessionCollection } from '../mongo/sessions.ts'
import { report } from './request-log.ts'
import { findCookies, verifyCookie } from './signed-cookie.ts'

/** How much longer than the request's own queries a roll-back may take, in milliseconds. */
const ROLL_BACK_EXTRA_MS = 700

/** The session cookie's name, and whether it is sent over https only. */
export interface CookieRules {
  name: '__Host-sid' | 'sid'
  secure: boolean
}

/** Returns the rules for a service at this address: the two names are never read together. */
export const getCookieRules = (publicUrl: string): CookieRules =>
  publicUrl.startsWith('https:') ? { name: '__Host-sid', secure: true } : { name: 'sid', secure: false }

const getAttributes = ({ secure }: CookieRules) => ({ path: '/', httpOnly: true, sameSite: 'lax', secure }) as const

/** What a request carries under the session cookie's name. */
interface Carried {
  /** Does it carry any? */
  isCarried: boolean
  /** The id in the one that counts. */
  sid: string | null
}

/**
 * Reads the session cookie of a request, unless it carries two: nobody can tell which of them is the user's. One that has the
 * name only after trimming does not count either: no browser sends it.
 */
function readCarried(request: Request, { rules: { name }, secrets }: SessionCookieDeps): Carried {
  const [only, ...more] = findCookies(request, name)
  if (only === undefined) return { isCarried: false, sid: null }
  if (more.length > 0) report(request, { event: 'session.duplicate-cookie' })
  const counts = more.length === 0 && only.trimStart().startsWith(`${name}=`)
  return { isCarried: true, sid: counts ? verifyCookie(only, secrets) : null }
}

/** express-session's cookie without the "touch" that moves its Expires: ours ends at the session's absolute limit. */
function buildCookie(rules: CookieRules, expires: Date | null): Cookie {
  const attributes = getAttributes(rules)
  return {
    ...attributes,
    expires,
    originalMaxAge: null,
    get data() {
      return { ...attributes, expires }
    },
    set maxAge(_ms: number | null) {
      // The time that express-session would move Expires to.
    },
  } as Cookie
}

/** What the session cookies of a service work with. */
export interface SessionCookieDeps {
  store: SessionStore
  secrets: string[]
  rules: CookieRules
}

/** The session cookie of one Express request and its response. */
export class ExpressSessionCookie implements SessionCookie {
  readonly #request: Request
  readonly #response: Response
  readonly #deps: SessionCookieDeps & { middleware: RequestHandler }
  readonly #deadline: Deadline
  readonly #sessions: Pick<SessionCollection, 'findById'>
  readonly #carried: Carried
  #arrived: SessionRecord | null | undefined
  #failure: unknown = null
  #holds: 'arrived' | 'issued' | 'nothing'
  #issued: { sid: string; record: SessionRecord } | null = null
  #isCleared = false

  constructor(
    request: Request,
    response: Response,
    deps: SessionCookieDeps & { middleware: RequestHandler },
    access: { deadline: Deadline; sessions: Pick<SessionCollection, 'findById'> },
  ) {
    this.#request = request
    this.#response = response
    this.#deps = deps
    this.#deadline = access.deadline
    this.#sessions = access.sessions
    this.#carried = readCarried(request, deps)
    this.#holds = this.#carried.sid === null ? 'nothing' : 'arrived'
  }

  /** Reads the session that the cookie names. A failure is told to whoever asks for the session, and to nobody else. */
  async load(): Promise<void> {
    const { sid } = this.#carried
    if (sid === null) return
    try {
      this.#arrived = await this.#deadline.race(this.#deps.store.read(sid))
    } catch (error) {
      this.#failure = error
    }
  }

  /** express-session runs only where a session begins: what it does for each request costs a fifteenth of one. */
  #runExpressSession(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#deps.middleware(this.#request, this.#response, (error?: unknown) => (error ? reject(error) : resolve()))
    })
  }

  async read(): Promise<SessionRecord | null> {
    if (this.#holds === 'nothing') return null
    if (this.#issued) return this.#issued.record
    if (this.#failure) throw this.#failure
    const { sid } = this.#carried
    if (this.#arrived === null && sid !== null) return this.#readWhole(sid)
    return this.#arrived ?? null
  }

  /** Reads a document that connect-mongo's field alone does not explain: the version before's, or one that nobody can read. */
  async #readWhole(sid: string): Promise<SessionRecord | null> {
    const found = await this.#sessions.findById(toStorageId(sid), new Date(0))
    if (found) return found
    report(this.#request, { event: 'session.unreadable' })
    await this.#deadline.race(this.#deps.store.delete(sid))
    return null
  }

  requireSecure(): void {
    if (this.#deps.rules.secure && !this.#request.secure) throw new AppError('INSECURE_REQUEST')
  }

  async issue({ record: init, expires, cookieExpires }: NewSession): Promise<SessionRecord> {
    const { store, rules } = this.#deps
    if (!this.#request.sessionStore) await this.#runExpressSession()
    // Unlike regenerate(), this leaves the present session alone.
    this.#request.sessionStore.generate(this.#request)
    const { session: data, sessionID: sid } = this.#request
    const record = { ...init, id: toStorageId(sid) }
    data.cookie = buildCookie(rules, cookieExpires)
    this.#issued = { sid, record }
    this.#holds = 'issued'
    await this.#deadline.race(store.create(sid, record, expires))
    return record
  }

  async rollBack(): Promise<void> {
    const issued = this.#issued
    this.forget()
    if (!issued) return
    // What cannot be deleted now is dead without its commit, and is removed at its time limit.
    await this.#deadline
      .extend(ROLL_BACK_EXTRA_MS)
      .race(this.#deps.store.delete(issued.sid))
      .catch(() => {})
  }

  forget(): void {
    this.#holds = 'nothing'
    this.#issued = null
    Object.assign(this.#request, { session: null })
  }

  clear(): void {
    this.forget()
    if (!this.#carried.isCarried || this.#isCleared) return
    this.#isCleared = true
    // Decided when the headers are written: a sign-in in the same operation sets the cookie instead.
    onHeaders(this.#response, () => {
      if (this.#holds === 'issued') return
      this.#response.clearCookie(this.#deps.rules.name, getAttributes(this.#deps.rules))
    })
  }
}

/** Creates the express-session middleware for a service's cookies. */
export function createSessionMiddleware({ store, secrets, rules }: SessionCookieDeps): RequestHandler {
  return session({
    name: rules.name,
    secret: secrets,
    store,
    cookie: getAttributes(rules),
    resave: false,
    saveUninitialized: false,
    rolling: false,
    unset: 'keep',
  })
}
