import { readEmail } from '../domain/account/emails.ts'
import { disableAnyUser, endAllSessions } from '../domain/administration/access.ts'
import { resetFactors } from '../domain/factors/reset.ts'
import { invite } from '../domain/sign-in/invitation.ts'
import type { User } from '../model.ts'
import type { Collections } from '../mongo/collections.ts'
import { isRole, ROLES, type Role } from '../roles.ts'
import { type Command, CommandError, SHELL, type Shell } from './shell.ts'

const PAGE_SIZE = 500

/** Reads all users, by address. */
export async function* readUsers({ users }: Collections): AsyncGenerator<User> {
  let after: string | null = null
  for (;;) {
    const page: User[] = await users.findPage({ after, prefix: '', limit: PAGE_SIZE })
    yield* page
    const last = page.at(-1)
    if (!last || page.length < PAGE_SIZE) return
    after = last.emailCanonical
  }
}

/** @throws CommandError if nobody has the address */
export async function requireUser({ auth }: Shell, email = ''): Promise<User> {
  const address = readEmail(email)
  const user = address && (await auth.db.users.findByEmail(address.emailCanonical))
  if (!user) throw new CommandError('There is no user with that email address.')
  return user
}

function readRole(role = ''): Role {
  if (!isRole(role)) throw new CommandError(`A role is ${ROLES.join(' or ')}.`)
  return role
}

async function setRoles({ auth }: Shell, user: User, roles: Role[]): Promise<void> {
  await auth.db.users.updateById(user.id, { roles })
  auth.report({ event: 'user.roles-set', userId: user.id, by: SHELL, roles })
}

/** Creates a command on one user. Its result is said. */
const onUser = (help: string, run: (shell: Shell, user: User) => Promise<string>): Command => ({
  usage: 'EMAIL',
  help,
  run: async (shell, [email]) => shell.say(await run(shell, await requireUser(shell, email))),
})

const onRole = (help: string, run: (shell: Shell, user: User, role: Role) => Promise<string>): Command => ({
  usage: 'EMAIL ROLE',
  help,
  async run(shell, [email, role]) {
    const valid = readRole(role)
    shell.say(await run(shell, await requireUser(shell, email), valid))
  },
})

/** The commands on users. */
export const userCommands: Record<string, Command> = {
  list: {
    usage: '',
    help: 'lists every user: address, roles, state',
    async run({ auth, say }) {
      for await (const { email, roles, disabledAt } of readUsers(auth.db)) {
        say([email, roles.join(',') || '-', disabledAt ? 'disabled' : 'enabled'].join('\t'))
      }
    },
  },
  'grant-role': onRole(`ROLE is ${ROLES.join(' or ')}`, async (shell, user, role) => {
    await setRoles(shell, user, [...new Set([...user.roles, role])])
    return `${user.email} has the role ${role}.`
  }),
  'revoke-role': onRole('takes a role', async (shell, user, role) => {
    await setRoles(
      shell,
      user,
      user.roles.filter((held) => held !== role),
    )
    return `${user.email} does not have the role ${role}.`
  }),
  disable: onUser('refuses logins and ends every session', async ({ deps, auth }, user) => {
    await disableAnyUser(deps, auth, user)
    auth.report({ event: 'user.disabled', userId: user.id, by: SHELL })
    return `${user.email} is disabled, and every session has ended.`
  }),
  enable: onUser('lets a disabled user log in again', async ({ auth }, user) => {
    await auth.db.users.updateById(user.id, { disabledAt: null })
    auth.report({ event: 'user.enabled', userId: user.id, by: SHELL })
    return `${user.email} is enabled.`
  }),
  'revoke-sessions': onUser('ends every session', async ({ deps, auth }, user) => {
    const handles = await endAllSessions(deps, auth, user)
    auth.report({ event: 'sessions.revoked', userId: user.id, by: SHELL, count: handles.length })
    return `Ended sessions of ${user.email}: ${handles.length}.`
  }),
  invite: {
    usage: 'EMAIL [ROLE]',
    help: 'sends an invitation to sign up',
    async run({ deps, auth, say }, [email = '', role]) {
      const outcome = await invite(deps, auth, { email, roles: role === undefined ? [] : [readRole(role)] }, null)
      if (outcome.kind === 'InvalidInput') throw new CommandError('Enter a valid email address.')
      auth.report({ event: 'invitation.requested', by: SHELL })
      say(`${outcome.email} gets an invitation, unless a user has that address.`)
    },
  },
  unlock: onUser('forgets failed logins and codes', async ({ deps, auth }, user) => {
    await deps.limiter.clearFailures(auth, user.emailCanonical)
    await auth.db.factors.clearFailures(user.id)
    return `${user.email} can try again at once.`
  }),
  'reset-factors': onUser('removes all second factors, and mails a link to set a new password', async (shell, user) => {
    await resetFactors(shell.deps, shell.auth, user)
    shell.auth.report({ event: 'factors.reset', userId: user.id, by: SHELL })
    return `${user.email} has no second factor any more, and gets a mail with a link to set a new password.`
  }),
}
