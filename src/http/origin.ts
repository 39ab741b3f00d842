/**
 * The threat: a page of another site, open in the browser of somebody who is signed in here, sends a request; the
 * browser adds the cookie, and the service acts for the user. Or the page logs the user in as somebody else, to read
 * later what they do there. The cookie's SameSite=Lax does not cover a page on a sibling subdomain, nor any login.
 *
 * So every request that may change something must come from a known origin, by exact comparison, before the session is
 * loaded: the browser's Origin header says so, or Sec-Fetch-Site where that is missing. A client that sends neither is no
 * browser and carries nobody else's cookie. Only the same origins get CORS headers.
 */
import { type Request, type RequestHandler, type Response, Router } from 'express'
import { getDomain } from 'tldts'
import { AppError } from '../errors.ts'
import { MINUTES, SECONDS } from '../units.ts'
import { report } from './request-log.ts'
import { sendError } from './send-error.ts'

const PREFLIGHT_MAX_AGE_SECONDS = (10 * MINUTES) / SECONDS

const ALLOWED_HEADERS = [
  'content-type',
  'apollo-require-preflight',
  'x-apollo-operation-name',
  // The client kit's own checks, which keep no idle session alive.
  'x-background-request',
  // What Apollo Client sends for clientAwareness: { name, version }.
  'apollographql-client-name',
  'apollographql-client-version',
].join(', ')

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * Refuses what a browser sends from an origin that is neither `own` nor `allowed`, and answers CORS on /graphql for
 * those that are. With `hint`, the refusal names the setting that would allow the origin.
 */
export function guardOrigin(options: {
  own: readonly string[]
  allowed: readonly string[]
  hint: boolean
}): RequestHandler {
  const known = new Set([...options.own, ...options.allowed])
  const guard = Router()
  guard.use('/graphql', answerCors(known))
  guard.use((request, response, next) => {
    if (isForeign(request, known)) refuse(request, response, options.hint)
    else next()
  })
  return guard
}

function isForeign(request: Request, known: ReadonlySet<string>): boolean {
  if (!canChangeState(request) && !isPreflight(request)) return false
  const origin = request.get('Origin')
  if (origin !== undefined) return !known.has(origin)
  const site = request.get('Sec-Fetch-Site')
  return site !== undefined && site !== 'same-origin' && site !== 'none'
}

/** Only a POST reaches GraphQL; a clone's own routes may have more methods. */
function canChangeState({ method, path }: Request): boolean {
  return path === '/graphql' ? method === 'POST' : !SAFE_METHODS.has(method)
}

function answerCors(known: ReadonlySet<string>): RequestHandler {
  return (request, response, next) => {
    response.vary('Origin')
    const origin = request.get('Origin')
    if (origin === undefined || !known.has(origin)) return next()
    response.set('Access-Control-Allow-Origin', origin)
    response.set('Access-Control-Allow-Credentials', 'true')
    if (isPreflight(request) && request.get('Access-Control-Request-Method') === 'POST') return allowPost(response)
    response.set('Access-Control-Expose-Headers', 'Retry-After')
    next()
  }
}

function isPreflight(request: Request): boolean {
  return (
    request.method === 'OPTIONS' &&
    request.get('Origin') !== undefined &&
    request.get('Access-Control-Request-Method') !== undefined
  )
}

function allowPost(response: Response): void {
  response.vary('Access-Control-Request-Method')
  response.set('Access-Control-Allow-Methods', 'POST')
  response.set('Access-Control-Allow-Headers', ALLOWED_HEADERS)
  response.set('Access-Control-Max-Age', String(PREFLIGHT_MAX_AGE_SECONDS))
  response.status(204).end()
}

function refuse(request: Request, response: Response, hint: boolean): void {
  report(request, { event: 'origin.refused' })
  const message = `Requests from this origin are not allowed. ${buildHint(request.get('Origin'))}`
  sendError(response, new AppError('FORBIDDEN_ORIGIN', hint ? { message } : {}))
}

function buildHint(origin: string | undefined): string {
  const name = origin !== undefined && isHttpOrigin(origin) ? origin : 'the origin of the page'
  return `To allow them, add ${name} to the setting ALLOWED_ORIGINS.`
}

function isHttpOrigin(text: string): boolean {
  return /^https?:/.test(text) && URL.canParse(text) && new URL(text).origin === text
}

/** Lists the service's own origins: those of its addresses and, where that is localhost, the loopback addresses. */
export function listOwnOrigins(publicUrl: string, appUrl: string): string[] {
  return [...new Set([publicUrl, appUrl].flatMap(addLoopback))]
}

function addLoopback(address: string): string[] {
  const url = new URL(address)
  const hosts = url.hostname === 'localhost' ? ['localhost', '127.0.0.1', '[::1]'] : [url.hostname]
  return hosts.map((host) => Object.assign(new URL(url), { hostname: host }).origin)
}

/** Finds the allowed origins of another site than the service: SameSite=Lax keeps the cookie from their pages. */
export function findOtherSiteOrigins(publicUrl: string, allowed: readonly string[]): string[] {
  const home = getSite(publicUrl)
  return allowed.filter((origin) => getSite(origin) !== home)
}

/** Returns the site as browsers define it: scheme and registrable domain, or the host where it has none (localhost, an IP). */
function getSite(address: string): string {
  const { protocol, hostname } = new URL(address)
  return `${protocol}//${getDomain(hostname, { allowPrivateDomains: true }) ?? hostname}`
}
