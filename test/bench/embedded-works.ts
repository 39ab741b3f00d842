import type { Collection, Db, Document } from 'mongodb'

/** What Gatehouse asks of its database, on so many users and sessions. */
export type Work = (db: Db, n: number, among?: number) => Promise<unknown>

export const SMALL = 1000

interface Stored extends Document {
  _id?: string
}

const HOUR = 3_600_000

const session = (n: number): Stored => ({
  _id: `session-${n}`,
  expires: new Date(Date.now() + HOUR),
  session: {
    userId: `user-${n % 100}`,
    createdAt: new Date(),
    cookie: { originalMaxAge: null, httpOnly: true, path: '/' },
  },
})
const user = (n: number): Stored => ({
  _id: `user-${n}`,
  emailCanonical: `someone-${n}@example.org`,
  name: 'Some One',
  roles: [],
  passwordHash: 'x'.repeat(100),
})

export const works: Record<string, Work> = {
  'find by _id': (db, n, among = SMALL) => of(db, 'users').findOne({ _id: `user-${n % among}` }),
  'find by unique key': (db, n, among = SMALL) =>
    of(db, 'users').findOne({ emailCanonical: `someone-${n % among}@example.org` }),
  'session read': (db, n, among = SMALL) =>
    of(db, 'sessions').findOne({
      _id: `session-${n % among}`,
      $or: [{ expires: { $exists: false } }, { expires: { $gt: new Date() } }],
    }),
  'session write': (db, n, among = SMALL) =>
    of(db, 'sessions').updateOne(
      { _id: `session-${n % among}` },
      { $set: { ...session(n % among), touched: n } },
      { upsert: true },
    ),
  'upsert counter': (db, n) =>
    of(db, 'counters').findOneAndUpdate(
      { key: `k${n % 50}` },
      { $inc: { points: 1 }, $setOnInsert: { expire: new Date() } },
      { upsert: true },
    ),
  insert: (db, n) => of(db, 'inserts').insertOne({ n, text: 'x'.repeat(200) }),
}

export function of(db: Db, name: string): Collection<Stored> {
  return db.collection<Stored>(name)
}

export async function fill(db: Db, from: number, to: number): Promise<void> {
  for (let at = from; at < to; at += 1000) {
    const numbers = Array.from({ length: Math.min(1000, to - at) }, (_, n) => at + n)
    await of(db, 'users').insertMany(numbers.map(user))
    await of(db, 'sessions').insertMany(numbers.map(session))
  }
}

/** Empties the database, makes its indexes, and puts a small number of users and sessions into it. */
export async function prepare(db: Db): Promise<void> {
  await db.dropDatabase()
  await of(db, 'users').createIndex({ emailCanonical: 1 }, { unique: true })
  await of(db, 'sessions').createIndexes([
    { key: { expires: 1 }, expireAfterSeconds: 0 },
    { key: { 'session.userId': 1 } },
  ])
  await of(db, 'counters').createIndex({ key: 1 }, { unique: true })
  await fill(db, 0, SMALL)
}
