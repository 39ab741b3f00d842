import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { MongoClient } from 'mongodb'
import { ConfigError, loadEnvFile, readConfig } from './config.ts'
import { readEmail } from './domain/emails.ts'
import { URI_FILE } from './embedded/files.ts'
import { EmbeddedError } from './embedded/start.ts'
import { createLog } from './log.ts'
import { ROLES, type Role, systemClock, type User } from './model.ts'
import { connect, type Database, type DatabaseAddress } from './mongo/connect.ts'
import { createUsers } from './mongo/users.ts'
import { SECONDS } from './units.ts'
import { buildVerbs, ownIndexes } from './verbs.ts'

const USAGE = `Usage: npm run admin -- COMMAND
  list                      every user: address, roles, state
  grant-role EMAIL ROLE     ROLE is ${ROLES.join(' or ')}
  revoke-role EMAIL ROLE
  disable EMAIL             refuses logins and ends every session
  enable EMAIL
  revoke-sessions EMAIL     ends every session`

const LONGEST_WAIT = 10 * SECONDS
const PAGE = 500

/** What goes wrong by the operator's own words: told in a sentence. */
class CommandError extends Error {}

/** The embedded database of a service that runs is reached through its socket; one that nobody has is opened. */
async function addressOf(address: DatabaseAddress): Promise<DatabaseAddress> {
  if (address.kind === 'mongodb') return address
  const path = join(address.directory, URI_FILE)
  if (!existsSync(path)) return address
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

async function prepared(database: Database): Promise<void> {
  database.prepare(ownIndexes)
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new CommandError('The database cannot be reached.')), LONGEST_WAIT)
  })
  await Promise.race([database.prepared, timeout]).finally(() => clearTimeout(timer))
}

function readRole(text: string | undefined): Role {
  const role = ROLES.find((name) => name === text)
  if (!role) throw new CommandError(`A role is ${ROLES.join(' or ')}.`)
  return role
}

async function* everyUser(database: Database): AsyncGenerator<User> {
  const users = createUsers(database)
  let after: string | null = null
  for (;;) {
    const page: User[] = await users.page({ after, prefix: '', limit: PAGE })
    yield* page
    const last = page.at(-1)
    if (!last || page.length < PAGE) return
    after = last.emailCanonical
  }
}

async function run(
  [command, email, role]: string[],
  database: Database,
  parts: Awaited<ReturnType<typeof buildVerbs>>,
): Promise<void> {
  const say = (text: string) => void process.stdout.write(`${text}\n`)
  const { users, verbs } = parts
  if (command === 'list') {
    for await (const user of everyUser(database)) {
      say([user.email, user.roles.join(',') || '-', user.disabledAt ? 'disabled' : 'enabled'].join('\t'))
    }
    return
  }
  const address = readEmail(email ?? '')
  const user = address && (await users.byEmail(address.emailCanonical))
  if (!user) throw new CommandError('There is no user with that email address.')
  switch (command) {
    case 'grant-role': {
      const granted = readRole(role)
      await users.changeById(user.id, { roles: [...new Set([...user.roles, granted])] })
      return say(`${user.email} has the role ${granted}.`)
    }
    case 'revoke-role': {
      const revoked = readRole(role)
      await users.changeById(user.id, { roles: user.roles.filter((held) => held !== revoked) })
      return say(`${user.email} does not have the role ${revoked}.`)
    }
    case 'disable':
      await verbs.administration.disable(user)
      return say(`${user.email} is disabled, and every session has ended.`)
    case 'enable':
      await users.changeById(user.id, { disabledAt: null })
      return say(`${user.email} is enabled.`)
    case 'revoke-sessions': {
      const ended = await verbs.administration.endSessions(user)
      return say(`Sessions of ${user.email} that have ended: ${ended.length}.`)
    }
  }
}

const ARGUMENTS: Record<string, number> = {
  list: 1,
  'grant-role': 3,
  'revoke-role': 3,
  disable: 2,
  enable: 2,
  'revoke-sessions': 2,
}

async function main(words: string[]): Promise<void> {
  if (ARGUMENTS[words[0] ?? ''] !== words.length) throw new CommandError(USAGE)
  loadEnvFile('.env', process.env)
  const config = readConfig(process.env)
  const log = createLog('silent', false)
  const database = await connect(await addressOf(config.database), systemClock, log)
  try {
    await prepared(database)
    const mailer = { send: () => Promise.reject(new Error('The shell sends no mail.')), close() {} }
    await run(words, database, await buildVerbs(config, database, { clock: systemClock, log, mailer }))
  } finally {
    await database.close()
  }
}

main(process.argv.slice(2)).catch((error) => {
  const known = error instanceof CommandError || error instanceof ConfigError || error instanceof EmbeddedError
  process.stderr.write(`${known ? error.message : `It did not work: ${error.name}`}\n`)
  process.exitCode = 1
})
