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
import { keepSessionStream, type SessionEndReason } from './session-stream.ts'
import { createStore, type Store } from './store.ts'

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

export interface AuthClient {
  identity: Store<Identity>
  reauthentication: Reauthentication
  /** Takes a new client in this tab and the others; call it after whatever changes the user. */
  changeIdentity(): void
  /** Asks the service whether this browser still has the session it knows, and takes a new client where it has not. */
  checkSession(): Promise<SessionCheck>
  /** Notes the session that the present client found. */
  setSessionId(id: string | null): void
  /** Listens to the other tabs, to the browser and to the service; the result ends it. Called by AuthProvider. */
  connect(): () => void
}

type TabMessage = { kind: 'identity-changed' } | { kind: 'session-ended'; sessionId: string; reason: SignOutReason }

/** What the kit asks by itself must not keep an idle session alive. */
const BACKGROUND_HEADERS = { 'X-Background-Request': '1' }

/** Creates the kit's client, one for each endpoint. */
export function createAuthClient(options: AuthClientOptions = {}): AuthClient {
  const { uri = '/graphql', credentials = 'include', cacheOptions = {} } = options
  const reauthentication = createReauthentication()
  const identity = createStore<Identity>({ epoch: 0, client: createClient(), endReason: null })
  const sessionId = createStore<string | null>(null)
  let channel: BroadcastChannel | null = null
  let runningCheck: Promise<SessionCheck> | null = null

  function createClient(): ApolloClient {
    const isCurrent = () => own === identity.get().client
    const own: ApolloClient = new ApolloClient({
      cache: new InMemoryCache({
        ...cacheOptions,
        possibleTypes: { ...possibleTypes.possibleTypes, ...cacheOptions.possibleTypes },
      }),
      link: ApolloLink.from([
        createRecoveryLink({ isCurrent, checkSession, reauthentication }),
        new HttpLink({ uri, credentials }),
      ]),
    })
    return own
  }

  function swapClient(endReason: SignOutReason | null): void {
    const { epoch, client: former } = identity.get()
    reauthentication.settle(false)
    sessionId.set(null)
    runningCheck = null
    identity.set({ epoch: epoch + 1, client: createClient(), endReason })
    // Later, so that React has let go of its queries.
    setTimeout(() => former.stop())
  }

  function post(message: TabMessage): void {
    channel?.postMessage(message)
  }

  async function askSession(endReason: SignOutReason): Promise<SessionCheck> {
    const { client } = identity.get()
    const known = sessionId.get()
    const context = { headers: BACKGROUND_HEADERS, isSessionCheck: true }
    const answer = await client
      .query({ query: CheckSessionDocument, fetchPolicy: 'no-cache', context })
      .catch(() => null)
    if (!answer || client !== identity.get().client) return 'unknown'
    const id = answer.data?.session?.id ?? null
    if (id === known || known === null) return 'same'
    post(id === null ? { kind: 'session-ended', sessionId: known, reason: endReason } : { kind: 'identity-changed' })
    swapClient(id === null ? endReason : null)
    return 'changed'
  }

  function checkSession(): Promise<SessionCheck> {
    if (sessionId.get() === null) return Promise.resolve('unknown')
    runningCheck ??= askSession('UNKNOWN').finally(() => {
      runningCheck = null
    })
    return runningCheck
  }

  /** The service is asked once more, so that a message that is late or wrong signs nobody out. */
  async function confirmEnd(endedId: string, reason: SessionEndReason): Promise<void> {
    if (endedId === sessionId.get()) await askSession(reason)
  }

  function hear({ data }: MessageEvent<TabMessage>): void {
    if (data.kind === 'identity-changed') swapClient(null)
    else if (data.sessionId === sessionId.get()) swapClient(data.reason)
  }

  function listenToBrowser(signal: AbortSignal): void {
    // A page from the back-forward cache slept through whatever happened.
    window.addEventListener('pageshow', ({ persisted }) => persisted && swapClient(null), { signal })
    window.addEventListener('online', () => void checkSession(), { signal })
    const look = () => document.visibilityState === 'visible' && void checkSession()
    document.addEventListener('visibilitychange', look, { signal })
  }

  return {
    identity,
    reauthentication,
    checkSession,
    setSessionId: sessionId.set,
    changeIdentity() {
      post({ kind: 'identity-changed' })
      swapClient(null)
    },
    connect() {
      const controller = new AbortController()
      const { signal } = controller
      const name = `gatehouse:${new URL(uri, location.href)}`
      channel = new BroadcastChannel(name)
      channel.onmessage = hear
      listenToBrowser(signal)
      const deps = { uri, credentials, sessionId, onEnded: confirmEnd, onUnauthenticated: checkSession }
      // One tab of the browser holds the stream, since browsers allow six connections to an origin. No locks, no stream:
      // pages on plain http, which have none, still ask when they become visible.
      const leading = navigator.locks?.request(name, { signal }, () => keepSessionStream(deps, signal))
      leading?.catch(() => {})
      return () => {
        controller.abort()
        channel?.close()
        channel = null
      }
    },
  }
}
