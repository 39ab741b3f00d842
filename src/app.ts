import type { Server } from 'node:http'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Express, Request } from 'express'
import type { Logger } from 'pino'
import type { Config } from './config.ts'
import { repairDemotions } from './domain/administration/last-admin.ts'
import type { Deps } from './domain/deps.ts'
import { assertKeysKnown } from './domain/factors/stored-keys.ts'
import type { Limiter } from './domain/limits/limits.ts'
import { readMailQueue } from './domain/mail/queue.ts'
import type { MailWorker } from './domain/mail/worker.ts'
import { createServices } from './domain/services.ts'
import { SessionWatch } from './domain/sessions/session-watch.ts'
import { bindResolvers } from './features/bind-resolvers.ts'
import type { NamedFeature } from './features/find-features.ts'
import type { Context } from './graphql/context.ts'
import { adminResolvers } from './graphql/resolvers/admin.ts'
import { eventResolvers } from './graphql/resolvers/events.ts'
import { factorResolvers } from './graphql/resolvers/factors.ts'
import { passkeyResolvers } from './graphql/resolvers/passkeys.ts'
import { sessionResolvers } from './graphql/resolvers/session.ts'
import { userResolvers } from './graphql/resolvers/user.ts'
import { scalarResolvers } from './graphql/scalars.ts'
import { buildSchema } from './graphql/schema.ts'
import { startGraphql } from './graphql/server.ts'
import { guardConnections } from './http/connections.ts'
import type { ConsoleOptions } from './http/console.ts'
import { listOwnOrigins } from './http/origin.ts'
import { loadAuth } from './http/request-auth.ts'
import { createRequireUser } from './http/require-user.ts'
import { createHttpServer } from './http/server.ts'
import { getCookieRules } from './http/session-cookie.ts'
import { describeError } from './log.ts'
import { createFileMailer, createSmtpMailer, type Mailer } from './mail/mailer.ts'
import { createMetrics, type Metrics, NO_METRICS } from './metrics/metrics.ts'
import { serveMetrics } from './metrics/server.ts'
import type { Clock } from './model.ts'
import { createCollections } from './mongo/collections.ts'
import { type Database, openDatabase } from './mongo/database.ts'
import { isOutage } from './mongo/database-errors.ts'
import { createDeadlines, type Deadline } from './mongo/deadline.ts'
import { createEventIndexes } from './mongo/events.ts'
import { QueryScope } from './mongo/query-scope.ts'
import { SessionStore } from './mongo/session-store.ts'
import { readWatchedSessions } from './mongo/watched-sessions.ts'
import { createFeatureHooks, openFeatures } from './open-features.ts'
import { readOrCreateSecret } from './secret.ts'
import { createDeps, OWN_INDEXES } from './services.ts'
import { MAX_STOP_MS, stopWithin } from './shutdown.ts'
import { findStartWarnings } from './start-warnings.ts'
import { NO_TRACES, type Tracing } from './tracing/tracing.ts'
import { createTrust } from './trust.ts'
import { SECONDS } from './units.ts'

/** What the process gives the service. */
export interface AppInit {
  /** The server whose connections are drained at the end; it listens already, so that its port is known. */
  httpServer: Server
  /** The app whose requests and responses the server creates; `buildApp` gives it its handlers. */
  express: Express
  /** The port taken. */
  port: number
  clock: Clock
  log: Logger
  /** In place of the mailer that the settings name. */
  mailer?: Mailer
  /** Traces of requests, where the settings ask for them. */
  tracing?: Tracing | null
  /** How long the queries of one request may take, in milliseconds. An answer comes within 5 s by default. */
  requestTimeoutMs?: number
}

/** The service: it answers through `handler`, and `close` ends it in the reverse order of its building. */
export interface App {
  handler: Express
  publicUrl: string
  /** Resolves when the database has been prepared. */
  ready: Promise<void>
  /** Settles when the embedded database has died by itself. */
  failed: Promise<Error>
  /** Completes every stream: they would outlast any request that is waited for. */
  endStreams(): void
  close(): Promise<void>
}

const REQUEST_TIMEOUT_MS = 4 * SECONDS

const SCHEMA_DIRECTORY = fileURLToPath(new URL('../schema', import.meta.url))
const CONSOLE_DIRECTORY = fileURLToPath(new URL('../dist/console', import.meta.url))

function createMailer(config: Config, appUrl: string, log: Logger): Mailer {
  const { serviceName, accentColor } = config
  const settings = { appUrl, serviceName, accentColor }
  return config.smtp
    ? createSmtpMailer(config.smtp, settings)
    : createFileMailer(join(config.dataDir, 'outbox'), settings, log)
}

const OWN_RESOLVERS = [
  scalarResolvers,
  userResolvers,
  sessionResolvers,
  factorResolvers,
  passkeyResolvers,
  eventResolvers,
  adminResolvers,
]

/** The parts of the service that its servers share. */
interface Parts {
  config: Config
  init: AppInit
  publicUrl: string
  database: Database
  deps: Deps & { limiter: Limiter }
  mailWorker: MailWorker
  sessionSecrets: string[]
  features: readonly NamedFeature[]
  metrics: Metrics | null
}

function buildConsoleOptions(config: Config, publicUrl: string): ConsoleOptions {
  const { graphiql, serviceName, accentColor, passwordMinLength, signup } = config
  return {
    ...{ directory: CONSOLE_DIRECTORY, graphiql, serviceName, accentColor, signup },
    pages: config.console,
    minPasswordLength: passwordMinLength,
    isDevelopment: !config.production,
    returnOrigins: [...listOwnOrigins(publicUrl, config.appUrl ?? publicUrl), ...config.allowedOrigins],
  }
}

