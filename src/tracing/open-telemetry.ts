import { context, propagation, ROOT_CONTEXT, SpanKind, trace } from '@opentelemetry/api'
import { NodeSDK } from '@opentelemetry/sdk-node'
import { watchCommands } from './command-spans.ts'
import { watchFields } from './field-spans.ts'
import { createOperationPlugin } from './operation-spans.ts'
import { traceRequests } from './request-spans.ts'
import { runInSpan } from './span.ts'
import type { Tracing } from './tracing.ts'

const DEFAULT_SERVICE_NAME = 'gatehouse'

function carry(): string | null {
  const carrier: Record<string, string> = {}
  propagation.inject(context.active(), carrier)
  return carrier.traceparent ?? null
}

function describe(): Record<string, string> {
  const traceId = trace.getActiveSpan()?.spanContext().traceId
  return traceId ? { traceId } : {}
}

/** Starts OpenTelemetry, which reads its own settings. Metrics and logs stay with the service's own ways. */
export function openTelemetry(env: NodeJS.ProcessEnv): Tracing {
  const sdk = new NodeSDK({
    ...(env.OTEL_SERVICE_NAME ? {} : { serviceName: DEFAULT_SERVICE_NAME }),
    ...{ metricReaders: [], logRecordProcessors: [], instrumentations: [] },
  })
  sdk.start()
  const tracer = trace.getTracer('gatehouse')
  return {
    handler: traceRequests(tracer),
    plugin: createOperationPlugin(tracer),
    watchFields: (schema) => watchFields(tracer, schema),
    watchCommands: (client) => watchCommands(tracer, client),
    carry,
    resume(traceparent, name, run) {
      const parent = traceparent ? propagation.extract(ROOT_CONTEXT, { traceparent }) : ROOT_CONTEXT
      return context.with(parent, () => runInSpan(tracer, name, { kind: SpanKind.CONSUMER }, run))
    },
    leave: (run) => context.with(ROOT_CONTEXT, run),
    describe,
    stop: () => sdk.shutdown(),
  }
}
