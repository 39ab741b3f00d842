import type { ApolloServerPlugin } from '@apollo/server'
import { context, type Span, SpanStatusCode, type Tracer, trace } from '@opentelemetry/api'
import type { Context } from '../graphql/context.ts'
import { getOutcome } from '../graphql/unexpected.ts'
import { cut } from './span.ts'

/** The outcomes that are the service's own failure. */
const FAILURES = ['INTERNAL_SERVER_ERROR', 'UNAVAILABLE']

const spans = new WeakMap<Context, Span>()

/** Returns the context of a request's operation, for the spans of its fields. */
export function getOperationContext(contextValue: Context) {
  const span = spans.get(contextValue)
  return span ? trace.setSpan(context.active(), span) : context.active()
}

/** Makes each operation a span: its type, its name and how it ended, never its document or a variable. */
export const createOperationPlugin = (tracer: Tracer): ApolloServerPlugin<Context> => ({
  async requestDidStart() {
    return {
      async didResolveOperation({ contextValue, operation }) {
        const type = operation?.operation ?? 'query'
        const name = operation?.name?.value
        const attributes = {
          'graphql.operation.type': type,
          ...(name ? { 'graphql.operation.name': cut(name) } : {}),
        }
        spans.set(contextValue, tracer.startSpan(type, { attributes }))
      },
      async willSendResponse({ contextValue, response }) {
        const span = spans.get(contextValue)
        if (!span || response.body.kind !== 'single') return
        const outcome = getOutcome(response.body.singleResult.errors ?? [])
        span.setAttribute('gatehouse.outcome', outcome)
        if (FAILURES.includes(outcome)) span.setStatus({ code: SpanStatusCode.ERROR })
        span.end()
      },
    }
  },
})
