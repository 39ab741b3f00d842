import { randomUUID } from 'node:crypto'
import { openDatabase, type SharedDatabase, withFolder } from './database.ts'
import { ask, fire, type Shot } from './load.ts'
import { productionSettings, readUsage, type Server, startGatehouse, startMercurius, startStock } from './servers.ts'
import { printTable, quantile, type Row } from './table.ts'

export interface Effort {
  rounds: number
  /** Of each side in each round. */
  seconds: number
  /** What each side answers of each query before anything is measured: V8 compiles what runs often. */
  warmUp: number
}

interface Sample {
  perSecond: number
  p50: number
  p99: number
  cpu: number
  rss: number
}

interface Query {
  name: string
  query: string
  signedIn: boolean
}

interface Side {
  server: Server
  cookie: string
}

const NAMES = ['Gatehouse', 'plain stack', 'mercurius']
const WARM_UP_CONNECTIONS = 32

const ME = '{ me { id email firstName lastName roles createdAt } }'
const SESSION = '{ session { createdAt user { id email } } }'
const SIGNUP = 'mutation ($input: SignupInput!) { signup(input: $input) { ... on SignupSuccess { user { id } } } }'

const QUERIES: Query[] = [
  { name: 'me, signed in', query: ME, signedIn: true },
  { name: 'session, anonymous', query: SESSION, signedIn: false },
]

/** Compares Gatehouse to the plain stack and to mercurius on one database: starting, then each query. */
export async function benchService(effort: Effort): Promise<void> {
  const database = await openDatabase()
  try {
    printTable('Start', NAMES.slice(0, 2), await compareStart(database, effort))
    await withFolder((folder) => compareQueries(database, folder, effort))
  } finally {
    await database.close()
  }
  console.log(`
How to read it: all servers ran in this run, on this machine and this database, in turn, round by round. Only the ratios (the
median of the rounds, and between which values their middle half lies) mean something elsewhere; the figures beside them are
this machine's, with the load and, unless MONGODB_URI is set, the database beside the servers on the same cores. The plain
stack is Apollo Server, Express, express-session and connect-mongo; like mercurius with @fastify/session it has its defaults,
and writes a session at each signed-in request. At the start Gatehouse opens an embedded database of its own, in its own
process; the plain stack finds the shared one running.`)
}

async function compareQueries(database: SharedDatabase, folder: string, effort: Effort): Promise<void> {
  const servers: Server[] = []
  try {
    servers.push(await startGatehouse(productionSettings(database.uriFor('gatehouse'), folder)))
    servers.push(await startStock({ NODE_ENV: 'production', MONGODB_URI: database.uriFor('stock') }))
    servers.push(await startMercurius({ NODE_ENV: 'production', MONGODB_URI: database.uriFor('mercurius') }))
    const sides: Side[] = []
    for (const server of servers) sides.push({ server, cookie: await signUp(server) })
    for (const query of QUERIES) await warmUp(sides, query, effort)
    for (const query of QUERIES) {
      for (const connections of [32, 1]) {
        const title = `${query.name}, ${connections} connection${connections === 1 ? '' : 's'}, on ${database.kind}`
        printTable(title, NAMES, await compareQuery(sides, query, connections, effort))
      }
    }
  } finally {
    await Promise.all(servers.map((server) => server.stop()))
  }
}

async function warmUp(sides: Side[], query: Query, { warmUp: requests }: Effort): Promise<void> {
  for (const side of sides) await fire(await createShot(side, query), WARM_UP_CONNECTIONS, { requests })
}

async function compareStart(database: SharedDatabase, { rounds }: Effort): Promise<Row[]> {
  const starts = [
    () => withFolder((folder) => measureStart(startGatehouse({ DATA_DIR: folder }))),
    () => measureStart(startStock({ MONGODB_URI: database.uriFor('stock') })),
  ]
  const samples: Start[][] = starts.map(() => [])
  for (let round = 0; round < rounds; round++) {
    for (const [index, start] of starts.entries()) samples[index]?.push(await start())
  }
  const toRow = (what: string, unit: string, key: keyof Start): Row => ({
    ...{ what, unit, wanted: 'less' },
    sides: samples.map((side) => side.map((sample) => sample[key])),
  })
  return [toRow('ready after', 'ms', 'readyAfter'), toRow('idle memory (RSS)', 'MB', 'rss')]
}

interface Start {
  readyAfter: number
  rss: number
}

async function measureStart(starting: Promise<Server>): Promise<Start> {
  const server = await starting
  await new Promise((done) => setTimeout(done, 1_000))
  const { rss } = await readUsage(server.pid)
  await server.stop()
  return { readyAfter: server.readyAfter, rss }
}

/** Makes a user, and gives the cookie that their queries carry. */
async function signUp(server: Server): Promise<string> {
  const input = { email: `${randomUUID()}@bench.example`, password: `${randomUUID()}` }
  const answer = await fetch(`http://127.0.0.1:${server.port}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: SIGNUP, variables: { input } }),
  })
  const text = await answer.text()
  const cookie = answer.headers.getSetCookie().flatMap((one) => /^(?:sid|connect\.sid)=[^;]*/.exec(one)?.[0] ?? [])[0]
  if (cookie === undefined) throw new Error(`No cookie at signup: ${text}`)
  return cookie
}

async function compareQuery(sides: Side[], query: Query, connections: number, effort: Effort): Promise<Row[]> {
  const shots: Shot[] = []
  for (const side of sides) shots.push(await createShot(side, query))
  const samples: Sample[][] = sides.map(() => [])
  for (let round = 0; round < effort.rounds; round++) {
    const order = [...sides.entries()]
    for (const [index, { server }] of round % 2 === 0 ? order : order.toReversed()) {
      samples[index]?.push(await measure(server, shots[index] as Shot, connections, effort.seconds))
    }
  }
  const toRow = (what: string, unit: string, key: keyof Sample, wanted: Row['wanted'] = 'less'): Row => ({
    ...{ what, unit, wanted },
    sides: samples.map((side) => side.map((sample) => sample[key])),
  })
  return [
    toRow('CPU a request', 'ms', 'cpu'),
    toRow('requests', '/s', 'perSecond', 'more'),
    toRow('p50', 'ms', 'p50'),
    toRow('p99', 'ms', 'p99'),
    toRow('memory (RSS)', 'MB', 'rss'),
  ]
}

async function createShot({ server, cookie }: Side, { query, signedIn }: Query): Promise<Shot> {
  const shot = { port: server.port, body: JSON.stringify({ query }), cookie: signedIn ? cookie : undefined }
  const expected = await ask(shot)
  const right = signedIn ? /"me":\{"id":"\w/ : /"session":null/
  if (expected.includes('"errors"') || !right.test(expected)) throw new Error(`Not what was asked for: ${expected}`)
  return { ...shot, expected }
}

async function measure(server: Server, shot: Shot, connections: number, seconds: number): Promise<Sample> {
  const before = await readUsage(server.pid)
  const { latencies, perSecond } = await fire(shot, connections, { seconds })
  const after = await readUsage(server.pid)
  return {
    perSecond,
    p50: quantile(latencies, 0.5),
    p99: quantile(latencies, 0.99),
    cpu: (after.cpu - before.cpu) / latencies.length,
    rss: after.rss,
  }
}
