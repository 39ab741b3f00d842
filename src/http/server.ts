import express, {
  type ErrorRequestHandler,
  type Express,
  type Request,
  type RequestHandler,
  type Response,
} from 'express'
import helmet from 'helmet'
import type { Logger } from 'pino'
import type { Account } from '../domain/account.ts'
import type { Asker } from '../domain/sessions.ts'
import { DAYS, SECONDS } from '../units.ts'
import { readBody } from './body.ts'
import { answerInTurn } from './connections.ts'
import { consolePages } from './console.ts'
import { fail } from './failure.ts'
import { readForwardedAddresses } from './forwarded.ts'
import { allowMethods, requireOneHost } from './methods.ts'
import { originGuard } from './origin.ts'
import { factsOf, logRequests } from './request-log.ts'
import type { RequireUser } from './user.ts'

/** What the pipeline is made of. */
export interface HttpParts {
  log: Logger
  trustProxy: number | string[] | null
  origins: { own: readonly string[]; allowed: readonly string[]; hint: boolean }
  console: { directory: string; graphiql: boolean }
  isReady(): Promise<boolean>
  /** Bounds what one request may take of the database. */
  deadline: RequestHandler
  session: RequestHandler[]
  graphql: RequestHandler[]
  requireUser: RequireUser
  askerOf(request: Request): Asker
  account: Pick<Account, 'exportData'>
  /** Routes of a clone's own. */
  features: { path: string; router: RequestHandler }[]
  isDatabaseError(error: unknown): boolean
  describeError(error: unknown): Record<string, unknown>
}

/** How long browsers keep to https once they have seen it, in seconds. */
const HSTS_MAX_AGE = (730 * DAYS) / SECONDS
const RETRY_AFTER = '2'
const FRESH_PROOF = 600

const securityHeaders = helmet({
  contentSecurityPolicy: {
    useDefaults: false,
    directives: { defaultSrc: ["'none'"], baseUri: ["'none'"], objectSrc: ["'none'"], frameAncestors: ["'none'"] },
  },
  strictTransportSecurity: { maxAge: HSTS_MAX_AGE, includeSubDomains: true },
  crossOriginResourcePolicy: { policy: 'same-origin' },
  referrerPolicy: { policy: 'no-referrer' },
  xFrameOptions: { action: 'deny' },
  // Of no use to an API, or to any browser since 2020.
  originAgentCluster: false,
  xDnsPrefetchControl: false,
  xDownloadOptions: false,
  xPermittedCrossDomainPolicies: false,
  xXssProtection: false,
})

const noStore: RequestHandler = (request, response, next) => {
  // Express takes it to fit answers without an ETag, too, and would send 304.
  if (request.headers['if-none-match'] === '*') delete request.headers['if-none-match']
  response.set('Cache-Control', 'no-store')
  next()
}

const notFound: RequestHandler = (_request, response) => fail(response, 'NOT_FOUND')

/** Puts an answer of the contract in the place of one that Apollo Server gives where it fails by itself. */
const nameFailures: RequestHandler = (request, response, next) => {
  const send = response.send
  response.send = (body) => {
    response.send = send
    if (response.statusCode !== 500) return response.send(body)
    const { log, requestId } = factsOf(request)
    log.error({ event: 'request.failed', error: 'Apollo Server failed' }, 'A request failed')
    fail(response, 'INTERNAL_SERVER_ERROR', { requestId })
    return response
  }
  next()
}

/** The last resort: an outage is told apart from a surprise, and nothing of either reaches the client. */
const lastResort =
  ({ isDatabaseError, describeError }: HttpParts): ErrorRequestHandler =>
  (error, request, response, next) => {
    const facts = factsOf(request)
    const status = Number(error?.status ?? error?.statusCode)
    if (response.headersSent) return next(error)
    if (status >= 400 && status < 500) return fail(response, 'MALFORMED')
    const unavailable = isDatabaseError(error)
    facts.log.error({ event: 'request.failed', ...describeError(error) }, 'A request failed')
    if (!unavailable) return fail(response, 'INTERNAL_SERVER_ERROR', { requestId: facts.requestId })
    response.set('Retry-After', RETRY_AFTER)
    fail(response, 'UNAVAILABLE')
  }

const exportAccount =
  ({ askerOf, account }: HttpParts): RequestHandler =>
  async (request: Request, response: Response) => {
    if (!request.viewer) return fail(response, 'UNAUTHENTICATED')
    response.attachment('account.json').json(await account.exportData(request.viewer, askerOf(request)))
  }

/** The pipeline, in the order in which a request passes it. */
export function createHttp(parts: HttpParts): Express {
  const app = express()
  app.disable('x-powered-by')
  app.disable('etag')
  app.set('trust proxy', parts.trustProxy ?? false)
  app.set('query parser', 'simple')
  app.enable('strict routing')
  app.enable('case sensitive routing')

  app.use(logRequests(parts.log))
  app.use(answerInTurn)
  app.use(readForwardedAddresses)
  app.use(securityHeaders)
  app.use(noStore)
  app.use(requireOneHost)
  app.all(['/healthz', '/readyz'], allowMethods('GET', 'HEAD'))
  app.get('/healthz', (_request, response) => void response.json({ status: 'ok' }))
  app.get('/readyz', async (_request, response) => {
    const ready = await parts.isReady()
    response.status(ready ? 200 : 503).json({ status: ready ? 'ready' : 'unavailable' })
  })
  // Before anything reads a cookie: a foreign origin touches no session.
  app.use(originGuard(parts.origins))
  app.all('/graphql', allowMethods('POST'), readBody, nameFailures, parts.deadline, parts.session, parts.graphql)
  // Behind get(), since a router of its own answers OPTIONS by itself.
  app.get(/^/, consolePages(parts.console))
  app.get(
    '/account/export',
    parts.deadline,
    parts.session,
    parts.requireUser({ maxAge: FRESH_PROOF }),
    exportAccount(parts),
  )
  for (const { path, router } of parts.features) app.use(path, parts.deadline, parts.session, router)
  app.use(notFound)
  app.use(lastResort(parts))
  return app
}
