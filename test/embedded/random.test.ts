import { EJSON } from 'bson'
import { type Db, type Document, MongoClient } from 'mongodb'
import { expect, onTestFinished, test } from 'vitest'
import { Random } from './fuzz.ts'
import { openServer, runCommand } from './kit.ts'
import { createCommand, createStart } from './random-commands.ts'

const REAL = process.env.MONGODB_URI
const SEEDS = Number(process.env.SEEDS ?? 150)
const FIRST = Number(process.env.SEED ?? Date.now() % 1e9)

test.skipIf(REAL === undefined)(
  `the embedded server and MongoDB answer random commands alike (seeds from ${FIRST})`,
  { timeout: 20_000 + SEEDS * 200 },
  async () => {
    const embedded = await openServer()
    const client = await MongoClient.connect(REAL as string)
    const real = client.db('embedded_random')
    onTestFinished(async () => {
      await real.dropDatabase()
      await client.close()
      await embedded.close()
    })
    for (let seed = FIRST; seed < FIRST + SEEDS; seed++) await compareRun(embedded.db, real, seed)
  },
)

async function compareRun(embedded: Db, real: Db, seed: number): Promise<void> {
  const random = new Random(seed)
  await Promise.all([embedded, real].map((db) => db.collection('c').drop()))
  for (const step of [...createStart(random), ...Array.from({ length: 25 }, () => createCommand(random))]) {
    const [ours, theirs] = await Promise.all([runCommand(embedded, step), runCommand(real, step)])
    if (isRefusal(ours) || isAboutOrder(step, ours) || isWrapped(theirs)) return
    expect(normalize(ours), `seed ${seed}: ${EJSON.stringify(step)}`).toEqual(normalize(theirs))
    if ('find' in step || 'count' in step) continue
    const all = { find: 'c', sort: { $natural: 1 } }
    const [left, right] = await Promise.all([runCommand(embedded, all), runCommand(real, all)])
    expect(left, `seed ${seed}, documents after ${EJSON.stringify(step)}`).toEqual(right)
  }
}

function isRefusal(reply: Document): boolean {
  return JSON.stringify(reply).includes('"code":{"$numberInt":"238"}')
}

/** The order in which an update or an index build visits documents is undefined, and so is the first error. */
function isAboutOrder(step: Document, reply: Document): boolean {
  const failed = reply.writeErrors !== undefined || reply.code?.$numberInt === '11000'
  return failed && (step.updates?.[0]?.multi === true || 'createIndexes' in step)
}

/** MongoDB 6 wraps a MinKey or MaxKey of a `$group` in a document `{ '': … }` if a `$sort` follows. */
function isWrapped(reply: Document): boolean {
  return /"":\{"\$m(?:in|ax)Key"/.test(JSON.stringify(reply))
}

const compareText = (a: unknown, b: unknown) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)

/** The order of the documents in a `$lookup` is undefined, and so is the least of two equal numbers. */
function normalize(reply: Document): Document {
  const results: Document[] = reply.cursor?.firstBatch ?? []
  for (const result of results) {
    if (Array.isArray(result.found)) result.found.sort(compareText)
    const [type, text] = Object.entries(result.one ?? {})[0] ?? []
    if (type?.startsWith('$number')) result.one = Number(text)
  }
  return reply
}
