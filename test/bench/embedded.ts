import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Collection, type Db, type Document, MongoClient } from 'mongodb'
import { startEmbedded } from '../../src/embedded/start.ts'

const SECONDS = 1.2
const CALLERS = [1, 32]
const SMALL = 1000
const LARGE = Number(process.env.GROWTH ?? 200_000)

type Work = (db: Db, n: number) => Promise<unknown>

const session = (n: number): Stored => ({
  _id: `session-${n}`,
  expires: new Date(Date.now() + 3_600_000),
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

const works: Record<string, Work> = {
  'find by _id': (db, n) => of(db, 'users').findOne({ _id: `user-${n % SMALL}` }),
  'find by unique key': (db, n) => of(db, 'users').findOne({ emailCanonical: `someone-${n % SMALL}@example.org` }),
  'session read': (db, n) =>
    of(db, 'sessions').findOne({
      _id: `session-${n % SMALL}`,
      $or: [{ expires: { $exists: false } }, { expires: { $gt: new Date() } }],
    }),
  'session write': (db, n) =>
    of(db, 'sessions').updateOne(
      { _id: `session-${n % SMALL}` },
      { $set: { ...session(n % SMALL), touched: n } },
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

interface Stored extends Document {
  _id?: string
}

function of(db: Db, name: string): Collection<Stored> {
  return db.collection<Stored>(name)
}

async function fill(db: Db, from: number, to: number): Promise<void> {
  for (let at = from; at < to; at += 1000) {
    const numbers = Array.from({ length: Math.min(1000, to - at) }, (_, n) => at + n)
    await of(db, 'users').insertMany(numbers.map(user))
    await of(db, 'sessions').insertMany(numbers.map(session))
  }
}

async function prepare(db: Db): Promise<void> {
  await db.dropDatabase()
  await of(db, 'users').createIndex({ emailCanonical: 1 }, { unique: true })
  await of(db, 'sessions').createIndexes([
    { key: { expires: 1 }, expireAfterSeconds: 0 },
    { key: { 'session.userId': 1 } },
  ])
  await of(db, 'counters').createIndex({ key: 1 }, { unique: true })
  await fill(db, 0, SMALL)
}

/** Calls a second, with so many callers. */
async function rate(db: Db, work: Work, callers: number, seconds = SECONDS): Promise<number> {
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

async function compare(embedded: Db, real: Db | undefined): Promise<void> {
  console.info(`\n${'calls a second'.padEnd(20)} callers   embedded       real      ratio`)
  for (const [name, work] of Object.entries(works))
    for (const callers of CALLERS) {
      const ours: number[] = []
      const theirs: number[] = []
      for (let turn = 0; turn < 2; turn++) {
        ours.push(await rate(embedded, work, callers))
        if (real !== undefined) theirs.push(await rate(real, work, callers))
      }
      const [a, b] = [Math.max(...ours), Math.max(...theirs)]
      const ratio = real === undefined ? '-' : `${(a / b).toFixed(2)}x`
      console.info(
        `${name.padEnd(20)} ${String(callers).padStart(7)} ${a.toFixed(0).padStart(10)} ${(real === undefined ? '-' : b.toFixed(0)).padStart(10)} ${ratio.padStart(10)}`,
      )
    }
}

/** The longest that a simple read takes while something large goes on. */
async function longestDelay(db: Db, large: () => Promise<unknown>): Promise<number> {
  let running = true
  let longest = 0
  const probe = (async () => {
    while (running) {
      const start = performance.now()
      await of(db, 'counters').findOne({ key: 'k1' })
      longest = Math.max(longest, performance.now() - start)
    }
  })()
  await large()
  running = false
  await probe
  return longest
}

async function growth(directory: string, db: Db): Promise<void> {
  const names = ['find by _id', 'find by unique key', 'session read', 'session write']
  const measured = async () => {
    const rates: number[] = []
    for (const name of names) rates.push(await rate(db, works[name] as Work, 1))
    return rates
  }
  const before = await measured()
  const memory = process.memoryUsage().rss
  await fill(db, SMALL, LARGE)
  const after = await measured()
  console.info(`\n${'growth, 1 caller'.padEnd(20)} ${`${SMALL}`.padStart(10)} ${`${LARGE}`.padStart(10)}   slower`)
  for (const [at, name] of names.entries()) {
    const [a, b] = [before[at] as number, after[at] as number]
    console.info(
      `${name.padEnd(20)} ${a.toFixed(0).padStart(10)} ${b.toFixed(0).padStart(10)} ${(a / b).toFixed(2).padStart(7)}x`,
    )
  }
  const scan = await longestDelay(db, () => of(db, 'users').countDocuments({ name: 'nobody' }))
  const sort = await longestDelay(db, () =>
    of(db, 'users').find().sort({ passwordHash: 1, name: 1 }).limit(10).toArray(),
  )
  await of(db, 'sessions').updateMany({ _id: { $gt: 'session-5' } }, { $set: { gone: true } })
  const remove = await longestDelay(db, () => of(db, 'sessions').deleteMany({ gone: true }))
  console.info(
    `longest delay of another call: by a scan ${scan.toFixed(0)} ms, by a sort ${sort.toFixed(0)} ms, by a mass delete ${remove.toFixed(0)} ms`,
  )
  console.info(
    `memory of this process, client and server: ${(memory / 2 ** 20).toFixed(0)} MB before, ${(process.memoryUsage().rss / 2 ** 20).toFixed(0)} MB after (${directory})`,
  )
}

async function starting(directory: string): Promise<void> {
  const times: number[] = []
  for (let round = 0; round < 5; round++) {
    const start = performance.now()
    const embedded = await startEmbedded({ directory, database: 'bench' })
    times.push(performance.now() - start)
    await embedded.close()
  }
  console.info(
    `\nstart with this data, thread and all: ${Math.min(...times).toFixed(0)} ms (from source, with the compiler in between; from dist it is less)`,
  )
}

/** Prints how the embedded database compares with the MongoDB of MONGODB_URI, and how it grows. */
export async function benchEmbedded(): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'bench-'))
  const options = { writeConcern: { w: 'majority', journal: true }, maxPoolSize: 32 } as const
  const embedded = await startEmbedded({ directory, database: 'bench' })
  const client = await MongoClient.connect(embedded.uri, options)
  const uri = process.env.MONGODB_URI
  const other = uri === undefined ? undefined : await MongoClient.connect(uri, options)
  try {
    const [ours, theirs] = [client.db('bench'), other?.db('embedded_bench')]
    await prepare(ours)
    if (theirs !== undefined) await prepare(theirs)
    await compare(ours, theirs)
    await growth(directory, ours)
    await theirs?.dropDatabase()
  } finally {
    await client.close()
    await other?.close()
    await embedded.close()
  }
  await starting(directory)
  rmSync(directory, { recursive: true, force: true })
}
