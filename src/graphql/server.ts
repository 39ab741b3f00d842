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
import { GraphQLError, type GraphQLSchema, Kind, type ValidationRule } from 'graphql'
import type { Logger } from 'pino'
import { SECONDS } from '../units.ts'
import type { Context } from './context.ts'
import { createErrorMessages } from './error-messages.ts'
import { chooseStatus, createFormatError, isLateRefusal } from './errors.ts'
import { createLimits } from './limits.ts'
import { createStreams, type Streams, type StreamsDeps } from './stream/streams.ts'
import { getOutcome, logUnexpected } from './unexpected.ts'

/** What the GraphQL server works with. */
export interface GraphqlDeps extends Pick<StreamsDeps, 'clock' | 'watch' | 'createEventAuth'> {
  schema: GraphQLSchema
  httpServer: Server
  introspection: boolean
  plugins: readonly ApolloServerPlugin<Context>[]
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

/** Refuses an operation that the schema has no root type for; graphql itself only notices on execution. */
const requireRootType: ValidationRule = (context) => ({
  OperationDefinition(node) {
    if (context.getSchema().getRootType(node.operation)) return
    context.reportError(new GraphQLError(`The schema has no ${node.operation}.`, { nodes: node }))
  },
})

/** Returns the failed field's name in the schema: the error's path has the client's alias. */
function getFieldName({ nodes }: GraphQLError): string | null {
  const [node] = nodes ?? []
  return node?.kind === Kind.FIELD ? node.name.value : null
}

/** Logs errors, and sets the HTTP status that the contract gives an answer. */
function createAnswerPlugin(deps: GraphqlDeps): ApolloServerPlugin<Context> {
  return {
    async requestDidStart({ contextValue: { logFields } }) {
      return {
        async didResolveOperation({ operation }) {
          logFields.operation = operation?.name?.value ?? operation?.operation ?? null
          if (operation?.operation !== 'subscription') return
          throw new GraphQLError('Send subscriptions to /graphql/stream.', {
            extensions: { code: 'GRAPHQL_VALIDATION_FAILED' },
          })
        },
        async didEncounterErrors({ errors }) {
          for (const error of errors) {
            if (!error.path || isLateRefusal(error)) continue
            const details = deps.describeError(error.originalError ?? error)
            logFields.log.debug({ event: 'field.failed', field: getFieldName(error), ...details })
          }
        },
        async willSendResponse({ response, errors: originals, contextValue: { auth } }) {
          await auth.settleEvents()
          if (response.body.kind !== 'single') return
          const { data, errors = [] } = response.body.singleResult
          logFields.outcome = getOutcome(errors)
          if (errors.length === 0) return
          logUnexpected(deps.describeError, logFields, errors, originals)
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

/** The GraphQL server: its Express handlers, its streams, and the function that lets requests under way finish. */
export interface GraphqlServer {
  handlers: RequestHandler[]
  streams: Streams
  stop(): Promise<void>
}

/** Starts the GraphQL server. */
export async function startGraphql(deps: GraphqlDeps): Promise<GraphqlServer> {
  const { schema, httpServer, introspection, log, isOutage, createContext } = deps
  const limits = createLimits(schema)
  const formatError = createFormatError(createErrorMessages(schema, introspection), isOutage)
  const server = new ApolloServer<Context>({
    schema,
    parseOptions: limits.parseOptions,
    introspection,
    formatError,
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
      ...deps.plugins,
    ],
  })
  await server.start()
  const middleware = expressMiddleware(server, { context: async ({ req }) => createContext(req) })
  const streams = createStreams({
    ...{ ...deps, limits, formatError },
    maxErrors: MAX_VALIDATION_ERRORS,
    hideSuggestions: !introspection,
  })
  return { handlers: [negotiateMediaType, middleware], streams, stop: () => server.stop() }
}
