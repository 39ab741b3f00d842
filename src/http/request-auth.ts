import type { RequestHandler } from 'express'
import type { Deps } from '../domain/deps.ts'
import { getClientKey } from '../domain/limits/client-key.ts'
import { authenticate } from '../domain/sessions/authentication.ts'
import { readDevice } from '../domain/sessions/devices.ts'
import { RequestAuth } from '../domain/sessions/request-auth.ts'
import { LOCALES } from '../locales.ts'
import type { Observer } from '../metrics/metrics.ts'
import { createCollections } from '../mongo/collections.ts'
import type { Database } from '../mongo/database.ts'
import { type Deadline, runWithDeadline } from '../mongo/deadline.ts'
import { ExpressDeviceCookie } from './device-cookie.ts'
import { report } from './request-log.ts'
import { createSessionMiddleware, ExpressSessionCookie, type SessionCookieDeps } from './session-cookie.ts'

declare global {
  namespace Express {
    interface Request {
      /** The request's authentication state, behind `loadAuth`. */
      auth: RequestAuth
      /** When the request's queries end. */
      deadline: Deadline
    }
  }
}

/** What the authentication of requests works with. */
export interface LoadAuthDeps extends SessionCookieDeps {
  deps: Deps
  database: Database
  observer: Observer
  createDeadline(): Deadline
}

/** What the client kit sends with its own checks: an open page does not keep an idle session alive. */
const BACKGROUND_HEADER = 'x-background-request'

/** Treats every request of a route as one of the background. */
export const markBackground: RequestHandler = (request, _response, next) => {
  request.headers[BACKGROUND_HEADER] = '1'
  next()
}

/** Loads the session of each request, and gives the request its authentication state and its deadline. */
export function loadAuth({ deps, database, observer, createDeadline, ...cookieDeps }: LoadAuthDeps): RequestHandler {
  const middleware = createSessionMiddleware(cookieDeps)
  const { rules, secrets } = cookieDeps
  const deviceRules = { secure: rules.secure, secrets, now: deps.clock.now }
  return async (request, response, next) => {
    const deadline = createDeadline()
    const db = createCollections(database, deadline)
    const cookie = new ExpressSessionCookie(
      request,
      response,
      { ...cookieDeps, middleware },
      { deadline, sessions: db.sessions },
    )
    request.deadline = deadline
    request.auth = new RequestAuth({
      ...{ cookie, db, deadline },
      deviceCookie: new ExpressDeviceCookie(request, response, deviceRules),
      clientKey: getClientKey(request.ip),
      report(event) {
        report(request, event)
        observer.observeEvent(event)
      },
      record: (event, device) => deps.audit.record(event, device),
      isBackground: request.headers[BACKGROUND_HEADER] === '1',
      readDevice: () => readDevice(request.headers['user-agent'], request.ip),
      readLocale: () => LOCALES.find((locale) => locale === request.acceptsLanguages(...LOCALES)) ?? LOCALES[0],
      authenticate: (auth) => authenticate(deps, auth),
    })
    await cookie.load()
    next()
  }
}

/** Makes the queries of a feature's collections end with the request. */
export const bindFeatureQueries: RequestHandler = (request, _response, next) =>
  runWithDeadline(request.deadline, () => next())
