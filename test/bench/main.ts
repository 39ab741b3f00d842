import { parseArgs } from 'node:util'
import { benchAccounts } from './accounts.ts'
import { benchService, type Effort } from './service.ts'

const BENCHES: Record<string, (effort: Effort) => Promise<void>> = {
  service: benchService,
  accounts: benchAccounts,
  embedded: async () => (await import('./embedded.ts')).benchEmbedded(),
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { rounds: { type: 'string', default: '5' }, seconds: { type: 'string', default: '2' } },
})
const effort = { rounds: Number(values.rounds), seconds: Number(values.seconds) }
const chosen = positionals.length > 0 ? positionals : Object.keys(BENCHES)
const unknown = chosen.filter((name) => !Object.hasOwn(BENCHES, name))

if (unknown.length > 0 || !(effort.rounds >= 1) || !(effort.seconds > 0)) {
  console.error(`npm run bench -- [${Object.keys(BENCHES).join('] [')}] [--rounds 5] [--seconds 2]`)
  process.exitCode = 2
} else {
  for (const name of chosen) await BENCHES[name]?.(effort)
}
