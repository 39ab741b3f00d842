import { expect, test } from 'vitest'
import { onEachServer } from './servers.ts'

onEachServer('embedded_races', (db) => {
  test('of 64 writers of one unique key, one wins', async () => {
    const users = db().collection('users')
    await users.createIndex({ email: 1 }, { unique: true })
    const outcomes = await Promise.allSettled(
      Array.from({ length: 64 }, (_, n) => users.insertOne({ email: 'a@example.org', n })),
    )
    const lost = outcomes.filter((each) => each.status === 'rejected').map(({ reason }) => reason.code)
    expect(lost).toEqual(Array(63).fill(11000))
    expect(await users.countDocuments({})).toBe(1)
  })

  test('2,000 concurrent increments lose none', async () => {
    const counters = db().collection<{ _id: string; n: number }>('counters')
    await counters.insertOne({ _id: 'one', n: 0 })
    await Promise.all(Array.from({ length: 2000 }, () => counters.updateOne({ _id: 'one' }, { $inc: { n: 1 } })))
    expect((await counters.findOne({ _id: 'one' }))?.n).toBe(2000)
  })

  test('concurrent upserts of one unique key make one document, when 11000 is tried again', async () => {
    const limits = db().collection('limits')
    await limits.createIndex({ key: 1 }, { unique: true })
    const once = () =>
      limits.findOneAndUpdate(
        { key: 'k', at: { $lte: 5 } },
        { $inc: { points: 1 }, $setOnInsert: { at: 5 } },
        { upsert: true },
      )
    const untilDone = async (): Promise<void> => {
      await once().catch((error) => (error.code === 11000 ? untilDone() : Promise.reject(error)))
    }
    await Promise.all(Array.from({ length: 100 }, untilDone))
    expect(await limits.find({}, { projection: { _id: 0 } }).toArray()).toEqual([{ key: 'k', at: 5, points: 100 }])
  })

  test('one of many claims a job', async () => {
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
