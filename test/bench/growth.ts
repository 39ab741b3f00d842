import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { cpus } from 'node:os'
import { type Db, type Document, MongoClient, ObjectId } from 'mongodb'
import { type Browser, openBrowser } from '../testkit/browser.ts'
import { logIn, signUp } from '../testkit/client.ts'
import { openDatabase, withFolder } from './database.ts'
import { ask, fire, type Shot } from './load.ts'
import { productionSettings, readUsage, type Server, startGatehouse } from './servers.ts'
import type { Effort } from './service.ts'
import { median, printLines } from './table.ts'

const SIZES = [1_000, 100_000, 1_000_000]
const BATCH = 1_000
/** A median of so many, once as many have warmed the code. */
const TRIES = 300
const LOGIN_TRIES = 30
const IDLE_CONNECTIONS = 5_000
/** The service, a second one, the database and the load each need a core. */
const CORES_FOR_TWO = 4

const STAFF = 'staff@bench.example'
const ME = '{ me { id email firstName lastName roles createdAt } }'
const SESSIONS = '{ sessions { id current lastSeenAt device { name } } }'
const createName = (index: number) => `user${String(index).padStart(7, '0')}@bench.example`
const listUsers = (after: string) =>
  `{ users(first: 100, after: ${JSON.stringify(after)}) { edges { node { id email roles } } pageInfo { hasNextPage endCursor } } }`

interface Stand {
  db: Db
  staff: Browser
  server: Server
  /** How many users and sessions there are beside the one who asks. */
  size: number
}

/** What is measured at each size. The users page begins in the middle of all. */
const CASES: { name: string; tries?: number; run: (stand: Stand) => Promise<{ status: number; text: string }> }[] = [
  { name: 'me', run: ({ staff }) => staff.gql(ME) },
  { name: 'login', tries: LOGIN_TRIES, run: ({ staff }) => logIn(staff, { email: STAFF }) },
  { name: 'sessions', run: ({ staff }) => staff.gql(SESSIONS) },
  {
    name: 'users, a page in the middle',
    run: ({ staff, size }) =>
      staff.gql(listUsers(Buffer.from(`user:${createName(Math.floor(size / 2))}`).toString('base64url'))),
  },
]

/** Shows how the cost of a request grows with the number of users, sessions, open connections and processes. */
export async function benchGrowth({ seconds, warmUp }: Effort): Promise<void> {
  const database = await openDatabase()
  try {
    const uri = database.uriFor('growth')
    await withFolder(async (folder) => {
      const client = await MongoClient.connect(uri)
      const settings = productionSettings(uri, folder)
      const server = await startGatehouse(settings)
      const stand = { db: client.db(), staff: openBrowser(`http://127.0.0.1:${server.port}`), server, size: 0 }
      try {
        await signUpStaff(stand)
        await fire(await createShot(server.port, stand.staff), 32, { requests: warmUp })
        await compareSizes(stand, database.kind)
        await compareConnections(stand)
        await compareProcesses(stand, settings, seconds)
      } finally {
        await server.stop()
        await client.close()
      }
    })
  } finally {
    await database.close()
  }
}

async function signUpStaff({ db, staff }: Stand): Promise<void> {
  await signUp(staff, { email: STAFF })
  await db.collection('users').updateOne({ emailCanonical: STAFF }, { $set: { roles: ['ADMIN'] } })
  await logIn(staff, { email: STAFF })
}

async function compareSizes(stand: Stand, kind: string): Promise<void> {
  const times: number[][] = []
  for (const size of SIZES) {
    await fillUpTo(stand, size)
    const row: number[] = []
    for (const { name, run, tries } of CASES) row.push(await measureTime(name, () => run(stand), tries))
    times.push(row)
  }
  printLines(`Time by the number of users and sessions, on ${kind}`, [
    ['', ...SIZES.map((size) => size.toLocaleString('en'))],
    ...CASES.map(({ name }, at) => [
      name,
      ...times.map((row) => `× ${((row[at] ?? 0) / (times[0]?.[at] ?? 0)).toFixed(2)}`),
    ]),
  ])
}

