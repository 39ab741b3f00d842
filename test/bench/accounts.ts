import { randomBytes } from 'node:crypto'
import { type Db, type Document, MongoClient } from 'mongodb'
import { type Browser, openBrowser } from '../testkit/browser.ts'
import { logIn, signUp } from '../testkit/client.ts'
import { type MongoProxy, startProxy } from '../testkit/mongo/proxy.ts'
import { openDatabase, withFolder } from './database.ts'
import { productionSettings, type Server, startGatehouse } from './servers.ts'
import type { Effort } from './service.ts'
import { median, printLines } from './table.ts'

const USERS = 100_000
const SESSIONS = 50
const PAGE = 100
const LATER_PAGE = 500
const TRIES = 20
const STAFF = 'staff@bench.example'

const ME = '{ me { id email firstName lastName roles createdAt } }'
const LIST = '{ sessions { id current lastSeenAt device { name } } }'
const REVOKE_ALL = 'mutation { revokeAllSessions { __typename } }'
const usersAfter = (after: string | null) =>
  `{ users(first: ${PAGE}, after: ${JSON.stringify(after)}) { edges { node { id email roles } } pageInfo { hasNextPage endCursor } } }`

const buildEmail = (index: number) => `user${String(index).padStart(6, '0')}@bench.example`
/** The cursor behind which page `LATER_PAGE` begins. */
const AFTER = Buffer.from(`user:${buildEmail((LATER_PAGE - 1) * PAGE - 1)}`).toString('base64url')

interface Case {
  name: string
  /** Makes ready what is measured. */
  before?: (stand: Stand) => Promise<void>
  run: (stand: Stand) => Promise<{ status: number; text: string }>
}

/** A service with a crowd of users, and one of them, an ADMIN, in a browser. */
interface Stand {
  db: Db
  who: Browser
}

const signInAgain = async ({ db, who }: Stand) => {
  await logIn(who, { email: STAFF })
  await fillSessions(db)
}

const CASES: Case[] = [
  { name: `sessions, ${SESSIONS} of them`, before: ({ db }) => fillSessions(db), run: ({ who }) => who.gql(LIST) },
  {
    name: `login, with ${SESSIONS} sessions`,
    before: ({ db }) => fillSessions(db),
    run: ({ who }) => logIn(who, { email: STAFF }),
  },
  { name: `users(first: ${PAGE}), page 1`, run: ({ who }) => who.gql(usersAfter(null)) },
  { name: `users(first: ${PAGE}), page ${LATER_PAGE}`, run: ({ who }) => who.gql(usersAfter(AFTER)) },
  { name: `revokeAllSessions, ${SESSIONS} of them`, before: signInAgain, run: ({ who }) => who.gql(REVOKE_ALL) },
]

/** Compares what people do with accounts to `me`: time as a ratio, commands to the database, and what a page reads of its index. */
export async function benchAccounts({ rounds }: Effort): Promise<void> {
  const database = await openDatabase()
  try {
    const uri = database.uriFor('accounts')
    await withFolder(async (folder) => {
      const client = await MongoClient.connect(uri)
      const server = await startGatehouse(productionSettings(uri, folder))
      try {
        const stand = { db: client.db(), who: openBrowser(`http://127.0.0.1:${server.port}`) }
        await fillUsers(stand)
        const times = await measureTimes(stand, rounds)
        const steps = await listSteps(stand.db, uri, folder)
        printLines(`Accounts, among ${USERS.toLocaleString('en')} users, on ${database.kind}`, [
          ['', 'time, by `me`'],
          ...CASES.map(({ name }, index) => [name, `× ${median(times[index] ?? []).toFixed(1)}`]),
        ])
        console.log('\nWhat each sends to the database')
        for (const [index, { name }] of CASES.entries()) console.log(`${name}: ${steps[index]}`)
      } finally {
        await server.stop()
        await client.close()
      }
    })
  } finally {
    await database.close()
  }
}

