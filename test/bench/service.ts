import { randomUUID } from 'node:crypto'
import { openDatabase, type SharedDatabase, withFolder } from './database.ts'
import { ask, fire, quantile, type Shot } from './load.ts'
import { productionSettings, type Server, startGatehouse, startStock, usageOf } from './servers.ts'
import { compare, printTable, type Row } from './table.ts'

export interface Effort {
  rounds: number
  /** Of each side in each round. */
  seconds: number
}

interface Sample {
  perSecond: number
  p50: number
  p99: number
  cpu: number
  rss: number
}

interface Case {
  name: string
  query: string
  signedIn: boolean
  connections: number
}

const ME = '{ me { id email firstName lastName roles createdAt } }'
const SESSION = '{ session { createdAt user { id email } } }'
const SIGNUP = 'mutation ($input: SignupInput!) { signup(input: $input) { ... on SignupSuccess { user { id } } } }'

const CASES: Case[] = [1, 32].flatMap((connections) => [
  { name: 'me, signed in', query: ME, signedIn: true, connections },
  { name: 'session, anonymous', query: SESSION, signedIn: false, connections },
])

/** Compares Gatehouse to the stock server on one database: starting, then each query at each number of connections. */
export async function benchService(effort: Effort): Promise<void> {
  const database = await openDatabase()
  try {
    printTable('Start', await compareStart(database, effort))
    await withFolder((folder) => compareCases(database, folder, effort))
  } finally {
    await database.close()
  }
  console.log(`
How to read it: both servers ran in this run, on this machine and this database, in turn, round by round. Only the ratios
(Gatehouse by stock, the median of the rounds) mean something elsewhere; the figures beside them are this machine's, with the
load and, unless MONGODB_URI is set, the database beside the servers on the same cores. The stock server writes a session at
each signed-in request, as its defaults have it. At the start Gatehouse opens an embedded database of its own, in its own
process; the stock server finds the shared one running.`)
}

async function compareCases(database: SharedDatabase, folder: string, effort: Effort): Promise<void> {
  const started: Server[] = []
  const side = async (starting: Promise<Server>) => {
    const server = await starting
    started.push(server)
    return { server, cookie: await signUp(server) }
  }
  try {
    const gatehouse = await side(startGatehouse(productionSettings(database.uriFor('gatehouse'), folder)))
    const stock = await side(startStock({ NODE_ENV: 'production', MONGODB_URI: database.uriFor('stock') }))
    for (const one of CASES) {
      const title = `${one.name}, ${one.connections} connection${one.connections === 1 ? '' : 's'}, on ${database.kind}`
      printTable(title, await compareCase(one, { gatehouse, stock }, effort))
    }
  } finally {
    await Promise.all(started.map((server) => server.stop()))
  }
}

async function compareStart(database: SharedDatabase, { rounds }: Effort): Promise<Row[]> {
  const [gatehouse, stock] = [[] as Idle[], [] as Idle[]]
  for (let round = 0; round < rounds; round++) {
    gatehouse.push(await withFolder((folder) => idle(startGatehouse({ DATA_DIR: folder }))))
    stock.push(await idle(startStock({ MONGODB_URI: database.uriFor('stock') })))
  }
  const row = (what: string, unit: string, key: keyof Idle) =>
    compare(
      { what, unit, wanted: 'less' },
      gatehouse.map((sample) => sample[key]),
      stock.map((sample) => sample[key]),
    )
  return [row('ready after', 'ms', 'readyAfter'), row('idle memory (RSS)', 'MB', 'rss')]
}

interface Idle {
  readyAfter: number
  rss: number
}

async function idle(starting: Promise<Server>): Promise<Idle> {
  const server = await starting
  await new Promise((done) => setTimeout(done, 1_000))
  const { rss } = await usageOf(server.pid)
  await server.stop()
  return { readyAfter: server.readyAfter, rss }
}

interface Side {
  server: Server
  cookie: string
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

async function compareCase(one: Case, sides: { gatehouse: Side; stock: Side }, effort: Effort): Promise<Row[]> {
  const shots = { gatehouse: await shotAt(sides.gatehouse, one), stock: await shotAt(sides.stock, one) }
  await fire(shots.gatehouse, one.connections, effort.seconds)
  await fire(shots.stock, one.connections, effort.seconds)

  const samples = { gatehouse: [] as Sample[], stock: [] as Sample[] }
  for (let round = 0; round < effort.rounds; round++) {
    const order = ['gatehouse', 'stock'] as const
    for (const side of round % 2 === 0 ? order : order.toReversed()) {
      samples[side].push(await measure(sides[side].server, shots[side], one.connections, effort.seconds))
    }
  }
  const row = (what: string, unit: string, key: keyof Sample, wanted: Row['wanted'] = 'less') =>
    compare(
      { what, unit, wanted },
      samples.gatehouse.map((sample) => sample[key]),
      samples.stock.map((sample) => sample[key]),
    )
  return [
    row('requests', '/s', 'perSecond', 'more'),
    row('p50', 'ms', 'p50'),
    row('p99', 'ms', 'p99'),
    row('CPU a request', 'ms', 'cpu'),
    row('memory (RSS)', 'MB', 'rss'),
  ]
}

async function shotAt({ server, cookie }: Side, { query, signedIn }: Case): Promise<Shot> {
  const shot = { port: server.port, body: JSON.stringify({ query }), cookie: signedIn ? cookie : undefined }
  const expected = await ask(shot)
  const right = signedIn ? /"me":\{"id":"\w/ : /"session":null/
  if (expected.includes('"errors"') || !right.test(expected)) throw new Error(`Not what was asked for: ${expected}`)
  return { ...shot, expected }
}

async function measure(server: Server, shot: Shot, connections: number, seconds: number): Promise<Sample> {
  const before = await usageOf(server.pid)
  const { latencies, perSecond } = await fire(shot, connections, seconds)
  const after = await usageOf(server.pid)
  return {
    perSecond,
    p50: quantile(latencies, 0.5),
    p99: quantile(latencies, 0.99),
    cpu: (after.cpu - before.cpu) / latencies.length,
    rss: after.rss,
  }
}
