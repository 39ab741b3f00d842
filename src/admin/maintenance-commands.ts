import { reencryptAll } from '../domain/factors/stored-keys.ts'
import { MIGRATIONS } from '../mongo/migrations.ts'
import type { Command } from './shell.ts'

/** The commands on the whole service. */
export const maintenanceCommands: Record<string, Command> = {
  reencrypt: {
    usage: '',
    help: 'encrypts the secrets of authenticator apps with the first of ENCRYPTION_KEYS',
    async run({ deps, auth, say }) {
      say(`Encrypted with the first key: ${await reencryptAll(deps.encryption, auth.db)}.`)
    },
  },
  migrate: {
    usage: '',
    help: 'writes into older documents what this version reads in its place; again and again, and while it runs',
    async run({ database, say }) {
      for (const { done, run } of MIGRATIONS) say(`${done}: ${await run(database)}.`)
    },
  },
}
