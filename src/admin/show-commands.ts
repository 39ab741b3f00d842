import { randomBytes } from 'node:crypto'
import { parseArgs } from 'node:util'
import { readEmail } from '../domain/account/emails.ts'
import { findLiveSessions } from '../domain/sessions/live-sessions.ts'
import type { User } from '../model.ts'
import { buildNewUser } from './new-user.ts'
import { type Command, CommandError, readWithUsage, SHELL, type Shell } from './shell.ts'
import { requireUser } from './user-commands.ts'

async function describeUser(shell: Shell, user: User): Promise<Record<string, unknown>> {
  const { id, email, emailVerified, firstName, lastName, locale, roles, createdAt, lastLoginAt, disabledAt } = user
  const sessions = await findLiveSessions(shell.deps, shell.auth, user)
  return {
    ...{
      id,
      email,
      emailVerified,
      firstName,
      lastName,
      locale,
      roles: roles.join(',') || null,
      createdAt,
      lastLoginAt,
    },
    ...{ disabledAt, secondFactor: user.secondFactor, sessions: sessions.length },
  }
}

const toText = (value: unknown): string => (value instanceof Date ? value.toISOString() : String(value ?? '-'))

/** The commands that look at one user, and that create one. */
export const showCommands: Record<string, Command> = {
  create: {
    usage: 'EMAIL',
    help: 'creates a user, who sets a password by a link in a mail',
    async run(shell, [email = '']) {
      const { deps, auth, say } = shell
      const address = readEmail(email)
      if (!address) throw new CommandError('Enter a valid email address.')
      const user = await buildNewUser(shell, address, randomBytes(32).toString('base64url'))
      if (!(await auth.db.users.insert(user))) throw new CommandError('A user with that email address exists already.')
      auth.report({ event: 'user.created', userId: user.id, by: SHELL })
      await deps.mails.enqueue(auth, { kind: 'resetPassword', emailCanonical: user.emailCanonical })
      say(`${user.email} is created, and gets a mail with a link to set a password.`)
    },
  },
  show: {
    usage: 'EMAIL [--json]',
    help: 'shows a user: address, roles, state, second factor, sessions',
    async run(shell, [email, ...options]) {
      const isJson = readJsonOption(options)
      const facts = await describeUser(shell, await requireUser(shell, email))
      if (isJson) return shell.say(JSON.stringify(facts))
      for (const [name, value] of Object.entries(facts)) shell.say(`${name}\t${toText(value)}`)
    },
  },
}

const readJsonOption = (args: readonly string[]): boolean =>
  readWithUsage('show EMAIL [--json]', () => {
    const options = { json: { type: 'boolean', default: false } } as const
    return parseArgs({ args: [...args], options }).values.json
  })
