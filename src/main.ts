import type { RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { isatty } from 'node:tty'
import closeWithGrace, { type AllEvents } from 'close-with-grace'
import type { Logger } from 'pino'
import { type App, type AppInit, buildApp } from './app.ts'
import { type Config, ConfigError, loadEnvFile, readConfig } from './config.ts'
import { type Connections, createConnections, LINGER_MS } from './connections.ts'
import { assertHashingWorks } from './domain/credentials/hashing-check.ts'
import { createLog, describeError } from './log.ts'
import { systemClock } from './model.ts'
import { GRACE_MS } from './shutdown.ts'
import { explainStartError } from './start-error.ts'
import { startTracing, type Tracing } from './tracing/tracing.ts'
import { SECONDS } from './units.ts'

/** A database that is there is ready by then; one that is not may take its time. */
const MAX_SILENCE_MS = 1 * SECONDS

/** A program error is left to the system, with its core dump, and SIGUSR2 to whoever takes heap snapshots. */
const NOT_OURS: AllEvents[] = ['SIGQUIT', 'SIGILL', 'SIGTRAP', 'SIGABRT', 'SIGBUS', 'SIGFPE', 'SIGSEGV', 'SIGUSR2']

/** Node 24 deprecates url.parse, and is silent where a package uses it: the bundle hides from it that packages do. */
const URL_PARSE = 'DEP0169'

function fail(text: string): never {
  process.stderr.write(`${text}\n`)
  process.exit(1)
}

function readSettings(): Config {
  try {
    loadEnvFile('.env', process.env)
    return readConfig(process.env)
  } catch (error) {
    if (error instanceof ConfigError) return fail(error.message)
    throw error
  }
}

/** What Node would write to stderr as plain text becomes a line of the log. */
function logWarnings(log: Logger): void {
  process.removeAllListeners('warning')
  process.on('warning', (warning: Error & { code?: string }) => {
    if (warning.code === URL_PARSE) return
    log.warn({ event: 'process.warning', warning: warning.name }, warning.message)
  })
}

/** Keeps the signals that ask for something else from ending the process, as they do where nobody listens. */
function ignoreOtherSignals(log: Logger): AllEvents[] {
  process.on('SIGUSR2', () => {})
  // Ctrl-C's sibling: a terminal that is closed. Without one, as under nohup, it is no wish to stop.
  if (isatty(0)) return NOT_OURS
  process.on('SIGHUP', () => log.info({ event: 'process.signal-ignored', signal: 'SIGHUP' }, 'SIGHUP is ignored'))
  return [...NOT_OURS, 'SIGHUP']
}

async function listen({ server }: Connections, { host, port }: Config): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, resolve)
  })
  return (server.address() as AddressInfo).port
}

async function build(
  config: Config,
  { server, express }: Connections,
  parts: Pick<AppInit, 'port' | 'log' | 'tracing'>,
) {
  const building = Promise.all([
    buildApp(config, { httpServer: server, express, clock: systemClock, ...parts }),
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
  return app
}

/** Ends the service on a signal or an error that nobody caught: first the connections, then the parts. */
function closeOnSignal(connections: Connections, app: App, log: Logger, skip: AllEvents[]): void {
  closeWithGrace({ delay: GRACE_MS, logger: false, skip }, async ({ err, signal }) => {
    if (signal) log.info({ event: 'process.stopping', signal }, 'Stopping')
    else log.fatal({ event: 'process.failed', ...describeError(err) }, 'An error that nobody caught: the service ends')
    app.endStreams()
    // Who presses Ctrl-C has no proxy in front that needs time.
    await connections.drain(signal === 'SIGTERM' ? LINGER_MS : 0)
    await app.close()
    log.info({ event: 'process.stopped' }, 'Stopped')
    // Only who was asked to stop has stopped well; a rejection without a reason has no error.
    if (!signal) process.exit(1)
  })
}

async function serve(config: Config, log: Logger, tracing: Tracing | null): Promise<void> {
  const skip = ignoreOtherSignals(log)
  const connections = createConnections(config.keepAliveMs)
  const app = await build(config, connections, { port: await listen(connections, config), log, tracing })
  closeOnSignal(connections, app, log, skip)
  app.failed.then((error) => {
    log.fatal({ event: 'database.failed', error: error.message }, 'The embedded database has died: the service ends')
    throw error
  })
  await Promise.race([app.ready, setTimeout(MAX_SILENCE_MS, undefined, { ref: false })])
  log.info({ event: 'process.listening', address: app.publicUrl }, `Gatehouse serves on ${app.publicUrl}`)
  const next = config.console ? `open ${app.publicUrl} in a browser` : `POST to ${app.publicUrl}/graphql`
  log.info({ event: 'process.next' }, `Next: ${next}; the README has a session with curl`)
}

const config = readSettings()
const tracing = await startTracing(process.env)
const log = createLog(config.logLevel, !config.production && process.stdout.isTTY, undefined, tracing?.describe)
logWarnings(log)
serve(config, log, tracing).catch((error) => fail(explainStartError(error, config)))
