import type { Server } from 'node:http'
import { ApolloServer, type ApolloServerPlugin } from '@apollo/server'
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginSchemaReportingDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled'
import { ApolloServerPluginDrainHttpServer } from '@apollo/server/plugin/drainHttpServer'
import { expressMiddleware } from '@as-integrations/express5'
import type { Request, RequestHandler } from 'express'
import { GraphQLError, type GraphQLFormattedError, type GraphQLSchema, type ValidationRule } from 'graphql'
import type { Logger } from 'pino'
import { SECONDS } from '../units.ts'
import type { Context, RequestLogFields } from './context.ts'
import { chooseStatus, createFormatError, isLateRefusal, isUnexpected } from './errors.ts'
import { createLimits } from './limits.ts'

/** What the GraphQL server works with. */
export interface GraphqlDeps {
  schema: GraphQLSchema
  httpServer: Server
  introspection: boolean
  log: Logger
  createContext(request: Request): Context
  isOutage(error: unknown): boolean
  describeError(error: unknown): Record<string, unknown>
}

const MAX_VALIDATION_ERRORS = 5
const DRAIN_GRACE_MS = 10 * SECONDS

/** What Apollo Server adds by itself: a landing page, reports to Apollo, and cache hints. */
const DISABLED_PLUGINS = [
  ApolloServerPluginLandingPageDisabled(),
  ApolloServerPluginCacheControlDisabled(),
  ApolloServerPluginInlineTraceDisabled(),
  ApolloServerPluginSchemaReportingDisabled(),
  ApolloServerPluginUsageReportingDisabled(),
]

/** Returns how a request ended, for its line in the log: the first error's code, or ok. */
const getOutcome = (errors: readonly GraphQLFormattedError[]) => String(errors[0]?.extensions?.code ?? 'ok')

/** Refuses an operation that the schema has no root type for; graphql itself only notices on execution. */
const requireRootType: ValidationRule = (context) => ({
  OperationDefinition(node) {
    if (context.getSchema().getRootType(node.operation)) return
    context.reportError(new GraphQLError(`The schema has no ${node.operation}.`, { nodes: node }))
  },
})

function logUnexpected(
  { describeError }: GraphqlDeps,
  { requestId, log }: RequestLogFields,
  errors: readonly GraphQLFormattedError[],
  originals: readonly GraphQLError[] | undefined,
): void {
  errors.forEach((error, index) => {
    if (!isUnexpected(error)) return
    Object.assign(error.extensions ?? {}, { requestId })
    const original = originals?.[index]
    const cause = original?.originalError ?? original
    log.error({ event: 'request.failed', ...describeError(cause) }, 'A request failed')
  })
}

function createAnswerPlugin(deps: GraphqlDeps): ApolloServerPlugin<Context> {
  return {
    async requestDidStart({ contextValue: { logFields } }) {
      return {
        async didResolveOperation({ operation }) {
          logFields.operation = operation?.name?.value ?? operation?.operation ?? null
        },
        async didEncounterErrors({ errors }) {
          for (const error of errors) {
            if (!error.path || isLateRefusal(error)) continue
            const details = deps.describeError(error.originalError ?? error)
            logFields.log.debug({ event: 'field.failed', path: error.path.join('.'), ...details })
          }
        },
        async willSendResponse({ response, errors: originals }) {
          if (response.body.kind !== 'single') return
          const { data, errors = [] } = response.body.singleResult
          logFields.outcome = getOutcome(errors)
          if (errors.length === 0) return
          logUnexpected(deps, logFields, errors, originals)
          response.http.status = chooseStatus(data, errors)
          const retryAfter = errors
            .map(({ extensions }) => extensions?.retryAfter)
            .find((seconds) => seconds !== undefined)
          if (retryAfter !== undefined) response.http.headers.set('retry-after', String(retryAfter))
        },
      }
    },
  }
}

/** Answers with GraphQL's own media type where the client prefers it, else with JSON, whatever it accepts. */
const negotiateMediaType: RequestHandler = (request, _response, next) => {
  const { accept = '*/*' } = request.headers
  if (accept === '*/*' || accept === 'application/json') return next()
  const types = ['application/json', 'application/graphql-response+json']
  // A type with its charset matches clients that name the charset and clients that do not.
  const preferred = request.accepts(types.map((type) => `${type}; charset=utf-8`)) || 'application/json'
  request.headers.accept = preferred.replace(/;.*/, '')
  next()
}

/** Starts the GraphQL server. Returns its Express handlers, and the function that lets requests under way finish. */
export async function startGraphql(deps: GraphqlDeps): Promise<{ handlers: RequestHandler[]; stop(): Promise<void> }> {
  const { schema, httpServer, introspection, log, isOutage, createContext } = deps
  const limits = createLimits(schema)
  const server = new ApolloServer<Context>({
    schema,
    parseOptions: limits.parseOptions,
    introspection,
    formatError: createFormatError(isOutage),
    includeStacktraceInErrorResponses: false,
    hideSchemaDetailsFromClientErrors: !introspection,
    allowBatchedHttpRequests: false,
    persistedQueries: false,
    csrfPrevention: true,
    validationRules: [limits.rule, requireRootType],
    validationOptions: { maxErrors: MAX_VALIDATION_ERRORS },
    stopOnTerminationSignals: false,
    logger: log.child({ part: 'graphql' }),
    plugins: [
      ...DISABLED_PLUGINS,
      ApolloServerPluginDrainHttpServer({ httpServer, stopGracePeriodMillis: DRAIN_GRACE_MS }),
      limits.plugin,
      createAnswerPlugin(deps),
    ],
  })
  await server.start()
  const middleware = expressMiddleware(server, { context: async ({ req }) => createContext(req) })
  return { handlers: [negotiateMediaType, middleware], stop: () => server.stop() }
}
