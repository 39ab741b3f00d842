import type { Hasher } from '../../src/domain/credentials/hashing.ts'
import type { Deps } from '../../src/domain/deps.ts'
import { MailQueue } from '../../src/domain/mail/queue.ts'
import { MailWorker } from '../../src/domain/mail/worker.ts'
import { createServices } from '../../src/domain/services.ts'
import { authenticate } from '../../src/domain/sessions/authentication.ts'
import { RequestAuth } from '../../src/domain/sessions/request-auth.ts'
import type { SessionCookie } from '../../src/domain/sessions/session-cookie.ts'
import type { Clock, SessionRecord } from '../../src/model.ts'
import type { Collections } from '../../src/mongo/collections.ts'
import { Deadline } from '../../src/mongo/deadline.ts'
import { createFeatureHooks } from '../../src/open-features.ts'
import { NO_TRACES } from '../../src/tracing/tracing.ts'
import { ENCRYPTION } from './factor-world.ts'
import type { Ports } from './ports.ts'
import { hashed, LIFETIMES, NOW } from './world.ts'

export const clock: Clock = { now: () => NOW, after: () => () => {} }

/** Hashes at once: passwords are none of the explorer's business. Old hashes are made anew at a login. */
const hasher: Hasher = {
  hash: async (password) => hashed(password),
  verify: async (hash, password) => hash.replace(/^old:/, 'new:') === hashed(password),
  isOutdated: (hash) => hash.startsWith('old:'),
  isAcceptable: () => true,
  countWaiting: () => 0,
}

/** Passkeys and kept events are no part of these verbs. */
const NONE = new Proxy({}, { get: () => () => Promise.reject(new Error('The explorer has none of these.')) })

function toCollections(ports: Ports): Collections {
  const { users, sessions, tokens, mails, factors, loginChallenges } = ports
  const none = {
    factors: factors as Collections['factors'],
    loginChallenges: loginChallenges as Collections['loginChallenges'],
    usedChallenges: NONE as Collections['usedChallenges'],
    events: NONE as Collections['events'],
  }
  return { users, sessions, tokens, mails, ...none, extend: () => toCollections(ports) }
}

/** The service on these ports, and its mail worker. */
export function createStagedService(ports: Ports, emailVerification: 'optional' | 'required') {
  const deps: Deps = {
    ...{ clock, hasher, decoyHash: hashed('nobody has this password') },
    mails: new MailQueue(clock, () => {}, NO_TRACES.carry),
    audit: { record: () => null },
    isBreached: async () => false,
    challengeKeys: [Buffer.alloc(32)],
    encryption: ENCRYPTION,
    limiter: { tryToAddDevice: async () => true, clearFailures: async () => {}, clearLogin: async () => {} },
    settings: {
      ...{ signup: 'open', emailVerification, passwordMinLength: 15, loginAlerts: false, lifetimes: LIFETIMES },
      ...{ requireSecondFactor: 'none', rpId: 'localhost', origins: [], serviceName: 'Explorer' },
    },
    features: createFeatureHooks([]),
  }
  return {
    ...createServices(deps),
    /** The authentication state of a request with this cookie. */
    createAuth: (cookie: SessionCookie) =>
      new RequestAuth({
        ...{
          cookie,
          db: toCollections(ports),
          report: () => {},
          deadline: new Deadline(Infinity),
          clientKey: 'client',
        },
        deviceCookie: { read: () => null, keep: () => 'device' },
        readDevice: () => ({ userAgent: null, address: null }),
        readLocale: () => 'en',
        authenticate: (auth) => authenticate(deps, auth),
      }),
    /** Sends the one mail that waits; false where that has to be tried again. */
    async sendMail(): Promise<boolean> {
      let sent = true
      const worker = new MailWorker({
        ...{ db: toCollections(ports), clock, mailer: { send: async () => {} }, report: () => {} },
        hooks: createFeatureHooks([]),
        traces: NO_TRACES,
        onError: () => {
          sent = false
        },
      })
      worker.wake()
      await worker.stop()
      return sent
    },
  }
}

export type StagedService = ReturnType<typeof createStagedService>

/** What a response does to its browser's cookie: nothing, or a new value, or none any more. */
export type CookieChange = { readonly set: string | null } | null

/** A request's session cookie on these ports, with the steps of src/http/session-cookie.ts. */
export async function createCookie(
  { store }: Pick<Ports, 'store'>,
  arrivedId: string | null,
  newId: string,
): Promise<SessionCookie & { getChange(): CookieChange }> {
  const arrived = arrivedId === null ? null : await store.get(arrivedId)
  let holds: 'arrived' | 'issued' | 'nothing' = 'arrived'
  let issued: SessionRecord | null = null
  let isCleared = false
  const forget = () => {
    holds = 'nothing'
    issued = null
  }
  return {
    async read() {
      if (holds === 'nothing') return null
      return issued ?? arrived
    },
    requireSecure() {},
    async issue({ record, expires }) {
      issued = { ...record, id: newId }
      holds = 'issued'
      await store.create(issued, expires)
      return issued
    },
    async rollBack() {
      const id = issued?.id
      forget()
      if (id) await store.delete(id).catch(() => {})
    },
    forget,
    clear() {
      forget()
      isCleared = arrivedId !== null
    },
    getChange: () => (holds === 'issued' ? { set: newId } : isCleared ? { set: null } : null),
  }
}
