import { parseArgs } from 'node:util'
import { benchAccounts } from './accounts.ts'
import { benchGrowth } from './growth.ts'
import { benchService, type Effort } from './service.ts'

const BENCHES: Record<string, (effort: Effort) => Promise<void>> = {
  service: benchService,
  accounts: benchAccounts,
  growth: benchGrowth,
  embedded: async () => (await import('./embedded.ts')).benchEmbedded(),
}

/** Enough to see what a change has done. */
const QUICK: Effort = { rounds: 3, seconds: 1, warmUp: 2_000 }

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '9' },
    seconds: { type: 'string', default: '2' },
    'warm-up': { type: 'string', default: '12000' },
  },
})
const isQuick = positionals.includes('quick')
const asked = { rounds: Number(values.rounds), seconds: Number(values.seconds), warmUp: Number(values['warm-up']) }
const effort = isQuick ? QUICK : asked
const chosen = isQuick ? ['service'] : positionals.length > 0 ? positionals : Object.keys(BENCHES)
const unknown = chosen.filter((name) => !Object.hasOwn(BENCHES, name))

if (unknown.length > 0 || !(effort.rounds >= 1) || !(effort.seconds > 0) || !(effort.warmUp > 0)) {
  console.error(
    `npm run bench -- [quick] [${Object.keys(BENCHES).join('] [')}] [--rounds 9] [--seconds 2] [--warm-up 12000]`,
  )
  process.exitCode = 2
} else {
  for (const name of chosen) await BENCHES[name]?.(effort)
}
