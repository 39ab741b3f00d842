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
import type { Request, RequestHandler, Response } from 'express'
import { GraphQLError, type GraphQLFormattedError, type GraphQLSchema, type ValidationRule } from 'graphql'
import type { Logger } from 'pino'
import { SECONDS } from '../units.ts'
import type { Context } from './context.ts'
import { createFormatError, isLateRefusal, isSurprise, statusOf } from './errors.ts'
import { createLimits } from './limits.ts'

interface GraphqlParts {
  schema: GraphQLSchema
  httpServer: Server
  introspection: boolean
  log: Logger
  contextOf(request: Request, response: Response): Context
  isDatabaseError(error: unknown): boolean
  describeError(error: unknown): Record<string, unknown>
}

const DRAIN_GRACE = 10 * SECONDS

/** What Apollo Server would add by itself: a page, reports to its maker, and hints to caches of what is never cached. */
const WITHOUT = [
  ApolloServerPluginLandingPageDisabled(),
  ApolloServerPluginCacheControlDisabled(),
  ApolloServerPluginInlineTraceDisabled(),
  ApolloServerPluginSchemaReportingDisabled(),
  ApolloServerPluginUsageReportingDisabled(),
]

/** The first error's code, or ok: how a request ended, for its line in the log. */
const outcomeOf = (errors: readonly GraphQLFormattedError[]) => String(errors[0]?.extensions?.code ?? 'ok')

/** An operation that the schema has no root type for is wrong by its document; graphql itself finds out on executing it. */
const servedOperations: ValidationRule = (context) => ({
  OperationDefinition(node) {
    if (context.getSchema().getRootType(node.operation)) return
    context.reportError(new GraphQLError(`The schema has no ${node.operation}.`, { nodes: node }))
  },
})

/** Logs surprises under the request's id, and sets the status that the contract gives an answer. */
function answering({ describeError }: GraphqlParts): ApolloServerPlugin<Context> {
  return {
    async requestDidStart({ contextValue: { facts } }) {
      return {
        async didResolveOperation({ operation }) {
          facts.operation = operation?.name?.value ?? operation?.operation ?? null
        },
        async didEncounterErrors({ errors }) {
          for (const error of errors) {
            const cause = error.originalError ?? error
            if (error.path && !isLateRefusal(error))
              facts.log.debug({ event: 'field.failed', path: error.path.join('.'), ...describeError(cause) })
          }
        },
        async willSendResponse({ response, errors: originals }) {
          if (response.body.kind !== 'single') return
          const { data, errors = [] } = response.body.singleResult
          facts.outcome = outcomeOf(errors)
          errors.forEach((error, index) => {
            if (!isSurprise(error)) return
            Object.assign(error.extensions ?? {}, { requestId: facts.requestId })
            const original = originals?.[index]
            facts.log.error(
              { event: 'request.failed', ...describeError(original?.originalError ?? original) },
              'A request failed',
            )
          })
          if (errors.length === 0) return
          response.http.status = statusOf(data, errors)
          const retryAfter = errors.find(({ extensions }) => extensions?.retryAfter !== undefined)?.extensions
            ?.retryAfter
          if (retryAfter !== undefined) response.http.headers.set('retry-after', String(retryAfter))
        },
      }
    },
  }
}

/** Answers as the spec's media type only where the client prefers that, else as JSON, whatever it accepts. */
const negotiate: RequestHandler = (request, _response, next) => {
  const { accept = '*/*' } = request.headers
  if (accept === '*/*' || accept === 'application/json') return next()
  const types = ['application/json', 'application/graphql-response+json']
  // With its charset a type fits both those who name it and those who do not.
  const preferred = request.accepts(types.map((type) => `${type}; charset=utf-8`)) || 'application/json'
  request.headers.accept = preferred.replace(/;.*/, '')
  next()
}

/** GraphQL over HTTP, without anything that Apollo Server would add by itself. */
export async function createGraphql(
  parts: GraphqlParts,
): Promise<{ handlers: RequestHandler[]; stop(): Promise<void> }> {
  const { schema, httpServer, introspection, log, isDatabaseError, contextOf } = parts
  const limits = createLimits(schema)
  const server = new ApolloServer<Context>({
    schema,
    parseOptions: limits.parseOptions,
    introspection,
    formatError: createFormatError(isDatabaseError),
    includeStacktraceInErrorResponses: false,
    hideSchemaDetailsFromClientErrors: !introspection,
    allowBatchedHttpRequests: false,
    persistedQueries: false,
    csrfPrevention: true,
    validationRules: [limits.rule, servedOperations],
    validationOptions: { maxErrors: 5 },
    stopOnTerminationSignals: false,
    logger: log.child({ part: 'graphql' }),
    plugins: [
      ...WITHOUT,
      ApolloServerPluginDrainHttpServer({ httpServer, stopGracePeriodMillis: DRAIN_GRACE }),
      limits.plugin,
      answering(parts),
    ],
  })
  await server.start()
  const middleware = expressMiddleware(server, { context: async ({ req, res }) => contextOf(req, res) })
  return { handlers: [negotiate, middleware], stop: () => server.stop() }
}
