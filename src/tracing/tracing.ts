import type { ApolloServerPlugin } from '@apollo/server'
import type { RequestHandler } from 'express'
import type { GraphQLSchema } from 'graphql'
import type { MongoClient } from 'mongodb'
import type { TraceCarrier } from '../domain/mail/trace-carrier.ts'
import type { Context } from '../graphql/context.ts'

/** What the service tells its traces. */
export interface Tracing extends TraceCarrier {
  /** Goes before every other handler. */
  readonly handler: RequestHandler
  readonly plugin: ApolloServerPlugin<Context>
  /** Makes the root fields of a schema spans. */
  watchFields(schema: GraphQLSchema): void
  /** Makes the commands of a client spans. Its option `monitorCommands` is on. */
  watchCommands(client: MongoClient): void
  /** What each line of the log says of the trace. */
  describe(): Record<string, string>
  /** Sends the spans that wait. */
  stop(): Promise<void>
}

/** For a service whose traces are off. */
export const NO_TRACES: TraceCarrier = {
  carry: () => null,
  resume: (_trace, _name, run) => run(),
  leave: (run) => run(),
}

const isSet = (value: string | undefined): boolean => value !== undefined && value.trim() !== ''

/** Whether OpenTelemetry's own settings ask for traces. */
export function wantsTraces(env: NodeJS.ProcessEnv): boolean {
  if (env.OTEL_SDK_DISABLED?.toLowerCase() === 'true') return false
  if (isSet(env.OTEL_TRACES_EXPORTER)) return env.OTEL_TRACES_EXPORTER !== 'none'
  return isSet(env.OTEL_EXPORTER_OTLP_ENDPOINT) || isSet(env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT)
}

/** Starts traces where the settings ask for them. OpenTelemetry is loaded only then. */
export async function startTracing(env: NodeJS.ProcessEnv): Promise<Tracing | null> {
  if (!wantsTraces(env)) return null
  const { openTelemetry } = await import('./open-telemetry.ts')
  return openTelemetry(env)
}
