// Full load and faults for some minutes, and then: was anything that the service acknowledged ever contradicted by a later read?
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { listFaults } from './faults.ts'
import { type Contradiction, type Entry, findContradictions } from './history.ts'
import { Instances } from './instances.ts'
import { Person } from './person.ts'

const USAGE = `MONGODB_URI=mongodb://… npm run soak -- [--minutes 10] [--people 16]

A replica set is made to step down, and processes of the database that MONGOD_PIDS names are stopped for a while.`

const MINUTE_MS = 60_000
const FAULT_PAUSE_MS = 8_000
const MAX_SHOWN = 5

const WAYS = ['logout', 'revoke', 'password'] as const
const choose = <T>(values: readonly T[]): T => values[Math.floor(Math.random() * values.length)] as T

/** Lives on, as one person after the other: who got no answer to a change cannot tell what they may rely on. */
async function live(history: Entry[], instances: Instances, until: number): Promise<void> {
  let person = new Person(history, instances.pickUrl)
  while (performance.now() < until) {
    const steps = [() => person.enter(), () => person.leave(choose(WAYS))]
    await Promise.all([choose(steps)(), person.read()])
    await person.read()
    if (person.isLost) person = new Person(history, instances.pickUrl)
  }
}

async function breakThings(uri: string, instances: Instances, until: number): Promise<Map<string, number>> {
  const pids = (process.env.MONGOD_PIDS ?? '')
    .split(/[\s,]+/)
    .filter(Boolean)
    .map(Number)
  const faults = await listFaults(uri, pids, instances)
  const counts = new Map(faults.map(({ name }) => [name, 0]))
  while (performance.now() + FAULT_PAUSE_MS < until) {
    await setTimeout(FAULT_PAUSE_MS)
    const fault = choose(faults)
    await fault.run()
    counts.set(fault.name, (counts.get(fault.name) ?? 0) + 1)
  }
  return counts
}

function tell(history: readonly Entry[], faults: ReadonlyMap<string, number>, found: readonly Contradiction[]): void {
  const count = (matches: (entry: Entry) => boolean) => history.filter(matches).length
  const changes = (ending: Entry['ending']) => count((entry) => entry.verb !== 'read' && entry.ending === ending)
  console.log(`Faults: ${[...faults].map(([name, times]) => `${times} × ${name}`).join(', ')}`)
  console.log(
    `Changes: ${changes('done')} acknowledged, ${changes('refused')} refused, ${changes('unknown')} without an answer`,
  )
  const told = count(({ verb, ending }) => verb === 'read' && ending === 'done')
  console.log(`Reads: ${told} answered, ${count(({ verb, ending }) => verb === 'read' && ending !== 'done')} refused`)
  console.log(`Contradictions: ${found.length}`)
  for (const contradiction of found.slice(0, MAX_SHOWN)) console.log(JSON.stringify(contradiction, null, 2))
}

/** An address may name several hosts, which a URL does not. */
const nameDatabase = (uri: string): string =>
  uri.replace(/^(mongodb(?:\+srv)?:\/\/[^/?]+)\/?[^?]*/, `$1/soak_${Date.now()}`)

async function soak(uri: string, minutes: number, people: number): Promise<void> {
  const dataDir = mkdtempSync(join(tmpdir(), 'gatehouse-soak-'))
  const instances = new Instances(nameDatabase(uri), dataDir)
  await Promise.all([instances.start(), instances.start()])
  const history: Entry[] = []
  const until = performance.now() + minutes * MINUTE_MS
  const lives = Array.from({ length: people }, () => live(history, instances, until))
  const [faults] = await Promise.all([breakThings(uri, instances, until), ...lives])
  await instances.stop()
  rmSync(dataDir, { recursive: true, force: true })
  const found = findContradictions(history)
  tell(history, faults, found)
  const isIdle = !history.some(({ verb, ending }) => verb !== 'read' && ending === 'done')
  if (found.length > 0 || isIdle) process.exitCode = 1
}

const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '10' }, people: { type: 'string', default: '16' } },
})
const [minutes, people, uri] = [Number(values.minutes), Number(values.people), process.env.MONGODB_URI]
if (!uri || !(minutes > 0) || !(people > 0)) {
  console.error(USAGE)
  process.exitCode = 2
} else {
  await soak(uri, minutes, people)
}
