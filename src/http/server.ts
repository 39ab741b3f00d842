import type { ErrorRequestHandler, Express, Request, RequestHandler, Response } from 'express'
import helmet from 'helmet'
import type { Logger } from 'pino'
import type { Services } from '../domain/services.ts'
import { AppError } from '../errors.ts'
import type { Observer } from '../metrics/metrics.ts'
import { DAYS, SECONDS } from '../units.ts'
import { readBody } from './body.ts'
import { answerInTurn } from './connections.ts'
import { type ConsoleOptions, consolePages } from './console.ts'
import { readForwardedAddresses } from './forwarded.ts'
import { allowMethods, requireOneHost } from './methods.ts'
import { guardOrigin } from './origin.ts'
import { bindFeatureQueries, markBackground } from './request-auth.ts'
import { logRequests } from './request-log.ts'
import type { RequireUser } from './require-user.ts'
import { sendClientError, sendError } from './send-error.ts'

/** What the HTTP server works with. */
export interface HttpDeps {
  log: Logger
  observer: Observer
  /** Handlers that see a request before any other. */
  first: readonly RequestHandler[]
  trustProxy: number | string[] | null
  origins: { own: readonly string[]; allowed: readonly string[]; hint: boolean }
  console: ConsoleOptions
  isReady(): Promise<boolean>
  loadAuth: RequestHandler
  graphql: RequestHandler[]
  stream: RequestHandler[]
  requireUser: RequireUser
  services: Pick<Services, 'exportAccount'>
  /** Routes of a clone's features. */
  features: { path: string; router: RequestHandler }[]
  isOutage(error: unknown): boolean
  describeError(error: unknown): Record<string, unknown>
}

/** How long browsers keep to https once they have seen it. */
const HSTS_MAX_AGE_SECONDS = (730 * DAYS) / SECONDS
const EXPORT_MAX_AGE_SECONDS = 600

const setSecurityHeaders = helmet({
  contentSecurityPolicy: {
    useDefaults: false,
    directives: { defaultSrc: ["'none'"], baseUri: ["'none'"], objectSrc: ["'none'"], frameAncestors: ["'none'"] },
  },
  strictTransportSecurity: { maxAge: HSTS_MAX_AGE_SECONDS, includeSubDomains: true },
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

const preventCaching: RequestHandler = (request, response, next) => {
  // Express answers 304 to it even where a response has no ETag.
  if (request.headers['if-none-match'] === '*') delete request.headers['if-none-match']
  response.set('Cache-Control', 'no-store')
  next()
}

const answerNotFound: RequestHandler = (_request, response) => sendError(response, 'NOT_FOUND')

/** Answers in the service's own shape where Apollo Server fails by itself. */
const replaceApolloFailures: RequestHandler = (request, response, next) => {
  const send = response.send
  response.send = (body) => {
    response.send = send
    if (response.statusCode !== 500) return response.send(body)
    const { log, requestId } = request.logFields
    log.error({ event: 'request.failed', error: 'Apollo Server failed' }, 'A request failed')
    sendError(response, new AppError('INTERNAL_SERVER_ERROR', { requestId }))
    return response
  }
  next()
}

/** Answers what a handler has thrown: known errors as they are, anything else without a word of its text. */
const answerError =
  ({ isOutage, describeError }: HttpDeps): ErrorRequestHandler =>
  (error, request, response, next) => {
    const { log, requestId } = request.logFields
    if (response.headersSent) return next(error)
    if (error instanceof AppError) return sendError(response, error)
    const status = Number(error?.status ?? error?.statusCode)
    if (status >= 400 && status < 500) {
      log.warn({ event: 'request.rejected', status, ...describeError(error) }, 'A route rejected a request')
      return sendClientError(response, status)
    }
    log.error({ event: 'request.failed', ...describeError(error) }, 'A request failed')
    if (isOutage(error)) return sendError(response, 'UNAVAILABLE')
    sendError(response, new AppError('INTERNAL_SERVER_ERROR', { requestId }))
  }

const answerExport =
  ({ services }: HttpDeps): RequestHandler =>
  async (request: Request, response: Response) => {
    response.attachment('account.json').json(await services.exportAccount(request.auth))
  }

/** Gives the Express app its handlers, in the order in which a request passes them. */
export function createHttpServer(app: Express, deps: HttpDeps): Express {
  app.disable('x-powered-by')
  app.disable('etag')
  app.set('trust proxy', deps.trustProxy ?? false)
  app.set('query parser', 'simple')
  app.enable('strict routing')
  app.enable('case sensitive routing')

  if (deps.first.length > 0) app.use(...deps.first)
  app.use(logRequests(deps.log, deps.observer.observeRequest))
  app.use(answerInTurn)
  app.use(readForwardedAddresses)
  app.use(setSecurityHeaders)
  app.use(preventCaching)
  app.use(requireOneHost)
  app.all(['/healthz', '/readyz'], allowMethods('GET', 'HEAD'))
  app.get('/healthz', (_request, response) => void response.json({ status: 'ok' }))
  app.get('/readyz', async (_request, response) => {
    const ready = await deps.isReady()
    response.status(ready ? 200 : 503).json({ status: ready ? 'ready' : 'unavailable' })
  })
  // Before the session is loaded: a foreign origin touches no session.
  app.use(guardOrigin(deps.origins))
  app.all('/graphql', allowMethods('POST'), readBody, replaceApolloFailures, deps.loadAuth, deps.graphql)
  app.all('/graphql/stream', allowMethods('POST'), readBody, markBackground, deps.loadAuth, deps.stream)
  // Inside get(), since a router of its own answers OPTIONS by itself.
  app.get(/^/, consolePages(deps.console))
  app.get(
    '/account/export',
    deps.loadAuth,
    bindFeatureQueries,
    deps.requireUser({ maxAge: EXPORT_MAX_AGE_SECONDS }),
    answerExport(deps),
  )
  for (const { path, router } of deps.features) app.use(path, deps.loadAuth, bindFeatureQueries, router)
  app.use(answerNotFound)
  app.use(answerError(deps))
  return app
}
