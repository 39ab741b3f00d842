import type { Server } from 'node:http'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Express, Request } from 'express'
import type { Logger } from 'pino'
import type { Config } from './config.ts'
import { findFeatures } from './features/feature.ts'
import type { Context } from './graphql/context.ts'
import { adminResolvers } from './graphql/resolvers/admin.ts'
import { sessionResolvers } from './graphql/resolvers/session.ts'
import { userResolvers } from './graphql/resolvers/user.ts'
import { scalarResolvers } from './graphql/scalars.ts'
import { buildSchema } from './graphql/schema.ts'
import { createGraphql } from './graphql/server.ts'
import { createAskerOf } from './http/asker.ts'
import { otherSiteOrigins, ownOrigins } from './http/origin.ts'
import { factsOf, reportOf } from './http/request-log.ts'
import { createHttp } from './http/server.ts'
import { cookieRules, loadSession } from './http/session.ts'
import { createRequireUser } from './http/user.ts'
import { describeError } from './log.ts'
import { createFileMailer, createSmtpMailer, type Mailer } from './mail/mailer.ts'
import type { Clock } from './model.ts'
import { connect, isDatabaseError } from './mongo/connect.ts'
import { withDeadline } from './mongo/deadline.ts'
import { SessionStore } from './mongo/session-store.ts'
import { developmentSecret } from './secret.ts'
import { buildVerbs, ownIndexes } from './verbs.ts'

/** What the process lends the service. */
export interface Surroundings {
  /** The server whose connections are drained at the end; already listening, so that its port is known. */
  httpServer: Server
  /** The port taken. */
  port: number
  clock: Clock
  log: Logger
  /** Instead of the mailer that the settings name. */
  mailer?: Mailer
}

/** The service: it answers through `handler`, and `close` ends it in the reverse order of its building. */
export interface App {
  handler: Express
  publicUrl: string
  /** Resolves once the database has been prepared. */
  ready: Promise<void>
  /** Settles when the embedded database has died by itself. */
  failed: Promise<Error>
  close(): Promise<void>
}

/** One request may take the database so long: an answer comes within 5 s, also with the database away. */
const REQUEST_DEADLINE = 4000

const SCHEMA_DIRECTORY = fileURLToPath(new URL('../schema', import.meta.url))
const CONSOLE_DIRECTORY = fileURLToPath(new URL('../dist/console', import.meta.url))

function createMailer(config: Config, appUrl: string, log: Logger): Mailer {
  return config.smtp
    ? createSmtpMailer(config.smtp, appUrl)
    : createFileMailer(join(config.dataDir, 'outbox'), appUrl, log)
}

/** Warns of settings that work otherwise than somebody may think. */
function warn(config: Config, publicUrl: string, log: Logger): void {
  if (config.production && config.database.kind === 'embedded') {
    log.warn({ event: 'start.warning' }, 'The embedded database serves one process: do not run a second one beside it')
  }
  if (config.production && config.publicUrl === null) {
    log.warn({ event: 'start.warning' }, `PUBLIC_URL is not set: mails and pages lead to ${publicUrl}`)
  }
  for (const origin of otherSiteOrigins(publicUrl, config.allowedOrigins)) {
    log.warn(
      { event: 'start.warning', origin },
      `${origin} is of another site than ${publicUrl}: browsers keep the session cookie from it (SameSite=Lax)`,
    )
  }
}

/** Opens each part and hands it to the next. Listens to nothing. */
export async function buildApp(
  config: Config,
  { httpServer, port, clock, log, mailer: given }: Surroundings,
): Promise<App> {
  const publicUrl = config.publicUrl ?? `http://localhost:${port}`
  const appUrl = config.appUrl ?? publicUrl
  warn(config, publicUrl, log)
  const secrets = config.sessionSecrets ?? [developmentSecret(config.dataDir)]
  const database = await connect(config.database, clock, log)
  try {
    const mailer = given ?? createMailer(config, appUrl, log)
    const { verbs, users, sessionRecords, outbox } = await buildVerbs(config, database, { clock, log, mailer })

    const rules = cookieRules(publicUrl)
    const store = new SessionStore(database, sessionRecords, () =>
      log.error({ event: 'session.unreadable' }, 'A session could not be understood and was removed'),
    )
    const askerOf = createAskerOf(verbs.sessions, { store, records: sessionRecords, rules })
    const contextOf = (request: Request): Context => ({
      ...verbs,
      asker: askerOf(request),
      facts: factsOf(request),
      now: clock.now,
    })
    const requireUser = createRequireUser(askerOf, clock.now)

    const features = await findFeatures({ collection: database.collection, userById: users.byId, clock, requireUser })
    const resolvers = [
      scalarResolvers,
      userResolvers,
      sessionResolvers,
      adminResolvers,
      ...features.map((feature) => feature.resolvers),
    ]
    const graphql = await createGraphql({
      ...{ httpServer, log, contextOf, isDatabaseError, describeError },
      schema: buildSchema(SCHEMA_DIRECTORY, resolvers),
      introspection: config.introspection,
    })

    const handler = createHttp({
      ...{ log, requireUser, askerOf, isDatabaseError, describeError },
      trustProxy: config.trustProxy,
      origins: { own: ownOrigins(publicUrl, appUrl), allowed: config.allowedOrigins, hint: !config.production },
      console: {
        ...{ ...config.console, directory: CONSOLE_DIRECTORY, graphiql: config.graphiql },
        ...{ minPasswordLength: config.passwordMinLength, isDevelopment: !config.production },
        returnOrigins: [...ownOrigins(publicUrl, appUrl), ...config.allowedOrigins],
      },
      isReady: database.answers,
      deadline: (_request, _response, next) => withDeadline(REQUEST_DEADLINE, next),
      session: loadSession(store, secrets, rules, reportOf),
      graphql: graphql.handlers,
      account: verbs.account,
      features: features.flatMap(({ route }) => route ?? []),
    })

    database.prepare([...ownIndexes, ...features.flatMap(({ indexes }) => indexes ?? [])])
    const ready = database.prepared.then(outbox.wake)

    return {
      handler,
      publicUrl,
      ready,
      failed: database.failed,
      async close() {
        await graphql.stop()
        await outbox.stop()
        mailer.close()
        await database.close()
      },
    }
  } catch (error) {
    await database.close()
    throw error
  }
}
