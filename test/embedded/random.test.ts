import { EJSON } from 'bson'
import { type Db, type Document, MongoClient } from 'mongodb'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Dice } from './fuzz.ts'
import { answer, type Home, home } from './kit.ts'
import { beginning, command } from './random-commands.ts'

const SEEDS = Number(process.env.SEEDS ?? 150)
const FIRST = Number(process.env.SEED ?? Date.now() % 1e9)

describe.skipIf(process.env.MONGODB_URI === undefined)('random commands, here and on a real server', () => {
  let here: Home
  let client: MongoClient
  let real: Db
  beforeAll(async () => {
    here = await home()
    client = await MongoClient.connect(process.env.MONGODB_URI as string)
    real = client.db('embedded_random')
  })
  afterAll(async () => {
    await real.dropDatabase()
    await client.close()
    await here.close()
  })

  test(`answer alike and leave the same behind (seeds from ${FIRST})`, { timeout: 20_000 + SEEDS * 200 }, async () => {
    for (let seed = FIRST; seed < FIRST + SEEDS; seed++) await compareRun(seed)
  })

  async function compareRun(seed: number): Promise<void> {
    const dice = new Dice(seed)
    await Promise.all([here.db, real].map((db) => db.collection('c').drop()))
    for (const step of [...beginning(dice), ...Array.from({ length: 25 }, () => command(dice))]) {
      const [ours, theirs] = await Promise.all([answer(here.db, step), answer(real, step)])
      if (isRefusal(ours) || isAboutOrder(step, ours) || isWrapped(theirs)) return
      expect(normalize(ours), `seed ${seed}: ${EJSON.stringify(step)}`).toEqual(normalize(theirs))
      if ('find' in step || 'count' in step) continue
      const all = { find: 'c', sort: { $natural: 1 } }
      const [left, right] = await Promise.all([answer(here.db, all), answer(real, all)])
      expect(left, `seed ${seed}, what is left after ${EJSON.stringify(step)}`).toEqual(right)
    }
  }
})

function isRefusal(reply: Document): boolean {
  return JSON.stringify(reply).includes('"code":{"$numberInt":"238"}')
}

/** Nobody promises in which order many documents are changed, and so which of them an error finds first; nor the order of a build. */
function isAboutOrder(step: Document, reply: Document): boolean {
  const failed = reply.writeErrors !== undefined || reply.code?.$numberInt === '11000'
  return failed && (step.updates?.[0]?.multi === true || 'createIndexes' in step)
}

/** MongoDB 6 puts a MinKey or MaxKey that a `$group` found into a document `{ '': … }` once a `$sort` follows, and sorts it as one. */
function isWrapped(reply: Document): boolean {
  return /"":\{"\$m(?:in|ax)Key"/.test(JSON.stringify(reply))
}

const byText = (a: unknown, b: unknown) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)

/** Nobody promises in which order a `$lookup` finds the documents of an array, nor which of two equal numbers is the least. */
function normalize(reply: Document): Document {
  const results: Document[] = reply.cursor?.firstBatch ?? []
  for (const result of results) {
    if (Array.isArray(result.found)) result.found.sort(byText)
    const [type, text] = Object.entries(result.one ?? {})[0] ?? []
    if (type?.startsWith('$number')) result.one = Number(text)
  }
  return reply
}