/** Adds copies of the one who asks and of their session, until there are so many. */
async function fillUpTo(stand: Stand, size: number): Promise<void> {
  const users = stand.db.collection('users')
  const sessions = stand.db.collection<Document & { _id: string }>('sessions')
  const { _id, ...user } = (await users.findOne({ emailCanonical: STAFF })) ?? {}
  const session = await sessions.findOne({ 'session.userId': _id?.toHexString() })
  if (!session) throw new Error('Nobody is signed in.')
  for (; stand.size < size; stand.size += BATCH) {
    const ids = Array.from({ length: BATCH }, () => new ObjectId())
    const names = ids.map((_, index) => createName(stand.size + index))
    const crowd = ids.map((id, at) => ({ ...user, _id: id, email: names[at], emailCanonical: names[at], roles: [] }))
    const theirs = ids.map((id) => ({
      ...{ ...session, _id: randomBytes(32).toString('hex') },
      session: { ...session.session, userId: id.toHexString(), handle: randomBytes(16).toString('hex') },
    }))
    await Promise.all([users.insertMany(crowd), sessions.insertMany(theirs)])
  }
}

async function measureTime(name: string, run: () => Promise<{ status: number; text: string }>, tries = TRIES) {
  const times: number[] = []
  for (let turn = 0; turn < 2 * tries; turn += 1) {
    const begun = performance.now()
    const { status, text } = await run()
    times.push(performance.now() - begun)
    if (status !== 200 || text.includes('"errors"')) throw new Error(`${name} went wrong: ${text}`)
  }
  return median(times.slice(tries))
}

async function compareConnections({ staff, server }: Stand): Promise<void> {
  const measure = async () => ({
    time: await measureTime('me', () => staff.gql(ME)),
    ...(await readUsage(server.pid)),
  })
  const before = await measure()
  const sockets: Socket[] = []
  for (let opened = 0; opened < IDLE_CONNECTIONS; opened += 1) sockets.push(await openIdle(server.port))
  const after = await measure()
  for (const socket of sockets) socket.destroy()
  const kilobytes = ((after.rss - before.rss) * 1_024) / IDLE_CONNECTIONS
  printLines(`With ${IDLE_CONNECTIONS.toLocaleString('en')} idle connections`, [
    ['', ''],
    ['me', `× ${(after.time / before.time).toFixed(2)}`],
    ['memory a connection', `${kilobytes.toFixed(1)} kB`],
  ])
}

/** A connection that has had an answer and is kept. */
async function openIdle(port: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1' })
  socket.write(`GET /healthz HTTP/1.1\r\nHost: localhost:${port}\r\n\r\n`)
  await once(socket, 'data')
  return socket
}

async function compareProcesses({ staff, server }: Stand, env: Record<string, string>, seconds: number): Promise<void> {
  const name = 'requests of `me`, two processes by one'
  if (cpus().length < CORES_FOR_TWO) {
    console.log(`\n${name}: needs ${CORES_FOR_TWO} cores to say anything, and this machine has ${cpus().length}`)
    return
  }
  const second = await startGatehouse(env)
  try {
    const shots = await Promise.all([server, second].map(({ port }) => createShot(port, staff)))
    const run = (chosen: Shot[]) => Promise.all(chosen.map((shot) => fire(shot, 32, { seconds })))
    await run(shots)
    const alone = (await run(shots.slice(0, 1))).reduce((sum, { perSecond }) => sum + perSecond, 0)
    const together = (await run(shots)).reduce((sum, { perSecond }) => sum + perSecond, 0)
    console.log(`\n${name}: × ${(together / alone).toFixed(2)}`)
  } finally {
    await second.stop()
  }
}

async function createShot(port: number, { cookie }: Browser): Promise<Shot> {
  const shot = { port, body: JSON.stringify({ query: ME }), cookie: `sid=${cookie}` }
  return { ...shot, expected: await ask(shot) }
}
