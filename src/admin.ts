import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { MongoClient } from 'mongodb'
import { checkCommands } from './admin/check-command.ts'
import { eventCommands } from './admin/event-commands.ts'
import { importCommands } from './admin/import-commands.ts'
import { maintenanceCommands } from './admin/maintenance-commands.ts'
import { type CheckInit, type Command, CommandError, createShell } from './admin/shell.ts'
import { showCommands } from './admin/show-commands.ts'
import { userCommands } from './admin/user-commands.ts'
import { type Config, ConfigError, loadEnvFile, readConfig } from './config.ts'
import { URI_FILE } from './embedded/files.ts'
import { EmbeddedError } from './embedded/start.ts'
import { createLog } from './log.ts'
import { NO_METRICS } from './metrics/metrics.ts'
import { systemClock } from './model.ts'
import { type Database, type DatabaseAddress, IndexError, openDatabase } from './mongo/database.ts'
import { describeDatabaseError, isOutage } from './mongo/database-errors.ts'
import { createEventIndexes } from './mongo/events.ts'
import { createFeatureHooks } from './open-features.ts'
import { readOrCreateSecret } from './secret.ts'
import { createDeps, OWN_INDEXES } from './services.ts'
import { findStartWarnings } from './start-warnings.ts'
import { NO_TRACES } from './tracing/tracing.ts'
import { SECONDS } from './units.ts'

const COMMANDS: Record<string, Command> = {
  ...userCommands,
  ...showCommands,
  ...importCommands,
  ...eventCommands,
  ...maintenanceCommands,
  ...checkCommands,
}

/** Builds a line for each command. */
function buildUsage(): string {
  const lines = Object.entries(COMMANDS).map(([name, { usage, help }]) => [`${name} ${usage}`.trim(), help] as const)
  const width = Math.max(...lines.map(([call]) => call.length))
  lines.push(['help', 'lists the commands'])
  return ['Usage: npm run admin -- COMMAND', ...lines.map(([call, help]) => `  ${call.padEnd(width)}  ${help}`)].join(
    '\n',
  )
}

/** MongoDB's error code AuthenticationFailed. */
const AUTHENTICATION_FAILED = 18

/** Finds the socket of a running embedded database; without one, the command opens the database itself. */
async function findAddress(address: DatabaseAddress): Promise<DatabaseAddress> {
  if (address.kind === 'mongodb') return address
  const path = join(address.directory, URI_FILE)
  if (!existsSync(path)) {
    if (existsSync(address.directory)) return address
    throw new CommandError(`There is no database in ${address.directory}: set DATA_DIR or MONGODB_URI.`)
  }
  const uri = readFileSync(path, 'utf8').trim()
  const client = new MongoClient(uri, { serverSelectionTimeoutMS: SECONDS })
  try {
    await client.db().command({ ping: 1 })
    return { kind: 'mongodb', uri, name: address.name }
  } catch {
    return address
  } finally {
    await client.close()
  }
}

/** Explains why the database cannot be used, without the error's own text, which may hold what was sent. */
function describeFailure(failure: Error): string {
  if (failure instanceof IndexError) return failure.message
  const { error, code } = describeDatabaseError(failure)
  if (code === AUTHENTICATION_FAILED) return 'The database refuses the user or the password of MONGODB_URI.'
  return isOutage(failure) ? 'The database cannot be reached.' : `The database cannot be used: ${error} ${code ?? ''}.`
}

const listIndexes = ({ auditRetentionMs }: Config) => [...OWN_INDEXES, createEventIndexes(auditRetentionMs)]

async function prepare(database: Database, config: Config): Promise<void> {
  await database.prepareOnce(listIndexes(config)).catch((error) => {
    throw new CommandError(describeFailure(error))
  })
}

function createChecks(config: Config, database: Database): CheckInit {
  const publicUrl = config.publicUrl ?? `http://localhost:${config.port}`
  return {
    database: {
      database,
      indexes: listIndexes(config),
      isEmbedded: config.database.kind === 'embedded',
      describeFailure,
    },
    findWarnings: () => findStartWarnings(config, publicUrl).map(({ message }) => message),
    ...{ smtp: config.smtp, threads: config.threads, publicUrl },
  }
}

/** @throws CommandError with the usage, for an unknown command or a wrong number of arguments */
function readCommand([name = '', ...args]: readonly string[]): { command: Command; args: readonly string[] } {
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined
  const [needed = ''] = command?.usage.split('[') ?? []
  const required = needed.split(' ').filter(Boolean)
  const words = command?.usage.split(' ').filter(Boolean) ?? []
  if (!command || args.length < required.length || args.length > words.length) throw new CommandError(buildUsage())
  return { command, args }
}

async function main(words: readonly string[]): Promise<void> {
  if (words[0] === 'help') return void process.stdout.write(`${buildUsage()}\n`)
  const { command, args } = readCommand(words)
  loadEnvFile('.env', process.env)
  const config = readConfig(process.env)
  const database = await openDatabase(await findAddress(config.database), systemClock, createLog('silent', false))
  try {
    if (!command.isCheck) await prepare(database, config)
    const { deps } = await createDeps(config, database, {
      sessionSecrets: config.sessionSecrets ?? [readOrCreateSecret(config.dataDir)],
      origins: [],
      appHost: new URL(config.appUrl ?? config.publicUrl ?? 'http://localhost').hostname,
      clock: systemClock,
      log: createLog('silent', false),
      mailer: { send: () => Promise.reject(new Error('The shell sends no mail.')), close() {} },
      features: createFeatureHooks([]),
      observer: NO_METRICS,
      traces: NO_TRACES,
    })
    // Standard output holds the command's answer, so the log goes to standard error.
    const events = createLog(config.logLevel, false, process.stderr)
    const written: (Promise<void> | null)[] = []
    await command.run(
      createShell(deps, database, {
        report(event) {
          events.info(event)
          written.push(deps.audit.record(event, null))
        },
        say: (text) => void process.stdout.write(`${text}\n`),
        checks: createChecks(config, database),
      }),
      args,
    )
    await Promise.all(written)
  } finally {
    await database.close()
  }
}

process.stdout.on('error', ({ code }: NodeJS.ErrnoException) => {
  // A reader such as `head` has closed the pipe.
  process.exit(code === 'EPIPE' ? 0 : 1)
})

main(process.argv.slice(2)).catch((error) => {
  const isKnown = error instanceof CommandError || error instanceof ConfigError || error instanceof EmbeddedError
  process.stderr.write(`${isKnown ? error.message : `The command failed: ${error.name}`}\n`)
  process.exitCode = 1
})
