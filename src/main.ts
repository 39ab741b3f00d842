import { existsSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import closeWithGrace from 'close-with-grace'
import type { Logger } from 'pino'
import { buildApp } from './app.ts'
import { type Config, ConfigError, readConfig } from './config.ts'
import { assertHashingWorks } from './domain/credentials/hashing-check.ts'
import { EmbeddedError } from './embedded/start.ts'
import { FeatureError } from './features/find-features.ts'
import { SchemaError } from './graphql/schema.ts'
import { createLog, describeError } from './log.ts'
import { systemClock } from './model.ts'
import { SECONDS } from './units.ts'

const GRACE = 10 * SECONDS
/** A database that is there is ready by then; one that is not may take its time. */
const LONGEST_SILENCE = 1 * SECONDS

/** Slow clients are cut: Node's own limits are 60 s and 300 s. */
const SERVER_LIMITS = { headersTimeout: 15 * SECONDS, requestTimeout: 30 * SECONDS, keepAliveTimeout: 5 * SECONDS }

/** The next client is turned away; far below what a process may open, so that the database and the mails find room. */
const MAX_CONNECTIONS = 10_000

function fail(text: string): never {
  process.stderr.write(`${text}\n`)
  process.exit(1)
}

function readSettings(): Config {
  try {
    if (existsSync('.env')) process.loadEnvFile('.env')
    return readConfig(process.env)
  } catch (error) {
    return fail(error instanceof ConfigError ? error.message : `.env cannot be read: ${(error as Error).message}`)
  }
}

/** A start that failed for a reason that its operator can mend is told in a sentence, without a stack. */
function explain(error: unknown, { host, port, dataDir }: Config): string {
  const { code, message } = error as NodeJS.ErrnoException
  if (code === 'EADDRINUSE') return `Port ${port} on ${host} is in use: stop what listens there, or set PORT.`
  if (code === 'EACCES' && (error as NodeJS.ErrnoException).syscall === 'listen')
    return `Port ${port} may not be used: set PORT to one above 1023.`
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') return `${host} is no address of this machine: set HOST.`
  if (code === 'EEXIST' || code === 'ENOTDIR') return `DATA_DIR (${dataDir}) is not a directory.`
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS' || code === 'ENOSPC')
    return `DATA_DIR (${dataDir}) cannot be written: ${code}.`
  if (error instanceof EmbeddedError || error instanceof SchemaError || error instanceof FeatureError) return message
  return `The service cannot start: ${error instanceof Error ? (error.stack ?? message) : String(error)}`
}

async function serve(config: Config, log: Logger): Promise<void> {
  const server = createServer({ ...SERVER_LIMITS, connectionsCheckingInterval: 5 * SECONDS })
  server.maxConnections = MAX_CONNECTIONS
  const listening = new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(config.port, config.host, resolve)
  })
  await listening
  const { port } = server.address() as AddressInfo
  const building = Promise.all([
    buildApp(config, { httpServer: server, port, clock: systemClock, log }),
    assertHashingWorks(),
  ])
  const wait: RequestListener = (request, response) => {
    building.then(
      ([app]) => app.handler(request, response),
      () => response.destroy(),
    )
  }
  server.on('request', wait)
  const [app] = await building
  server.off('request', wait).on('request', app.handler)

  closeWithGrace({ delay: GRACE, logger: false }, async ({ err, signal }) => {
    if (signal) log.info({ event: 'process.stopping', signal }, 'Stopping')
    else log.fatal({ event: 'process.failed', ...describeError(err) }, 'An error that nobody caught: the service ends')
    server.close()
    await app.close()
    log.info({ event: 'process.stopped' }, 'Stopped')
    // Only who was asked to stop has stopped well; a rejection without a reason has no error.
    if (!signal) process.exit(1)
  })
  app.failed.then((error) => {
    log.fatal({ event: 'database.failed', error: error.message }, 'The embedded database has died: the service ends')
    throw error
  })
  await Promise.race([app.ready, setTimeout(LONGEST_SILENCE, undefined, { ref: false })])
  log.info({ event: 'process.listening', address: app.publicUrl }, `Gatehouse serves on ${app.publicUrl}`)
  const next = config.graphiql ? `open ${app.publicUrl}/graphiql in a browser` : `POST to ${app.publicUrl}/graphql`
  log.info({ event: 'process.next' }, `Next: ${next}; the README has a session with curl`)
}

const config = readSettings()
const log = createLog(config.logLevel, !config.production && process.stdout.isTTY)
serve(config, log).catch((error) => fail(explain(error, config)))
