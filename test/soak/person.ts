import { randomUUID } from 'node:crypto'
import { type Client, createClient, type Reply } from '../attack/client.ts'
import type { Ending, Entry } from './history.ts'

const SIGNUP = 'mutation ($input: SignupInput!) { signup(input: $input) { __typename } }'
const LOGIN = 'mutation ($input: LoginInput!) { login(input: $input) { __typename } }'
const PASSWORD = 'mutation ($input: ChangePasswordInput!) { changePassword(input: $input) { __typename } }'
const LOGOUT = 'mutation { logout { ended } }'
const REVOKE = 'mutation { revokeAllSessions { __typename } }'
const READ = '{ session { id } }'

interface Answer {
  data?: Record<string, { __typename?: string; id?: string } | null> | null
}

/** A session of the person, by a name of the test's own: its id is secret, and may never have been told. */
interface HeldSession {
  name: string
  cookie: string
}

type Change = Pick<Entry, 'verb' | 'session' | 'ends'>

/** Somebody who uses the service: one at a time they change something, while they read with every session they ever had. */
export class Person {
  readonly #email = `${randomUUID()}@soak.example`
  readonly #history: Entry[]
  readonly #pickUrl: () => string
  #password: string = randomUUID()
  #isKnown = false
  /** What was asked for may have been carried out, so nothing that builds on it can be asked any more. */
  #isLost = false
  #sessions: HeldSession[] = []

  constructor(history: Entry[], pickUrl: () => string) {
    this.#history = history
    this.#pickUrl = pickUrl
  }

  get isLost(): boolean {
    return this.#isLost
  }

  async #ask(cookie: string | undefined, query: string, variables: object = {}): Promise<Reply | null> {
    const client: Client = createClient(this.#pickUrl(), cookie)
    const reply = await client.ask(query, variables).catch(() => null)
    client.close()
    return reply
  }

  /** Asks for a change and keeps how it ended. `field` has the answer; any type of it but the success is a refusal. */
  async #change(change: Change, send: () => Promise<Reply | null>, field: string, success: string | null) {
    const from = performance.now()
    const reply = await send()
    const ending = readEnding(reply, field, success)
    this.#history.push({ user: this.#email, ...change, from, until: performance.now(), ending })
    if (ending === 'unknown') this.#isLost = true
    return ending === 'done' ? reply : null
  }

  #hold(name: string, reply: Reply | null): void {
    if (reply?.cookie) this.#sessions.push({ name, cookie: reply.cookie })
  }

  /** Signs up, or logs in. */
  async enter(): Promise<void> {
    const session = randomUUID()
    const input = { email: this.#email, password: this.#password }
    const [verb, field, query, success] = this.#isKnown
      ? (['login', 'login', LOGIN, 'LoginSuccess'] as const)
      : (['signup', 'signup', SIGNUP, 'SignupSuccess'] as const)
    const reply = await this.#change({ verb, session }, () => this.#ask(undefined, query, { input }), field, success)
    if (reply) this.#isKnown = true
    this.#hold(session, reply)
  }

  /** Ends one session, all of them, or all others by a new password. */
  async leave(way: 'logout' | 'revoke' | 'password'): Promise<void> {
    const current = this.#sessions.at(-1)
    if (!current) return
    const others = this.#sessions.map(({ name }) => name)
    if (way === 'password') return this.#changePassword(current, others)
    const [query, field, success] =
      way === 'logout'
        ? ([LOGOUT, 'logout', null] as const)
        : ([REVOKE, 'revokeAllSessions', 'SessionsRevoked'] as const)
    const change = { verb: way, session: current.name, ...(way === 'revoke' ? { ends: others } : {}) }
    await this.#change(change, () => this.#ask(current.cookie, query), field, success)
  }

  async #changePassword(current: HeldSession, ends: string[]): Promise<void> {
    const [session, newPassword] = [randomUUID(), randomUUID()]
    const input = { currentPassword: this.#password, newPassword }
    const send = () => this.#ask(current.cookie, PASSWORD, { input })
    const reply = await this.#change(
      { verb: 'password', session, ends },
      send,
      'changePassword',
      'ChangePasswordSuccess',
    )
    if (reply) this.#password = newPassword
    this.#hold(session, reply)
  }

  /** Reads with each of the last sessions, whether it should be there or not. */
  async read(): Promise<void> {
    for (const { name, cookie } of this.#sessions.slice(-3)) {
      const from = performance.now()
      const reply = await this.#ask(cookie, READ)
      const data = readData(reply)
      const ending: Ending = data ? 'done' : 'refused'
      const isSignedIn = data?.session != null
      const entry = { user: this.#email, verb: 'read', session: name, from, until: performance.now() } as const
      this.#history.push({ ...entry, ending, isSignedIn })
    }
  }
}

function readData(reply: Reply | null): NonNullable<Answer['data']> | null {
  if (reply?.status !== 200) return null
  return (JSON.parse(reply.text) as Answer).data ?? null
}

/** An answer that says that nothing was changed is a refusal; no answer, or one that does not know, is unknown. */
function readEnding(reply: Reply | null, field: string, success: string | null): Ending {
  if (!reply) return 'unknown'
  const value = readData(reply)?.[field]
  if (value) return success === null || value.__typename === success ? 'done' : 'refused'
  return /Nothing was changed|UNAUTHENTICATED|RATE_LIMITED/.test(reply.text) ? 'refused' : 'unknown'
}