/** The crowd: copies of the one who signs up, under addresses in order. */
async function fillUsers({ db, who }: Stand): Promise<void> {
  await signUp(who, { email: STAFF })
  const users = db.collection('users')
  await users.updateOne({ emailCanonical: STAFF }, { $set: { roles: ['ADMIN'] } })
  const { _id, ...template } = (await users.findOne({ emailCanonical: STAFF })) ?? {}
  for (let begun = 0; begun < USERS; begun += 1_000) {
    const names = Array.from({ length: 1_000 }, (_, index) => buildEmail(begun + index))
    await users.insertMany(
      names.map((email) => ({ ...template, email, emailCanonical: email, roles: [], tokens: {} })),
      { ordered: false },
    )
  }
}

/** Copies of the newest session, until the user has as many as are allowed. */
async function fillSessions(db: Db): Promise<void> {
  const sessions = db.collection<Document & { _id: string }>('sessions')
  const template = await sessions.findOne({}, { sort: { 'session.createdAt': -1 } })
  if (!template) throw new Error('Nobody is signed in.')
  const missing = SESSIONS - (await sessions.countDocuments())
  const copies = Array.from({ length: missing }, () => ({
    ...template,
    ...{ _id: randomBytes(32).toString('hex'), lastSeen: new Date(template.lastSeen.getTime() - 1) },
    session: { ...template.session, handle: randomBytes(16).toString('hex') },
  }))
  if (copies.length > 0) await sessions.insertMany(copies)
}

/** How long each case takes, as ratios to `me` in the same round. */
async function measureTimes(stand: Stand, rounds: number): Promise<number[][]> {
  const ratios: number[][] = CASES.map(() => [])
  await logIn(stand.who, { email: STAFF })
  for (let round = 0; round < rounds; round += 1) {
    const me = await measureTime({ name: 'me', run: ({ who }) => who.gql(ME) }, stand)
    for (const [index, one] of CASES.entries()) ratios[index]?.push((await measureTime(one, stand)) / me)
    await logIn(stand.who, { email: STAFF })
  }
  return ratios
}

async function measureTime({ name, before, run }: Case, stand: Stand): Promise<number> {
  const times: number[] = []
  for (let tries = 0; tries < TRIES; tries += 1) {
    await before?.(stand)
    const begun = performance.now()
    const { status, text } = await run(stand)
    times.push(performance.now() - begun)
    if (status !== 200 || text.includes('"errors"')) throw new Error(`${name} went wrong: ${text}`)
  }
  return median(times)
}

/** What each case sends to the database, seen by a proxy before a second service. */
async function listSteps(db: Db, uri: string, folder: string): Promise<string[]> {
  const proxy = await startProxy(uri)
  let server: Server | undefined
  try {
    server = await startGatehouse(productionSettings(proxy.uri, folder))
    const stand = { db, who: openBrowser(`http://127.0.0.1:${server.port}`) }
    await logIn(stand.who, { email: STAFF })
    const steps: string[] = []
    for (const { before, run } of CASES) {
      await before?.(stand)
      proxy.clear()
      await run(stand)
      steps.push(await tell(proxy, db))
    }
    return steps
  } finally {
    await server?.stop()
    await proxy.close()
  }
}

const OWN = ['users', 'sessions', 'tokens', 'mails']

async function tell(proxy: MongoProxy, db: Db): Promise<string> {
  const own = proxy.commands.filter(({ collection }) => OWN.includes(collection ?? ''))
  const told = own.map(({ command, collection }) => `${command} ${collection}`)
  const page = own.find(({ command, document }) => command === 'find' && document.sort?.emailCanonical)
  return `${told.join(', ')}${page ? `; ${await explain(db, page.document)}` : ''}`
}

/** How much of which index a query reads; the embedded database counts what it gives. */
async function explain(db: Db, { find, filter, sort, limit }: Document): Promise<string> {
  const plan = await db.command({ explain: { find, filter, sort, limit }, verbosity: 'executionStats' })
  const { nReturned, totalKeysExamined = nReturned, totalDocsExamined = nReturned } = plan.executionStats
  const scan = /COLLSCAN/.test(JSON.stringify(plan.queryPlanner)) ? 'COLLSCAN' : 'IXSCAN'
  return `${scan} reads ${totalKeysExamined} keys and ${totalDocsExamined} documents to give ${nReturned}`
}
