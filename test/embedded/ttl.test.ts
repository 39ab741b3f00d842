import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { openServer, type TestServer } from './kit.ts'
import { findDisagreements } from './verify.ts'

let server: TestServer
beforeAll(async () => {
  server = await openServer({ ttlSweepMs: 50 })
})
afterAll(() => server.close())

const past = new Date(Date.now() - 10_000)
const future = new Date(Date.now() + 3_600_000)

test('expired documents are removed, by the earliest date of an array, and all others stay', async () => {
  const c = server.db.collection<{ _id: string; at?: unknown }>('c')
  await c.insertMany([
    { _id: 'past', at: past },
    { _id: 'future', at: future },
    { _id: 'text', at: 'long ago' },
    { _id: 'number', at: 1 },
    { _id: 'null', at: null },
    { _id: 'missing' },
    { _id: 'array with a past', at: [future, past] },
    { _id: 'array of futures', at: [future, 'x'] },
    { _id: 'epoch', at: new Date(-1) },
  ])
  await c.createIndex({ at: 1 }, { expireAfterSeconds: 5 })
  await vi.waitFor(
    async () => expect(await c.countDocuments({ _id: { $in: ['past', 'epoch', 'array with a past'] } })).toBe(0),
    5000,
  )
  const left = (await c.find().sort({ _id: 1 }).toArray()).map(({ _id }) => _id)
  expect(left).toEqual(['array of futures', 'future', 'missing', 'null', 'number', 'text'])
})

test('documents also expire by descending and partial indexes', async () => {
  const c = server.db.collection('d')
  await c.createIndex({ at: -1 }, { expireAfterSeconds: 0, partialFilterExpression: { on: true } })
  await c.insertMany([
    { n: 1, at: past, on: true },
    { n: 2, at: future, on: true },
    { n: 3, at: past },
  ])
  await vi.waitFor(async () => expect(await c.countDocuments({ n: 1 })).toBe(0), 5000)
  expect((await c.find().sort({ n: 1 }).toArray()).map(({ n }) => n)).toEqual([2, 3])
})

test('removing thousands of documents does not keep other commands waiting', {
  timeout: 30_000,
}, async () => {
  const [many, other] = [server.db.collection('many'), server.db.collection('other')]
  await many.insertMany(Array.from({ length: 12_000 }, (_, n) => ({ n, at: past, text: 'x'.repeat(200) })))
  await server.db
    .collection('dropped')
    .insertMany(Array.from({ length: 12_000 }, (_, n) => ({ n, text: 'x'.repeat(200) })))
  await server.db.collection('dropped').createIndex({ n: 1 })
  await other.insertOne({ n: 0 })
  await many.createIndex({ at: 1 }, { expireAfterSeconds: 0 })
  await server.db.collection('dropped').drop()
  let answered = 0
  while ((await many.estimatedDocumentCount()) > 0) {
    await other.updateOne({ n: 0 }, { $inc: { k: 1 } })
    answered += 1
  }
  // Without turns, at most two would be answered.
  expect(answered).toBeGreaterThan(2)
})

test('expired documents leave no index entries', async () => {
  const directory = server.directory
  await server.client.close()
  await server.embedded.close()
  expect(await findDisagreements(directory)).toEqual([])
  server = await openServer({ directory })
})
