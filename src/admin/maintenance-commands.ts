import { reencryptAll } from '../domain/factors/stored-keys.ts'
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
}
