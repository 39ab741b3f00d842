import { randomUUID } from 'node:crypto'
import { Agent, request } from 'node:http'
import { connect, type Socket } from 'node:net'

/** What came back to one request. */
export interface Reply {
  status: number
  /** The cookies that were set, as a browser sends them back. */
  cookie: string | undefined
  text: string
}

/** A client of the service under attack: it keeps its connections, and shows its cookie. */
export interface Client {
  ask(query: string, variables?: object): Promise<Reply>
  close(): void
}

export function createClient(url: string, cookie?: string): Client {
  const agent = new Agent({ keepAlive: true })
  const headers = { 'content-type': 'application/json', ...(cookie ? { cookie } : {}) }
  return {
    ask: (query, variables = {}) =>
      new Promise((resolve, reject) => {
        const outgoing = request(new URL('/graphql', url), { method: 'POST', agent, headers }, (incoming) => {
          const chunks: Buffer[] = []
          incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
          incoming.on('end', () => {
            const set = (incoming.headers['set-cookie'] ?? []).map((line) => line.split(';', 1)[0])
            const text = Buffer.concat(chunks).toString()
            resolve({ status: incoming.statusCode ?? 0, cookie: set.join('; ') || undefined, text })
          })
          incoming.on('error', reject)
        })
        outgoing.on('error', reject)
        outgoing.end(JSON.stringify({ query, variables }))
      }),
    close: () => agent.destroy(),
  }
}

export interface Person {
  email: string
  password: string
  cookie: string
}

const SIGNUP = 'mutation ($input: SignupInput!) { signup(input: $input) { __typename } }'

/** Signs somebody up who is not known yet. */
export async function signUp(url: string): Promise<Person> {
  const [email, password] = [`${randomUUID()}@attack.example`, randomUUID()]
  const client = createClient(url)
  const { status, cookie } = await client.ask(SIGNUP, { input: { email, password } })
  client.close()
  if (!cookie) throw new Error(`Nobody could sign up: the service answered ${status}.`)
  return { email, password, cookie }
}

const ADD_NOTE = 'mutation ($text: String!) { addNote(text: $text) { id } }'
const PUBLISH_NOTE = 'mutation ($id: ID!) { publishNote(id: $id) { id } }'

/** Publishes notes of the example feature, so that lists are long and answers large; none where a clone has taken it out. */
export async function publishNotes(url: string, { cookie }: Person, count: number): Promise<void> {
  const client = createClient(url, cookie)
  for (let n = 0; n < count; n += 1) {
    const { status, text } = await client.ask(ADD_NOTE, { text: 'x'.repeat(1000) })
    if (status !== 200) break
    const { data } = JSON.parse(text) as { data: { addNote: { id: string } | null } | null }
    if (data?.addNote) await client.ask(PUBLISH_NOTE, { id: data.addNote.id })
  }
  client.close()
}

/** Opens a connection of which the caller writes and reads every byte. */
export function openSocket(url: string): Socket {
  const { hostname, port } = new URL(url)
  return connect(Number(port), hostname).on('error', () => {})
}
