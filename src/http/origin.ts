/**
 * The threat: a page of another site, open in the browser of somebody who is signed in here, sends a request; the
 * browser adds the cookie, and the service acts for the user. Or the page logs the user in as somebody else, to read
 * later what they do there. The cookie's SameSite=Lax does not cover a page on a sibling subdomain, nor any login.
 *
 * So every request that may change something must come from an origin that we know, by exact comparison, before the
 * session is loaded: the browser's Origin header says so, or where it is missing, Sec-Fetch-Site. A client that sends
 * neither is no browser and carries no one else's cookie. CORS answers go to the same origins and nobody else.
 */
import { type Request, type RequestHandler, type Response, Router } from 'express'
import { getDomain } from 'tldts'
import { MINUTES, SECONDS } from '../units.ts'
import { factsOf, reportOf } from './request-log.ts'

const preflightMaxAge = (10 * MINUTES) / SECONDS

const allowedHeaders = [
  'content-type',
  'apollo-require-preflight',
  'x-apollo-operation-name',
  // The client kit's own checks, which keep no idle session alive.
  'x-background-request',
  // What Apollo Client sends for clientAwareness: { name, version }.
  'apollographql-client-name',
  'apollographql-client-version',
].join(', ')

const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * Refuses what a browser sends from an origin that is neither `own` nor `allowed`, and answers CORS on /graphql for
 * those that are. With `hint`, the refusal names the setting that would allow the origin.
 */
export function originGuard(options: {
  own: readonly string[]
  allowed: readonly string[]
  hint: boolean
}): RequestHandler {
  const known = new Set([...options.own, ...options.allowed])
  const guard = Router()
  guard.use('/graphql', cors(known))
  guard.use((request, response, next) => {
    if (isForeign(request, known)) refuse(request, response, options.hint)
    else next()
  })
  return guard
}

function isForeign(request: Request, known: ReadonlySet<string>): boolean {
  if (!mayChange(request) && !isPreflight(request)) return false
  const origin = request.get('Origin')
  if (origin !== undefined) return !known.has(origin)
  const site = request.get('Sec-Fetch-Site')
  return site !== undefined && site !== 'same-origin' && site !== 'none'
}

/** Only a POST reaches GraphQL; a clone's own routes may have more methods. */
function mayChange({ method, path }: Request): boolean {
  return path === '/graphql' ? method === 'POST' : !safeMethods.has(method)
}

function cors(known: ReadonlySet<string>): RequestHandler {
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
  response.set('Access-Control-Allow-Headers', allowedHeaders)
  response.set('Access-Control-Max-Age', String(preflightMaxAge))
  response.status(204).end()
}

function refuse(request: Request, response: Response, hint: boolean): void {
  factsOf(request).outcome = 'FORBIDDEN_ORIGIN'
  reportOf(request)({ event: 'origin.refused' })
  const message = `Requests from this origin are refused.${hint ? ` ${howToAllow(request.get('Origin'))}` : ''}`
  response.status(403).json({ errors: [{ message, extensions: { code: 'FORBIDDEN_ORIGIN' } }] })
}

/** Repeats what the client sent only where it is a plain origin. */
function howToAllow(origin: string | undefined): string {
  const name = origin !== undefined && isHttpOrigin(origin) ? origin : 'the origin of the page'
  return `With ${name} in the setting ALLOWED_ORIGINS they would be let in.`
}

function isHttpOrigin(text: string): boolean {
  return /^https?:/.test(text) && URL.canParse(text) && new URL(text).origin === text
}

/** The service's own origins: those of its addresses and, where that is localhost, its loopback addresses. */
export function ownOrigins(publicUrl: string, appUrl: string): string[] {
  return [...new Set([publicUrl, appUrl].flatMap(withLoopback))]
}

function withLoopback(address: string): string[] {
  const url = new URL(address)
  const hosts = url.hostname === 'localhost' ? ['localhost', '127.0.0.1', '[::1]'] : [url.hostname]
  return hosts.map((host) => Object.assign(new URL(url), { hostname: host }).origin)
}

/** Those of `allowed` whose site is not that of `publicUrl`: SameSite=Lax keeps the cookie from their pages. */
export function otherSiteOrigins(publicUrl: string, allowed: readonly string[]): string[] {
  const home = siteOf(publicUrl)
  return allowed.filter((origin) => siteOf(origin) !== home)
}

/** As browsers tell sites apart: scheme and registrable domain, or the host where it has none (localhost, an IP). */
function siteOf(address: string): string {
  const { protocol, hostname } = new URL(address)
  return `${protocol}//${getDomain(hostname, { allowPrivateDomains: true }) ?? hostname}`
}
