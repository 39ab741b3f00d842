import { randomUUID } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import { createClient, openSocket, type Person } from './client.ts'

/** How often an attack was answered in which way. */
export type Tally = Record<string, number>

export interface Attack {
  name: string
  /** Shorter, and the service has had no time to defend itself. */
  minSeconds?: number
  /** Attacks until the signal ends it. */
  run(target: { url: string; victim: Person; signal: AbortSignal }): Promise<Tally>
}

const repeat = (count: number, build: (index: number) => string) =>
  Array.from({ length: count }, (_, i) => build(i)).join(' ')

const count = (tally: Tally, key: string | number) => {
  tally[key] = (tally[key] ?? 0) + 1
}

/** Three clients that send documents one after the other, each a little different from the one before: no cache helps. */
const sendDocuments = (name: string, documents: readonly string[], isSignedIn = false): Attack => ({
  name,
  async run({ url, victim, signal }) {
    const tally: Tally = {}
    const send = async () => {
      const client = createClient(url, isSignedIn ? victim.cookie : undefined)
      for (let n = 0; !signal.aborted; n += 1) {
        const reply = await client.ask(`${documents[n % documents.length]} # ${randomUUID()}`).catch(() => null)
        count(tally, reply?.status ?? 'cut')
      }
      client.close()
    }
    await Promise.all([send(), send(), send()])
    return tally
  },
})

const LOGIN = 'mutation ($input: LoginInput!) { login(input: $input) { __typename } }'

/** 300 logins at once with a wrong password, and the next one for each that is answered. */
const loginStorm: Attack = {
  name: '300 logins at once',
  async run({ url, victim, signal }) {
    const tally: Tally = {}
    const guess = async () => {
      const client = createClient(url)
      while (!signal.aborted) {
        const reply = await client
          .ask(LOGIN, { input: { email: victim.email, password: randomUUID() } })
          .catch(() => null)
        count(tally, reply?.status ?? 'cut')
      }
      client.close()
    }
    await Promise.all(Array.from({ length: 300 }, guess))
    return tally
  },
}

/** Connections that never do what they promised: what became of them is told at the end. */
const holdConnections = (
  name: string,
  size: number,
  begin: (socket: ReturnType<typeof openSocket>) => void,
): Attack => ({
  name,
  minSeconds: 40,
  async run({ url, signal }) {
    const sockets = Array.from({ length: size }, () => openSocket(url))
    for (const socket of sockets) begin(socket)
    while (!signal.aborted) await setTimeout(100)
    // Who never reads does not notice a cut.
    for (const socket of sockets) socket.resume()
    await setTimeout(1_000)
    const cut = sockets.filter(({ closed }) => closed).length
    for (const socket of sockets) socket.destroy()
    return { cut, held: size - cut }
  },
})

const HEAD = 'POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n'
const LARGE = JSON.stringify({ query: `{ publishedNotes { ${repeat(10, (i) => `a${i}: text`)} } }` })

/** One byte of a header a second. */
const dripHeaders = holdConnections('500 slow senders', 500, (socket) => {
  socket.write(HEAD)
  const timer = setInterval(() => socket.write('X'), 1_000)
  socket.once('close', () => clearInterval(timer))
})

const neverRead = holdConnections('100 that never read', 100, (socket) => {
  socket.pause()
  socket.write(`${HEAD}Content-Length: ${Buffer.byteLength(LARGE)}\r\n\r\n${LARGE}`.repeat(8))
})

const LISTS = '(first: 100) { edges { node { id email roles createdAt } } }'

export const ATTACKS: readonly Attack[] = [
  loginStorm,
  sendDocuments('documents that are refused', [
    `{ ${repeat(1000, (i) => `a${i}: __typename`)} }`,
    `${'{ a '.repeat(200)}${'}'.repeat(200)}`,
    `{ session { ${repeat(160, (i) => `a${i}: id`)} } }`,
    `{ ${repeat(490, (i) => `f${i}`)} }`,
    `{ ...F0 } ${repeat(55, (i) => `fragment F${i} on Query { ...F${i + 1} ...F${i + 1} }`)} fragment F55 on Query { __typename }`,
  ]),
  sendDocuments('the worst documents that pass', [
    `{ session { ${repeat(120, () => '... { id }')} } }`,
    `{ session { ${repeat(50, () => 'user { id id id }')} } }`,
    `{ ${repeat(5, (i) => `n${i}: publishedNotes { text id publishedAt author { id name } }`)} }`,
    `{ publishedNotes { ${repeat(10, (i) => `a${i}: text`)} } }`,
    `{ ${repeat(4, (i) => `u${i}: users${LISTS}`)} }`,
  ]),
  sendDocuments(
    'the worst of a signed-in user',
    [
      `{ ${repeat(5, (i) => `s${i}: sessions { id user { id email roles } device { name } scopes createdAt lastSeenAt }`)} }`,
      `{ ${repeat(5, (i) => `n${i}: myNotes { id text author { id name } }`)} }`,
    ],
    true,
  ),
  dripHeaders,
  neverRead,
]
