import { setTimeout } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { ATTACKS, type Attack, type Tally } from './attacks.ts'
import { createClient, type Person, publishNotes, signUp } from './client.ts'

const USAGE =
  'npm run attack -- [--url http://localhost:4000] [--seconds 5] [ATTACK …]   runs against a service that is up'
const PAUSE_MS = 20
/** What the answer has only for somebody who is signed in. */
const ANSWERED = '"me":{'
/** As many as a list of the example holds. */
const NOTES = 100

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { url: { type: 'string', default: 'http://localhost:4000' }, seconds: { type: 'string', default: '5' } },
})

/** How long `me` takes somebody else. */
interface Probe {
  p50: number
  p99: number
  failed: number
}

const quantile = (sorted: readonly number[], share: number) =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN

/** Asks `me` at a steady pace until the signal ends it. */
async function probe(url: string, { cookie }: Person, signal: AbortSignal): Promise<Probe> {
  const client = createClient(url, cookie)
  const taken: number[] = []
  let failed = 0
  while (!signal.aborted) {
    const started = performance.now()
    const reply = await client.ask('{ me { id email } }').catch(() => null)
    taken.push(performance.now() - started)
    if (!reply?.text.includes(ANSWERED)) failed += 1
    await setTimeout(PAUSE_MS)
  }
  client.close()
  taken.sort((one, other) => one - other)
  return { p50: quantile(taken, 0.5), p99: quantile(taken, 0.99), failed }
}

const describeTally = (tally: Tally) =>
  Object.entries(tally)
    .map(([key, times]) => `${times} × ${key}`)
    .join(', ')

function printRow(name: string, { p50, p99, failed }: Probe, idle: Probe, told: string): void {
  const ratio = (value: number, base: number) => `${value.toFixed(1)} ms (× ${(value / base).toFixed(1)})`
  const cells = [name, ratio(p50, idle.p50), ratio(p99, idle.p99), String(failed), told]
  console.log(cells.map((cell, index) => cell.padEnd([32, 20, 22, 8, 0][index] ?? 0)).join(''))
}

async function attack(chosen: readonly Attack[], url: string, seconds: number): Promise<void> {
  const [somebody, victim] = [await signUp(url), await signUp(url)]
  await publishNotes(url, victim, NOTES)
  const during = (ms: number) => AbortSignal.timeout(ms)
  await probe(url, somebody, during(1_000))
  const idle = await probe(url, somebody, during(seconds * 1_000))
  console.log(`${'attack'.padEnd(32)}${'me, p50'.padEnd(20)}${'me, p99'.padEnd(22)}${'failed'.padEnd(8)}answers`)
  printRow('none', idle, idle, '')
  for (const each of chosen) {
    const signal = during(Math.max(seconds, each.minSeconds ?? 0) * 1_000)
    const [felt, tally] = await Promise.all([probe(url, somebody, signal), each.run({ url, victim, signal })])
    printRow(each.name, felt, idle, describeTally(tally))
  }
  console.log('\nOnly the ratios mean something elsewhere: attackers, probe and service share this machine.')
}

const chosen = ATTACKS.filter(({ name }) => positionals.length === 0 || positionals.some((word) => name.includes(word)))
if (chosen.length === 0 || !URL.canParse(values.url) || !(Number(values.seconds) > 0)) {
  console.error(USAGE)
  process.exitCode = 2
} else {
  await attack(chosen, values.url, Number(values.seconds)).catch((error: Error) => {
    console.error(`${error.message}\n${USAGE}`)
    process.exitCode = 1
  })
}