function createSessionWatch({
  deps,
  database,
  log,
  createDeadline,
}: Pick<Parts, 'deps' | 'database'> & { log: Logger; createDeadline(): Deadline }): SessionWatch {
  return new SessionWatch({
    ...deps,
    readWatched: (keys) => readWatchedSessions(new QueryScope(database, createDeadline()), keys),
    onError: (error) =>
      log.warn({ event: 'streams.read-failed', ...describeError(error) }, 'The sessions of streams cannot be read'),
  })
}

async function startServers({ config, init, publicUrl, database, deps, sessionSecrets, features, metrics }: Parts) {
  const observer = metrics ?? NO_METRICS
  const { httpServer, express, clock, log, requestTimeoutMs = REQUEST_TIMEOUT_MS } = init
  const services = createServices(deps)
  const createDeadline = createDeadlines(requestTimeoutMs)
  const createContext = ({ auth, deadline, logFields }: Request): Context => ({
    ...{ services, auth, deadline, logFields, limiter: deps.limiter },
    now: clock.now,
  })
  const schema = buildSchema(SCHEMA_DIRECTORY, [
    ...OWN_RESOLVERS,
    ...features.map(({ resolvers }) => bindResolvers(resolvers)),
  ])
  init.tracing?.watchFields(schema)
  const trust = await createTrust(config, schema)
  const graphql = await startGraphql({
    ...{ httpServer, log, createContext, isOutage, describeError },
    clock,
    watch: createSessionWatch({ deps, database, log, createDeadline }),
    createEventAuth(auth, viewer) {
      const deadline = createDeadline()
      return auth.fork(viewer, { deadline, db: createCollections(database, deadline) })
    },
    ...{ schema, plugins: init.tracing ? [init.tracing.plugin] : [] },
    introspection: config.introspection,
  })
  const handler = createHttpServer(express, {
    ...{ log, services, isOutage, describeError, observer, first: init.tracing ? [init.tracing.handler] : [] },
    trustProxy: config.trustProxy,
    origins: {
      own: listOwnOrigins(publicUrl, config.appUrl ?? publicUrl),
      allowed: config.allowedOrigins,
      hint: !config.production,
    },
    console: buildConsoleOptions(config, publicUrl),
    isReady: () => database.isReachable(),
    loadAuth: loadAuth({
      ...{ deps, database, observer },
      store: new SessionStore(database),
      secrets: sessionSecrets,
      rules: getCookieRules(publicUrl),
      createDeadline,
    }),
    requireUser: createRequireUser(clock.now),
    graphql: [...trust, ...graphql.handlers],
    stream: [...trust, graphql.streams.handler],
    features: features.flatMap(({ route }) => route ?? []),
  })
  metrics?.addGauges({
    countWaitingHashes: deps.hasher.countWaiting,
    countStreams: graphql.streams.count,
    readMailQueue: () => readMailQueue(createCollections(database), clock),
  })
  return { handler, endStreams: graphql.streams.close, stop: graphql.stop }
}

async function start({ init: { clock, log }, database, mailWorker, deps }: Parts): Promise<void> {
  await database.prepared
  await assertKeysKnown(deps.encryption, createCollections(database))
  mailWorker.wake()
  await repairDemotions({ clock, db: createCollections(database) }).catch((error) =>
    log.error({ event: 'start.repair-failed', ...describeError(error) }, 'Pending demotions cannot be looked up'),
  )
}

/** Opens each part and hands it to the next. Listens to nothing. */
export async function buildApp(config: Config, init: AppInit): Promise<App> {
  const { port, clock, log } = init
  const publicUrl = config.publicUrl ?? `http://localhost:${port}`
  for (const { message, ...fields } of findStartWarnings(config, publicUrl)) {
    log.warn({ event: 'start.warning', ...fields }, message)
  }
  guardConnections(init.httpServer, { log })
  const { tracing = null } = init
  const database = await openDatabase(config.database, clock, log, { monitorCommands: tracing !== null })
  tracing?.watchCommands(database.client)
  try {
    const appUrl = config.appUrl ?? publicUrl
    const mailer = init.mailer ?? createMailer(config, appUrl, log)
    const sessionSecrets = config.sessionSecrets ?? [readOrCreateSecret(config.dataDir)]
    const appHost = new URL(appUrl).hostname
    const origins = [...listOwnOrigins(publicUrl, appUrl), ...config.allowedOrigins]
    const metrics = config.metrics && (await createMetrics(database.client))
    const features: NamedFeature[] = []
    const { deps, mailWorker } = await createDeps(config, database, {
      ...{ clock, log, mailer, sessionSecrets, appHost, origins },
      features: createFeatureHooks(features),
      observer: metrics ?? NO_METRICS,
      traces: tracing ?? NO_TRACES,
    })
    features.push(...(await openFeatures({ database, clock, log, mails: deps.mails })))
    const parts = { config, init, publicUrl, database, deps, mailWorker, sessionSecrets, features, metrics }
    const { handler, endStreams, stop } = await startServers(parts)
    const metricsServer = metrics && config.metrics && (await serveMetrics(metrics, config.metrics))
    database.prepare([
      ...OWN_INDEXES,
      createEventIndexes(config.auditRetentionMs),
      ...features.flatMap(({ indexes }) => indexes ?? []),
    ])
    return {
      ...{ handler, publicUrl, endStreams, ready: start(parts), failed: database.failed },
      async close() {
        endStreams()
        metricsServer?.close()
        await stopWithin(MAX_STOP_MS, stop())
        await stopWithin(MAX_STOP_MS, mailWorker.stop())
        mailer.close()
        await database.close()
        if (tracing) await stopWithin(MAX_STOP_MS, tracing.stop())
      },
    }
  } catch (error) {
    await database.close()
    throw error
  }
}
