/**
 * The threat: the next user of a browser sees what belongs to the one before. Apollo's `resetStore` and `clearStore` do
 * not suffice, since they do not stop what is under way, and a late answer is written into the new user's cache. So each
 * identity gets a client of its own, kept outside React, and the other tabs, which share the cookie, are told.
 */
import { ApolloClient, ApolloLink, HttpLink, InMemoryCache, type InMemoryCacheConfig } from '@apollo/client'
import { CheckSessionDocument } from './gql/graphql.ts'
import possibleTypes from './gql/possible-types.ts'
import { createReauthentication, type Reauthentication } from './reauthentication.ts'
import { createRecoveryLink, type SessionCheck } from './recovery-link.ts'
import { keepSessionStream, type SessionEndReason, type SessionStreamDeps } from './session-stream.ts'
import { createStore, type Store, type WritableStore } from './store.ts'

/** Where the service is, and what the app adds. */
export interface AuthClientOptions {
  /** The address of the GraphQL endpoint. */
  uri?: string
  credentials?: RequestCredentials
  /** For the cache of each client: type policies and possible types of the app's own. */
  cacheOptions?: InMemoryCacheConfig
}

/** Why nobody is signed in any more; UNKNOWN where the service did not say. */
export type SignOutReason = SessionEndReason | 'UNKNOWN'

/** Whoever is there, with a client and a cache that nobody else gets. */
export interface Identity {
  /** The React key of all that shows the client's data. */
  epoch: number
  client: ApolloClient
  /** Why the session before ended, where nobody here asked for it. */
  endReason: SignOutReason | null
}

type TabMessage = { kind: 'identity-changed' } | { kind: 'session-ended'; sessionId: string; reason: SignOutReason }

/** What the kit asks by itself must not keep an idle session alive. */
const BACKGROUND_HEADERS = { 'X-Background-Request': '1' }

/** How far apart two answers are that tell an end, in milliseconds: the service is done with a change of the cookie before. */
const AGREEMENT_MS = 250

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds))

/** Asks whose session this browser has: null for nobody's, undefined where no answer came. */
async function readSessionId(client: ApolloClient): Promise<string | null | undefined> {
  const context = { headers: BACKGROUND_HEADERS, isSessionCheck: true }
  const answer = await client.query({ query: CheckSessionDocument, fetchPolicy: 'no-cache', context }).catch(() => null)
  return answer ? (answer.data?.session?.id ?? null) : undefined
}

/** What the app's components share: who is there, and what to do when that changes. */
export class AuthClient {
  readonly reauthentication: Reauthentication = createReauthentication()
  readonly #options: Required<AuthClientOptions>
  readonly #identity: WritableStore<Identity>
  readonly #sessionId = createStore<string | null>(null)
  #channel: BroadcastChannel | null = null
  #runningCheck: Promise<SessionCheck> | null = null

  constructor({ uri = '/graphql', credentials = 'include', cacheOptions = {} }: AuthClientOptions) {
    this.#options = { uri, credentials, cacheOptions }
    this.#identity = createStore<Identity>({ epoch: 0, client: this.#createClient(), endReason: null })
  }

  get identity(): Store<Identity> {
    return this.#identity
  }

  /** Takes a new client in this tab and the others; call it after whatever changes the user. */
  changeIdentity(): void {
    this.#post({ kind: 'identity-changed' })
    this.#swapClient(null)
  }

