import type { Deps } from '../domain/deps.ts'
import type { SecurityEvent } from '../domain/events.ts'
import type { Limiter } from '../domain/limits/limits.ts'
import { RequestAuth } from '../domain/sessions/request-auth.ts'
import { LOCALES } from '../locales.ts'
import { createCollections } from '../mongo/collections.ts'
import type { Database } from '../mongo/database.ts'
import { Deadline } from '../mongo/deadline.ts'
import type { DatabaseCheck } from './checks/database.ts'

/** The name of the shell in events. */
export const SHELL = 'shell'

/** A wrong argument; its message is for the operator. */
export class CommandError extends Error {}

/** @throws CommandError with the usage where the options of a command cannot be read */
export function readWithUsage<T>(usage: string, read: () => T): T {
  try {
    return read()
  } catch {
    throw new CommandError(`Usage: ${usage}`)
  }
}

/** What the checks look at. */
export interface CheckInit {
  database: DatabaseCheck
  /** @throws Error if the service would refuse to start */
  findWarnings(): string[]
  smtp: { url: string } | null
  threads: number
  publicUrl: string
}

/** What a command of the shell works with. */
export interface Shell {
  deps: Deps & { limiter: Limiter }
  auth: RequestAuth
  database: Database
  checks: CheckInit
  say(text: string): void
}

/** What a command does; `usage` are its arguments, an optional one in brackets. */
export interface Command {
  usage: string
  help: string
  /** Finds out by itself whether the database can be used. */
  isCheck?: true
  run(shell: Shell, args: readonly string[]): Promise<void>
}

export function createShell(
  deps: Shell['deps'],
  database: Database,
  { report, say, checks }: Pick<Shell, 'say' | 'checks'> & { report(event: SecurityEvent): void },
): Shell {
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
    readLocale: () => LOCALES[0],
    authenticate: async () => null,
  })
  return { deps, auth, database, say, checks }
}
