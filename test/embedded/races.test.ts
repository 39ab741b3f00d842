import { expect, test } from 'vitest'
import { testOnEachServer } from './servers.ts'

testOnEachServer('embedded_races', (db) => {
  test('of 64 concurrent inserts of one unique key, one succeeds', async () => {
    const users = db().collection('users')
    await users.createIndex({ email: 1 }, { unique: true })
    const outcomes = await Promise.allSettled(
      Array.from({ length: 64 }, (_, n) => users.insertOne({ email: 'a@example.org', n })),
    )
    const lost = outcomes.filter((each) => each.status === 'rejected').map(({ reason }) => reason.code)
    expect(lost).toEqual(Array(63).fill(11000))
    expect(await users.countDocuments({})).toBe(1)
  })

  test('2,000 concurrent increments are all counted', async () => {
    const counters = db().collection<{ _id: string; n: number }>('counters')
    await counters.insertOne({ _id: 'one', n: 0 })
    await Promise.all(Array.from({ length: 2000 }, () => counters.updateOne({ _id: 'one' }, { $inc: { n: 1 } })))
    expect((await counters.findOne({ _id: 'one' }))?.n).toBe(2000)
  })

  test('concurrent upserts of one unique key create one document if clients retry after 11000', async () => {
    const limits = db().collection('limits')
    await limits.createIndex({ key: 1 }, { unique: true })
    const upsert = () =>
      limits.findOneAndUpdate(
        { key: 'k', at: { $lte: 5 } },
        { $inc: { points: 1 }, $setOnInsert: { at: 5 } },
        { upsert: true },
      )
    const upsertUntilDone = async (): Promise<void> => {
      await upsert().catch((error) => (error.code === 11000 ? upsertUntilDone() : Promise.reject(error)))
    }
    await Promise.all(Array.from({ length: 100 }, upsertUntilDone))
    expect(await limits.find({}, { projection: { _id: 0 } }).toArray()).toEqual([{ key: 'k', at: 5, points: 100 }])
  })

  test('each job is claimed once', async () => {
    const jobs = db().collection('jobs')
    await jobs.insertMany(Array.from({ length: 20 }, (_, n) => ({ n, claimed: false })))
    const claims = await Promise.all(
      Array.from({ length: 60 }, () =>
        jobs.findOneAndUpdate({ claimed: false }, { $set: { claimed: true } }, { sort: { n: 1 } }),
      ),
    )
    const taken = claims.flatMap((job) => (job === null ? [] : [job.n]))
    expect(taken.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, n) => n))
  })
})
