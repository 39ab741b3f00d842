import { availableParallelism } from 'node:os'
import type { Database } from '../../mongo/database.ts'
import { RateCounter, type RateLimit } from '../../mongo/rate-limits.ts'
import { DAYS, MINUTES, SECONDS } from '../../units.ts'
import { readEmail } from '../account/emails.ts'
import { cleanUp } from '../commit.ts'
import { createGate, type Gate } from '../gate.ts'
import type { RequestAuth } from '../sessions/request-auth.ts'
import { type Attempt, beginCounted, GrowingWait } from './attempts.ts'

/** The kinds of attempts that `@limited` counts. */
export type Limit = 'CREDENTIALS' | 'TOKEN' | 'CHALLENGE' | 'MAIL' | 'SIGNUP'

export interface RateLimits {
  readonly login: RateLimit | null
  readonly loginAddress: RateLimit | null
  readonly mail: RateLimit | null
  readonly mailAddress: RateLimit | null
  readonly signupAddress: RateLimit | null
  readonly tokenAddress: RateLimit | null
  readonly challengeAddress: RateLimit | null
}

/** NIST SP 800-63B: at most 100 failed attempts in a row for one user. */
const MAX_FAILURES_PER_USER: RateLimit = { points: 100, durationMs: 1 * DAYS }
/** Slows guessing that is spread over many clients. */
const MAX_FAILURES: RateLimit = { points: 1000, durationMs: 1 * MINUTES }

/** So many attempts are counted at once for each core, each in some steps on the database. */
const MAX_AT_ONCE_PER_CORE = 2
/** A storm that is answered at all is answered before the deadline of a request. */
const MAX_WAITING = 500
const MAX_WAIT_MS = 2 * SECONDS

const MAX_NEW_DEVICES: RateLimit = { points: 3, durationMs: 1 * DAYS }

export interface AttemptSubject {
  /** The address in the input, as typed. */
  readonly email: string | null
}

type Begin = () => Promise<Attempt>