  /** Asks the service whether this browser still has the session it knows, and takes a new client where it has not. */
  checkSession(): Promise<SessionCheck> {
    if (this.#sessionId.get() === null) return Promise.resolve('unknown')
    this.#runningCheck ??= this.#askSession('UNKNOWN').finally(() => {
      this.#runningCheck = null
    })
    return this.#runningCheck
  }

  /** Notes the session that the present client found. */
  setSessionId(id: string | null): void {
    this.#sessionId.set(id)
  }

  /** Listens to the other tabs, to the browser and to the service; the result ends it. Called by AuthProvider. */
  connect(): () => void {
    const { uri, credentials } = this.#options
    const controller = new AbortController()
    const { signal } = controller
    const name = `gatehouse:${new URL(uri, location.href)}`
    this.#channel = new BroadcastChannel(name)
    this.#channel.onmessage = (message) => this.#hear(message)
    this.#listenToBrowser(signal)
    const deps: SessionStreamDeps = {
      ...{ uri, credentials, sessionId: this.#sessionId },
      onEnded: (endedId, reason) => this.#confirmEnd(endedId, reason),
      onUnauthenticated: () => this.checkSession(),
    }
    // One tab of the browser holds the stream, since browsers allow six connections to an origin. No locks, no stream:
    // pages on plain http, which have none, still ask when they become visible.
    const leading = navigator.locks?.request(name, { signal }, () => keepSessionStream(deps, signal))
    leading?.catch(() => {})
    return () => {
      controller.abort()
      this.#channel?.close()
      this.#channel = null
    }
  }

  #createClient(): ApolloClient {
    const { uri, credentials, cacheOptions } = this.#options
    const isCurrent = () => own === this.#identity.get().client
    const checkSession = () => this.checkSession()
    const own: ApolloClient = new ApolloClient({
      cache: new InMemoryCache({
        ...cacheOptions,
        possibleTypes: { ...possibleTypes.possibleTypes, ...cacheOptions.possibleTypes },
      }),
      link: ApolloLink.from([
        createRecoveryLink({ isCurrent, checkSession, reauthentication: this.reauthentication }),
        new HttpLink({ uri, credentials }),
      ]),
    })
    return own
  }

  #swapClient(endReason: SignOutReason | null): void {
    const { epoch, client: former } = this.#identity.get()
    this.reauthentication.settle(false)
    this.#sessionId.set(null)
    this.#runningCheck = null
    this.#identity.set({ epoch: epoch + 1, client: this.#createClient(), endReason })
    // Later, so that React has let go of its queries.
    setTimeout(() => former.stop())
  }

  #post(message: TabMessage): void {
    this.#channel?.postMessage(message)
  }

  #hear({ data }: MessageEvent<TabMessage>): void {
    if (data.kind === 'identity-changed') this.#swapClient(null)
    else if (data.sessionId === this.#sessionId.get()) this.#swapClient(data.reason)
  }

  async #askSession(endReason: SignOutReason): Promise<SessionCheck> {
    const { client } = this.#identity.get()
    const known = this.#sessionId.get()
    let id = await readSessionId(client)
    if (id === null) {
      // A question that crosses a change of the cookie is answered as nobody's.
      await pause(AGREEMENT_MS)
      id = await readSessionId(client)
    }
    if (id === undefined || client !== this.#identity.get().client) return 'unknown'
    if (id === known || known === null) return 'same'
    this.#post(
      id === null ? { kind: 'session-ended', sessionId: known, reason: endReason } : { kind: 'identity-changed' },
    )
    this.#swapClient(id === null ? endReason : null)
    return 'changed'
  }

  /** The service is asked once more, so that a message that is late or wrong signs nobody out. */
  async #confirmEnd(endedId: string, reason: SessionEndReason): Promise<void> {
    if (endedId === this.#sessionId.get()) await this.#askSession(reason)
  }

  #listenToBrowser(signal: AbortSignal): void {
    const check = () => void this.checkSession()
    // A page from the back-forward cache slept through whatever happened.
    window.addEventListener('pageshow', ({ persisted }) => persisted && this.#swapClient(null), { signal })
    window.addEventListener('online', check, { signal })
    document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && check(), { signal })
  }
}

/** Creates the kit's client, one for each endpoint. */
export function createAuthClient(options: AuthClientOptions = {}): AuthClient {
  return new AuthClient(options)
}
