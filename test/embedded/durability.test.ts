import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { type Collection, type Document, MongoClient } from 'mongodb'
import { expect, test } from 'vitest'
import { serve } from './child.ts'
import { Random } from './fuzz.ts'
import { createEmptyDirectory } from './kit.ts'
import { findDisagreements } from './verify.ts'

const ROUNDS = Number(process.env.ROUNDS ?? 3)
const WRITERS = 16
const BATCH = 5

/** The acknowledged writes, and the number of requested ones. */
interface Ledger {
  readonly batches: Set<string>
  readonly counters: Map<number, { acknowledged: number; asked: number }>
}

async function writeUntilKilled(collection: Collection, writer: number, round: number, ledger: Ledger): Promise<void> {
  const counter = ledger.counters.get(writer) ?? { acknowledged: 0, asked: 0 }
  ledger.counters.set(writer, counter)
  for (let n = 0; ; n++) {
    const batch = `${round}-${writer}-${n}`
    await collection.insertMany(
      Array.from({ length: BATCH }, (_, part) => ({ batch, part, key: `${batch}-${part}`, list: [writer, n, part] })),
    )
    ledger.batches.add(batch)
    counter.asked++
    await collection.updateOne(
      { writer },
      { $inc: { n: 1 }, $set: { at: new Date(), key: `counter-${writer}` } },
      { upsert: true },
    )
    counter.acknowledged++
    if (n % 4 === 3) await collection.deleteMany({ gone: n })
  }
}

async function findLosses(collection: Collection, ledger: Ledger): Promise<{ lost: string[]; torn: string[] }> {
  const parts = new Map<string, number>()
  for await (const { batch } of collection.find({ part: { $exists: true } }))
    parts.set(batch, (parts.get(batch) ?? 0) + 1)
  const lost = [...ledger.batches].filter((batch) => !parts.has(batch))
  const torn = [...parts].filter(([, count]) => count !== BATCH).map(([batch]) => batch)
  for (const [writer, { acknowledged, asked }] of ledger.counters) {
    const stored: Document | null = await collection.findOne({ writer })
    const n = stored?.n ?? 0
    if (n < acknowledged || n > asked)
      lost.push(`counter ${writer}: ${n}, acknowledged ${acknowledged}, asked ${asked}`)
  }
  return { lost, torn }
}

interface RunningServer {
  readonly collection: Collection
  kill(): Promise<void>
}

async function startServer(directory: string): Promise<RunningServer> {
  const child = await serve(directory)
  const client = await MongoClient.connect(child.uri, {
    writeConcern: { w: 'majority', journal: true },
    serverSelectionTimeoutMS: 5000,
  })
  const collection = client.db().collection('c')
  await collection.createIndexes([
    { key: { key: 1 }, unique: true },
    { key: { list: 1 } },
    { key: { batch: 1, part: -1 } },
  ])
  const kill = async () => {
    await child.kill()
    await client.close()
  }
  return { collection, kill }
}

test(`${ROUNDS} rounds of kill -9 with ${WRITERS} writers lose no acknowledged write`, {
  timeout: 30_000 + ROUNDS * 10_000,
}, async () => {
  const directory = join(createEmptyDirectory(), 'data')
  mkdirSync(directory)
  const seed = Number(process.env.SEED ?? Date.now() % 1e6)
  const random = new Random(seed)
  const ledger: Ledger = { batches: new Set(), counters: new Map() }
  let served = await startServer(directory)
  for (let round = 0; round < ROUNDS; round++) {
    const { collection } = served
    const ended = Promise.allSettled(
      Array.from({ length: WRITERS }, (_, writer) => writeUntilKilled(collection, writer, round, ledger)),
    )
    // The moment of the kill is random, so there is no condition to await.
    await new Promise((resolve) => setTimeout(resolve, 100 + random.pickInteger(400)))
    await served.kill()
    await ended
    expect(await findDisagreements(directory), `seed ${seed}`).toEqual([])
    served = await startServer(directory)
    expect(await findLosses(served.collection, ledger), `seed ${seed} round ${round}`).toEqual({ lost: [], torn: [] })
  }
  await served.kill()
  expect(ledger.batches.size).toBeGreaterThan(0)
  const counters = [...ledger.counters.values()].reduce((sum, { acknowledged }) => sum + acknowledged, 0)
  console.info(
    `kill -9: ${ROUNDS} rounds, ${ledger.batches.size} batches of ${BATCH} documents and ${counters} updates acknowledged, 0 lost, 0 torn, 0 index disagreements (seed ${seed})`,
  )
  rmSync(join(directory, '..'), { recursive: true, force: true })
})
