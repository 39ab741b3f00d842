import { existsSync, readFileSync } from 'node:fs'
import type { Db } from 'mongodb'
import { fill, of, SMALL, type Work, works } from './embedded-works.ts'
import { median } from './table.ts'

const LARGE = Number(process.env.GROWTH ?? 200_000)
const TURNS = 5
const NAMES = ['find by _id', 'find by unique key', 'session read', 'session write']

/** Numbers all over the collection, not its first ones. */
const scattered =
  (work: Work, among: number): Work =>
  (db, n) =>
    work(db, (n * 7919) % among, among)

/** Prints how speed and memory grow from a thousand users and sessions to many, and how long something large delays a small call. */
export async function growth(db: Db, pid: number, rate: (db: Db, work: Work) => Promise<number>): Promise<void> {
  const measured = async (among: number): Promise<number[]> => {
    const rates: number[] = []
    for (const name of NAMES) {
      const turns: number[] = []
      for (let turn = 0; turn < TURNS; turn++) turns.push(await rate(db, scattered(works[name] as Work, among)))
      rates.push(median(turns))
    }
    return rates
  }
  const before = await measured(SMALL)
  const memory = [readMemory(pid)]
  await fill(db, SMALL, LARGE)
  memory.push(readMemory(pid))
  const after = await measured(LARGE)
  console.info(`\n${'growth, 1 caller'.padEnd(20)} ${`${SMALL}`.padStart(10)} ${`${LARGE}`.padStart(10)}   slower`)
  for (const [at, name] of NAMES.entries()) {
    const [a, b] = [before[at] as number, after[at] as number]
    const figures = [a.toFixed(0).padStart(10), b.toFixed(0).padStart(10), `${(a / b).toFixed(2)}x`.padStart(8)]
    console.info(name.padEnd(20), ...figures)
  }
  console.info(`\n${'while'.padEnd(20)} longest of another call`)
  for (const [name, large] of Object.entries(LARGE_WORKS)) {
    const { longest, typical } = await delays(db, large)
    console.info(name.padEnd(20), `${longest.toFixed(0)} ms`.padStart(10), `(95 %: ${typical.toFixed(0)} ms)`)
    memory.push(readMemory(pid))
  }
  const most = (of: (each: Memory) => number) => Math.max(...memory.map(of))
  console.info(
    `\nmemory of the server: ${memory[0]?.own} MB before, ${memory[1]?.own} MB when filled, ${most(({ own }) => own)} MB at most; with the mapped file ${most(({ resident }) => resident)} MB`,
  )
}

interface Memory {
  readonly resident: number
  /** Without the pages of the data file that the system has in memory anyway. */
  readonly own: number
}

/** In megabytes; only Linux tells. */
function readMemory(pid: number): Memory {
  const file = `/proc/${pid}/status`
  const status = existsSync(file) ? readFileSync(file, 'utf8') : ''
  const megabytes = (name: string) => Math.round(Number(new RegExp(`${name}:\\s*(\\d+)`).exec(status)?.[1]) / 1024)
  return { resident: megabytes('VmRSS'), own: megabytes('RssAnon') }
}

const LARGE_WORKS: Record<string, (db: Db) => Promise<unknown>> = {
  'nothing else': () => new Promise((resolve) => setTimeout(resolve, 2000)),
  'a scan': (db) => of(db, 'users').countDocuments({ name: 'nobody' }),
  'a sort': (db) => of(db, 'users').find().sort({ passwordHash: 1, name: 1 }).limit(10).toArray(),
  'an index is made': (db) => of(db, 'users').createIndex({ name: 1, _id: -1 }),
  'an update of all': (db) => of(db, 'sessions').updateMany({}, { $set: { expires: new Date(0) } }),
  'a sweep of all': async (db) => {
    while ((await of(db, 'sessions').estimatedDocumentCount()) > 0)
      await new Promise((resolve) => setTimeout(resolve, 200))
  },
  'a mass delete': (db) => of(db, 'users').deleteMany({}),
}

/** How long a simple read takes while something large goes on. */
async function delays(db: Db, large: (db: Db) => Promise<unknown>): Promise<{ longest: number; typical: number }> {
  let running = true
  const all: number[] = []
  const probe = (async () => {
    while (running) {
      const start = performance.now()
      await of(db, 'counters').findOne({ key: 'k1' })
      all.push(performance.now() - start)
      await new Promise((resolve) => setTimeout(resolve, 2))
    }
  })()
  await large(db)
  running = false
  await probe
  all.sort((a, b) => a - b)
  return { longest: all.at(-1) ?? 0, typical: all[Math.floor(all.length * 0.95)] ?? 0 }
}
