import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { MongoClient } from 'mongodb'
import { ConfigError, loadEnvFile, readConfig } from './config.ts'
import { readEmail } from './domain/account/emails.ts'
import { disableAnyUser, endAllSessions } from './domain/administration/access.ts'
import type { Deps } from './domain/deps.ts'
import type { SecurityEvent } from './domain/events.ts'
import { RequestAuth } from './domain/sessions/request-auth.ts'
import { URI_FILE } from './embedded/files.ts'
import { EmbeddedError } from './embedded/start.ts'
import { createLog } from './log.ts'
import { systemClock, type User } from './model.ts'
import { type Collections, createCollections } from './mongo/collections.ts'
import { type Database, type DatabaseAddress, IndexError, openDatabase } from './mongo/database.ts'
import { describeDatabaseError, isOutage } from './mongo/database-errors.ts'
import { Deadline } from './mongo/deadline.ts'
import { isRole, ROLES, type Role } from './roles.ts'
import { createDeps, OWN_INDEXES } from './services.ts'
import { SECONDS } from './units.ts'

const USAGE = `Usage: npm run admin -- COMMAND
  list                      lists every user: address, roles, state
  grant-role EMAIL ROLE     ROLE is ${ROLES.join(' or ')}
  revoke-role EMAIL ROLE
  disable EMAIL             refuses logins and ends every session
  enable EMAIL
  revoke-sessions EMAIL     ends every session`

/** MongoDB's error code AuthenticationFailed. */
const AUTHENTICATION_FAILED = 18
const PAGE_SIZE = 500
/** The name of the shell in events. */
const SHELL = 'shell'

/** A wrong argument; its message is for the operator. */
class CommandError extends Error {}

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

async function prepare(database: Database): Promise<void> {
  await database.prepareOnce(OWN_INDEXES).catch((error) => {
    throw new CommandError(describeFailure(error))
  })
}

async function* listUsers({ users }: Collections): AsyncGenerator<User> {
  let after: string | null = null
  for (;;) {
    const page: User[] = await users.findPage({ after, prefix: '', limit: PAGE_SIZE })
    yield* page
    const last = page.at(-1)
    if (!last || page.length < PAGE_SIZE) return
    after = last.emailCanonical
  }
}

interface Shell {
  deps: Deps
  auth: RequestAuth
  say(text: string): void
}

function createShell(deps: Deps, database: Database, report: (event: SecurityEvent) => void): Shell {
  const cookie = {
    read: async () => null,
    issue: () => Promise.reject(new Error('The shell has no session.')),
    rollBack: async () => {},
    requireSecure() {},
    forget() {},
    clear() {},
  }
  const auth = new RequestAuth({
    ...{ cookie, report, db: createCollections(database), deadline: new Deadline(Infinity), clientKey: SHELL },
    deviceCookie: { read: () => null, keep: () => SHELL },
    readDevice: () => ({ userAgent: null, address: null }),
    authenticate: async () => null,
  })
  return { deps, auth, say: (text) => void process.stdout.write(`${text}\n`) }
}

async function setRoles({ auth }: Shell, user: User, roles: Role[]): Promise<void> {
  await auth.db.users.updateById(user.id, { roles })
  auth.report({ event: 'user.roles-set', userId: user.id, by: SHELL, roles })
}

const COMMANDS: Record<string, (shell: Shell, user: User, role: Role) => Promise<string>> = {
  async 'grant-role'(shell, user, role) {
    await setRoles(shell, user, [...new Set([...user.roles, role])])
    return `${user.email} has the role ${role}.`
  },
  async 'revoke-role'(shell, user, role) {
    await setRoles(
      shell,
      user,
      user.roles.filter((held) => held !== role),
    )
    return `${user.email} does not have the role ${role}.`
  },
  async disable({ deps, auth }, user) {
    await disableAnyUser(deps, auth, user)
    auth.report({ event: 'user.disabled', userId: user.id, by: SHELL })
    return `${user.email} is disabled, and every session has ended.`
  },
  async enable({ auth }, user) {
    await auth.db.users.updateById(user.id, { disabledAt: null })
    auth.report({ event: 'user.enabled', userId: user.id, by: SHELL })
    return `${user.email} is enabled.`
  },
  async 'revoke-sessions'({ deps, auth }, user) {
    const handles = await endAllSessions(deps, auth, user)
    auth.report({ event: 'sessions.revoked', userId: user.id, by: SHELL, count: handles.length })
    return `Ended sessions of ${user.email}: ${handles.length}.`
  },
}

const NEEDS_ROLE = ['grant-role', 'revoke-role']

function assertUsage(words: readonly string[]): void {
  const [command = '', , role] = words
  const expected = command === 'list' ? 1 : NEEDS_ROLE.includes(command) ? 3 : 2
  if ((command !== 'list' && !Object.hasOwn(COMMANDS, command)) || words.length !== expected) {
    throw new CommandError(USAGE)
  }
  if (expected === 3 && !isRole(role)) throw new CommandError(`A role is ${ROLES.join(' or ')}.`)
}

async function run(shell: Shell, [command = '', email = '', role]: readonly string[]): Promise<void> {
  if (command === 'list') {
    for await (const { email, roles, disabledAt } of listUsers(shell.auth.db)) {
      shell.say([email, roles.join(',') || '-', disabledAt ? 'disabled' : 'enabled'].join('\t'))
    }
    return
  }
  const address = readEmail(email)
  const user = address && (await shell.auth.db.users.findByEmail(address.emailCanonical))
  if (!user) throw new CommandError('There is no user with that email address.')
  shell.say((await COMMANDS[command]?.(shell, user, role as Role)) ?? USAGE)
}

async function main(words: readonly string[]): Promise<void> {
  assertUsage(words)
  loadEnvFile('.env', process.env)
  const config = readConfig(process.env)
  const database = await openDatabase(await findAddress(config.database), systemClock, createLog('silent', false))
  try {
    await prepare(database)
    const { deps } = await createDeps(config, database, {
      clock: systemClock,
      log: createLog('silent', false),
      mailer: { send: () => Promise.reject(new Error('The shell sends no mail.')), close() {} },
      onUserDeleted: async () => {},
      exportFeatures: async () => ({}),
    })
    // Standard output holds the command's answer, so the log goes to standard error.
    const events = createLog(config.logLevel, false, process.stderr)
    await run(
      createShell(deps, database, (event) => events.info(event)),
      words,
    )
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