/** Counts attempts before their work, in the database, for all instances together. */
export class Limiter {
  /** Counts by turn: a storm of attempts leaves the event loop to everybody else. */
  readonly #gate: Gate = createGate({
    max: MAX_AT_ONCE_PER_CORE * availableParallelism(),
    ...{ maxWaiting: MAX_WAITING, maxWaitMs: MAX_WAIT_MS },
  })
  readonly #limits: RateLimits
  readonly #createCounter: (name: string, limit: RateLimit) => RateCounter
  readonly #counters = new Map<string, RateCounter>()

  constructor(database: Database, limits: RateLimits) {
    this.#limits = limits
    this.#createCounter = (name, limit) => new RateCounter(database, name, limit)
  }

  #counter(name: string, limit: RateLimit): RateCounter {
    const counter = this.#counters.get(name) ?? this.#createCounter(name, limit)
    this.#counters.set(name, counter)
    return counter
  }

  /** @throws AppError RATE_LIMITED after too many attempts; UNAVAILABLE where too many are counted */
  begin(limit: Limit, auth: RequestAuth, subject: AttemptSubject): Promise<Pick<Attempt, 'succeed'>> {
    return this.#gate.run(() => this.#count(limit, auth, subject))
  }

  async #count(limit: Limit, auth: RequestAuth, subject: AttemptSubject): Promise<Pick<Attempt, 'succeed'>> {
    const begun: Attempt[] = []
    for (const begin of await this.#listCounts(limit, auth, subject)) {
      try {
        begun.push(await begin())
      } catch (error) {
        // If one counter refuses an attempt, the others must not count it.
        await cleanUp(auth, ...begun.map((attempt) => () => attempt.giveBack()))
        throw error
      }
    }
    return { succeed: () => cleanUp(auth, ...begun.map((attempt) => () => attempt.succeed())) }
  }

  /** Forgets the failed logins of a user who has followed the link of a mail. */
  async clearFailures(auth: RequestAuth, emailCanonical: string): Promise<void> {
    const counter = this.#counter('login-user', MAX_FAILURES_PER_USER)
    await cleanUp(auth, () => counter.clear(auth.deadline, emailCanonical))
  }

  /** Forgets the failed logins from here of a user who has completed a login. */
  async clearLogin(auth: RequestAuth, emailCanonical: string): Promise<void> {
    const { login } = this.#limits
    if (!login) return
    const key = (await this.#findDeviceKey(auth, emailCanonical)) ?? `${auth.clientKey} ${emailCanonical}`
    await cleanUp(
      auth,
      ...[this.#counter('login', login), this.#loginGate()].map((counter) => () => counter.clear(auth.deadline, key)),
    )
  }

  async tryToAddDevice({ deadline }: RequestAuth, userId: string): Promise<boolean> {
    const counter = this.#counter('devices', MAX_NEW_DEVICES)
    return (await counter.increment(deadline, userId)) <= MAX_NEW_DEVICES.points
  }

  async #listCounts(limit: Limit, auth: RequestAuth, { email }: AttemptSubject): Promise<Begin[]> {
    const { login: _login, ...limits } = this.#limits
    const count = (name: string, rate: RateLimit | null, key: string): Begin[] =>
      rate ? [() => beginCounted(this.#counter(name, rate), auth.deadline, key)] : []
    switch (limit) {
      case 'CREDENTIALS':
        return this.#listCredentialCounts(auth, email)
      case 'TOKEN':
        return count('token-address', limits.tokenAddress, auth.clientKey)
      case 'CHALLENGE':
        return count('challenge-address', limits.challengeAddress, auth.clientKey)
      case 'SIGNUP':
        return count('signup-address', limits.signupAddress, auth.clientKey)
      case 'MAIL': {
        const address = readEmail(email ?? '')
        return [
          ...count('mail-address', limits.mailAddress, auth.clientKey),
          ...(address ? count('mail', limits.mail, address.emailCanonical) : []),
        ]
      }
    }
  }

  /** Viewers and known devices have counters of their own, so strangers cannot lock them out. */
  async #listCredentialCounts(auth: RequestAuth, email: string | null): Promise<Begin[]> {
    const { login, loginAddress } = this.#limits
    const { clientKey, deadline } = auth
    const count = (name: string, rate: RateLimit, key: string) => () =>
      beginCounted(this.#counter(name, rate), deadline, key)
    if (email === null) {
      const { viewer } = auth
      // The second step of a login names no user; their own counter of failures is the domain's.
      if (!viewer) return loginAddress ? [count('login-address', loginAddress, clientKey)] : []
      return this.#listWaits(login, auth, `session ${viewer.session.handle}`)
    }
    const user = readEmail(email)?.emailCanonical ?? email.trim().toLowerCase()
    const device = await this.#findDeviceKey(auth, user)
    if (device) return this.#listWaits(login, auth, device)
    return [
      ...(loginAddress ? [count('login-address', loginAddress, clientKey)] : []),
      ...this.#listWaits(login, auth, `${clientKey} ${user}`),
      ...(login ? [count('login-user', MAX_FAILURES_PER_USER, user), count('login-all', MAX_FAILURES, 'all')] : []),
    ]
  }

  /** Returns the key of a device that has logged in as the user before, or null. */
  async #findDeviceKey({ db, deviceCookie }: RequestAuth, user: string): Promise<string | null> {
    const device = deviceCookie.read()
    return device && (await db.users.hasDevice(user, device)) ? `device ${device} ${user}` : null
  }

  #loginGate(): RateCounter {
    return this.#counter('login-gate', { points: 1, durationMs: 1 * MINUTES })
  }

  #listWaits(limit: RateLimit | null, { deadline }: RequestAuth, key: string): Begin[] {
    if (!limit) return []
    const wait = new GrowingWait(this.#counter('login', limit), this.#loginGate(), limit.points)
    return [() => wait.begin(deadline, key)]
  }
}
