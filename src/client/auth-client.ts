/**
 * The threat: the next user of a browser sees the data of the one before. Apollo's `resetStore` and `clearStore` do not stop
 * running operations, whose late answers fill the new user's cache. So each identity gets its own client, and the other tabs,
 * which share the cookie, are told.
 */
import { ApolloClient, ApolloLink, HttpLink, InMemoryCache, type InMemoryCacheConfig } from '@apollo/client'
import { CheckSessionDocument } from './gql/graphql.ts'
import possibleTypes from './gql/possible-types.ts'
import { createReauthentication, type Reauthentication } from './reauthentication.ts'
import { createRecoveryLink, type SessionCheck } from './recovery-link.ts'
import { RunningMutations } from './running-mutations.ts'
import { keepSessionStream, type SessionEndReason, type SessionStreamDeps } from './session-stream.ts'
import { createStore, type Store, type WritableStore } from './store.ts'

export interface AuthClientOptions {
  uri?: string
  credentials?: RequestCredentials
  /** For the cache of each client: the app's type policies and possible types. */
  cacheOptions?: InMemoryCacheConfig
}

/** Why the session ended; UNKNOWN if the service did not say. */
export type SignOutReason = SessionEndReason | 'UNKNOWN'

/** The user of this browser, with a client and a cache that nobody else gets. */
export interface Identity {
  /** The React key of everything that shows the client's data. */
  epoch: number
  client: ApolloClient
  /** Why the previous session ended, if nobody ended it here. */
  endReason: SignOutReason | null
}

type TabMessage = { kind: 'identity-changed' } | { kind: 'session-ended'; sessionId: string; reason: SignOutReason }

/** The kit's own requests must not keep an idle session alive. */
const BACKGROUND_HEADERS = { 'X-Background-Request': '1' }

/** The shortest time between two answers that prove an end: the service completes a change of the cookie sooner. */
const AGREEMENT_MS = 250

/** A little longer than the service takes for any request. */
const MAX_MUTATION_MS = 6000

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds))

/** Reads the session of this browser: null if there is none, undefined without an answer. */
async function readSessionId(client: ApolloClient): Promise<string | null | undefined> {
  const context = { headers: BACKGROUND_HEADERS, isSessionCheck: true }
  const answer = await client.query({ query: CheckSessionDocument, fetchPolicy: 'no-cache', context }).catch(() => null)
  return answer ? (answer.data?.session?.id ?? null) : undefined
}

/** The identity that the app's components share, and how it changes. */
export class AuthClient {
  readonly reauthentication: Reauthentication = createReauthentication()
  readonly #options: Required<AuthClientOptions>
  readonly #identity: WritableStore<Identity>
  readonly #sessionId = createStore<string | null>(null)
  readonly #mutations = new RunningMutations()
  #channel: BroadcastChannel | null = null
  #runningCheck: Promise<SessionCheck> | null = null

  constructor({ uri = '/graphql', credentials = 'include', cacheOptions = {} }: AuthClientOptions) {
    this.#options = { uri, credentials, cacheOptions }
    this.#identity = createStore<Identity>({ epoch: 0, client: this.#createClient(), endReason: null })
  }

  get identity(): Store<Identity> {
    return this.#identity
  }

  /** Creates a new client in this tab and the others; call it after each change of user. */
  changeIdentity(): void {
    this.#post({ kind: 'identity-changed' })
    this.#swapClient(null)
  }

  /** Asks the service whether this browser still has the same session, and creates a new client if not. */
  checkSession(): Promise<SessionCheck> {
    if (this.#sessionId.get() === null) return Promise.resolve('unknown')
    this.#runningCheck ??= this.#askSession('UNKNOWN').finally(() => {
      this.#runningCheck = null
    })
    return this.#runningCheck
  }

  setSessionId(id: string | null): void {
    this.#sessionId.set(id)
  }

  /** Listens to other tabs, the browser and the service. Returns a function that stops it. */
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
    // One tab of the browser holds the stream, since browsers allow six connections to an origin. Pages on plain http have no
    // locks, so no stream; they ask when they become visible.
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
        this.#mutations.link,
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
    // Later, when React has released its queries.
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
      // A request that crosses a change of the cookie is answered without a user.
      await Promise.all([pause(AGREEMENT_MS), Promise.race([this.#mutations.settle(), pause(MAX_MUTATION_MS)])])
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

  /** Asks the service again, so that a late or wrong message signs nobody out. */
  async #confirmEnd(endedId: string, reason: SessionEndReason): Promise<void> {
    if (endedId === this.#sessionId.get()) await this.#askSession(reason)
  }

  #listenToBrowser(signal: AbortSignal): void {
    const check = () => void this.checkSession()
    // A page from the back-forward cache has missed everything.
    window.addEventListener('pageshow', ({ persisted }) => persisted && this.#swapClient(null), { signal })
    window.addEventListener('online', check, { signal })
    document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && check(), { signal })
  }
}

/** Creates the kit's client; an app needs one per endpoint. */
export function createAuthClient(options: AuthClientOptions = {}): AuthClient {
  return new AuthClient(options)
}
