import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Db, MongoClient } from 'mongodb'
import { type Child, serve } from '../embedded/child.ts'
import { growth } from './embedded-growth.ts'
import { prepare, type Work, works } from './embedded-works.ts'
import { median } from './table.ts'

const CALLERS = [1, 32]
/** Short turns, one after the other: what else the machine does then hits both alike. */
const TURNS = 8
const TURN_SECONDS = 0.4

/** Calls a second, with so many callers. */
async function rate(db: Db, work: Work, callers: number, seconds: number): Promise<number> {
  let calls = 0
  const start = performance.now()
  const until = start + seconds * 1000
  const caller = async (first: number) => {
    for (let n = first; performance.now() < until; n += callers) {
      await work(db, n)
      calls++
    }
  }
  await Promise.all(Array.from({ length: callers }, (_, first) => caller(first)))
  return (calls / (performance.now() - start)) * 1000
}

async function compareRates(embedded: Db, real: Db | undefined): Promise<void> {
  console.info(`\n${'calls a second'.padEnd(20)} callers   embedded       real      ratio`)
  for (const [name, work] of Object.entries(works))
    for (const callers of CALLERS) {
      const ours: number[] = []
      const theirs: number[] = []
      for (let turn = 0; turn < TURNS; turn++) {
        ours.push(await rate(embedded, work, callers, TURN_SECONDS))
        if (real !== undefined) theirs.push(await rate(real, work, callers, TURN_SECONDS))
      }
      const ratio = median(ours.map((each, turn) => each / (theirs[turn] ?? Number.NaN)))
      const figures = [
        median(ours).toFixed(0),
        real ? median(theirs).toFixed(0) : '-',
        real ? `${ratio.toFixed(2)}x` : '-',
      ]
      console.info(name.padEnd(20), String(callers).padStart(7), ...figures.map((each) => each.padStart(10)))
    }
}

async function start(directory: string, ttlSweepMs?: number): Promise<Child> {
  return serve(directory, ttlSweepMs)
}

async function starting(directory: string): Promise<void> {
  const times: number[] = []
  for (let round = 0; round < 7; round++) {
    const child = await start(directory)
    times.push(child.startedIn)
    await child.kill()
  }
  console.info(
    `\nstart on this data, thread and all: ${median(times).toFixed(0)} ms, at best ${Math.min(...times).toFixed(0)} ms`,
  )
}

/** Prints how the embedded database compares with the MongoDB of MONGODB_URI, and how it grows; each in a process of its own. */
export async function benchEmbedded(): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'bench-'))
  const options = { writeConcern: { w: 'majority', journal: true }, maxPoolSize: 32 } as const
  const embedded = await start(directory, 1000)
  const client = await MongoClient.connect(embedded.uri, options)
  const uri = process.env.MONGODB_URI
  const other = uri === undefined ? undefined : await MongoClient.connect(uri, options)
  try {
    const [ours, theirs] = [client.db('bench'), other?.db('embedded_bench')]
    await prepare(ours)
    if (theirs !== undefined) await prepare(theirs)
    await compareRates(ours, theirs)
    await growth(ours, embedded.process.pid as number, (db, work) => rate(db, work, 1, TURN_SECONDS))
    await theirs?.dropDatabase()
  } finally {
    await client.close()
    await other?.close()
    await embedded.kill()
  }
  await starting(directory)
  rmSync(directory, { recursive: true, force: true })
}
