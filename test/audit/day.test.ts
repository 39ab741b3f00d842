// A day of fifty users on two instances, one of which is killed in the middle: each acknowledged change has its event, in the
// time of its request, and no event is there twice.
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { Secret, TOTP } from 'otpauth'
import { expect, onTestFinished, test, vi } from 'vitest'
import { type Browser, openBrowser } from '../testkit/browser.ts'
import * as client from '../testkit/client.ts'
import { createTestDatabase, type TestDatabase } from '../testkit/database.ts'
import { confirmTotp, removeTotp, replaceRecoveryCodes, startTotp } from '../testkit/factors.ts'
import { readMail } from '../testkit/mail/mailbox.ts'
import { createTemporaryDirectory, type ServiceProcess, spawnService } from '../testkit/process.ts'
import { WAIT_MS, waitUntil } from '../testkit/wait.ts'

const USERS = 50
const AT_ONCE = 8
/** As in the mail worker. */
const LEASE_MS = 120_000

/** An acknowledged change: its event lies in the time of its request. */
interface Acknowledged {
  kind: string
  /** The user that it is about. */
  userId: string
  from: number
  until: number
}

/** The instances, one of which is down for a while; a user goes to the other then. */
class Instances {
  readonly #settings: Record<string, string>
  readonly #dataDir = createTemporaryDirectory()
  #services: ServiceProcess[] = []
  #urls: string[] = []

  constructor(database: TestDatabase) {
    this.#settings = { MONGODB_URI: database.uri, LOG_LEVEL: 'info' }
  }

  async start(): Promise<void> {
    const service = spawnService({ settings: this.#settings, dataDir: this.#dataDir })
    const url = await service.listening
    await service.waitForLog(({ event }) => event === 'database.ready')
    this.#services.push(service)
    this.#urls.push(url)
  }

  /** Kills the first instance in the middle of whatever it does, and starts another. */
  async crash(): Promise<void> {
    const [service] = this.#services.splice(0, 1)
    this.#urls.splice(0, 1)
    service?.kill('SIGKILL')
    await service?.ended
    await this.start()
  }

  pick(number: number): string {
    return this.#urls[number % this.#urls.length] ?? ''
  }

  /** Waits for the first mail to an address with a token; for as long as the killed instance's lease of it lasts, too. */
  waitForToken(email: string): Promise<string> {
    const outbox = join(this.#dataDir, 'outbox')
    const findToken = async () => {
      const mails = await Promise.all(readdirSync(outbox).map((file) => readMail(join(outbox, file))))
      const token = mails.find((mail) => mail.to === email && mail.token)?.token
      if (!token) throw new Error(`No mail to ${email}`)
      return token
    }
    return vi.waitFor(findToken, { timeout: LEASE_MS + WAIT_MS, interval: 10 })
  }
}

/** The instance was killed while it worked on a request: nobody knows whether it was carried out. */
class NoAnswer extends Error {}

/** One user of the day, whose day ends where they get no answer. */
class DayUser {
  readonly email: string
  readonly acknowledged: Acknowledged[] = []
  readonly #instances: Instances
  readonly #number: number
  #cookie: string | undefined
  id = ''

  constructor(instances: Instances, number: number) {
    this.#instances = instances
    this.#number = number
    this.email = `user${number}@example.com`
  }

  /** Sends a request to one instance after the other. */
  async #send(run: (browser: Browser) => Promise<client.Result>): Promise<client.Result> {
    const browser = openBrowser(this.#instances.pick(this.#number + this.acknowledged.length))
    if (this.#cookie) browser.setCookie(this.#cookie)
    const result = await run(browser).catch(() => {
      throw new NoAnswer()
    })
    this.#cookie = browser.cookie
    return result
  }

  /** Carries a change out, and keeps when it was acknowledged. */
  async #do(
    kind: string,
    success: string,
    run: (browser: Browser) => Promise<client.Result>,
    about?: string,
  ): Promise<client.Result> {
    const from = Date.now()
    const result = await this.#send(run)
    expect([kind, result.kind, result.text]).toEqual([kind, success, result.text])
    this.id ||= String(result.data?.user?.id)
    this.acknowledged.push({ kind, userId: about ?? this.id, from, until: Date.now() })
    return result
  }

  /** Lives the day to its end, or to the crash. Returns whether it came to its end. */
  async live(): Promise<boolean> {
    try {
      await this.#begin()
      await this.#change()
      if (this.#number % 3 === 0) await this.#tryApp()
      await this.#leave()
      return true
    } catch (error) {
      if (error instanceof NoAnswer) return false
      throw error
    }
  }

  async #begin(): Promise<void> {
    await this.signUp()
    await this.#do('profile.updated', 'UpdateProfileSuccess', (browser) =>
      client.updateProfile(browser, { firstName: 'Ada' }),
    )
    const token = await this.#instances.waitForToken(this.email)
    await this.#do('email.verified', 'VerifyEmailSuccess', (browser) => client.verifyEmail(browser, { token }))
  }

  async #change(): Promise<void> {
    await this.#do('reauthentication.succeeded', 'ReauthenticateSuccess', (browser) => client.reauthenticate(browser))
    await this.#do('password.changed', 'ChangePasswordSuccess', (browser) => client.changePassword(browser))
    const login = { email: this.email, password: client.OTHER_PASSWORD }
    await this.#do('login.succeeded', 'LoginSuccess', (browser) => client.logIn(browser, login))
    await this.#do('sessions.revoked', 'SessionsRevoked', client.revokeOtherSessions)
  }

  async #tryApp(): Promise<void> {
    const { data } = await this.#send(startTotp)
    const code = new TOTP({ secret: Secret.fromBase32(String(data?.secret)) }).generate()
    await this.#do('factor.added', 'ConfirmTotpSuccess', (browser) => confirmTotp(browser, { code }))
    await this.#do('factor.added', 'RecoveryCodes', replaceRecoveryCodes)
    await this.#do('factor.removed', 'Factors', removeTotp)
  }

  /** Does to another user what administrators do. */
  async administer(roles: readonly string[], { id }: DayUser): Promise<void> {
    const act = (kind: string, success: string, run: (browser: Browser) => Promise<client.Result>) =>
      this.#do(kind, success, run, id)
    await act('user.roles-set', 'AdminUserSuccess', (browser) =>
      client.setUserRoles(browser, { id, roles: [...roles] }),
    )
    await act('user.disabled', 'AdminUserSuccess', (browser) => client.disableUser(browser, { id }))
    await act('user.enabled', 'AdminUserSuccess', (browser) => client.enableUser(browser, { id }))
    await act('sessions.revoked', 'SessionsRevoked', (browser) => client.revokeUserSessions(browser, { id }))
  }

  /** Signs up, and no more. */
  async signUp(): Promise<void> {
    await this.#do('signup.succeeded', 'SignupSuccess', (browser) => client.signUp(browser, { email: this.email }))
  }

  /** Logs out, or leaves for good. */
  async #leave(): Promise<void> {
    if (this.#number % 7 === 0) await this.#do('user.deleted', 'DeleteAccountSuccess', client.deleteAccount)
    else await this.#do('logout', 'Logout', async (browser) => ({ ...(await client.logOut(browser)), kind: 'Logout' }))
  }
}

/** Lets the users that wait live their days, one after the other. */
async function liveInTurn(waiting: Iterable<DayUser>): Promise<boolean[]> {
  const ends: boolean[] = []
  for (const user of waiting) ends.push(await user.live())
  return ends
}

test('the events of a day of fifty users on two instances, with one kill -9, are all there, in order, none twice', {
  timeout: 2 * (LEASE_MS + WAIT_MS),
}, async () => {
  const database = await createTestDatabase()
  onTestFinished(() => database.drop())
  const instances = new Instances(database)
  await Promise.all([instances.start(), instances.start()])
  const users = Array.from({ length: USERS }, (_, number) => new DayUser(instances, number))
  const waiting = users.values()
  const day = Promise.all(Array.from({ length: AT_ONCE }, () => liveInTurn(waiting)))
  await waitUntil(() => expect(users.flatMap(({ acknowledged }) => acknowledged).length).toBeGreaterThan(USERS * 3))
  await instances.crash()
  const ends = (await day).flat()
  expect(ends.filter(Boolean).length).toBeGreaterThan(USERS / 2)
  const [target, admin] = [new DayUser(instances, USERS), new DayUser(instances, USERS + 1)]
  for (const user of [target, admin]) await user.signUp()
  await database.db.collection('users').updateOne({ emailCanonical: admin.email }, { $set: { roles: ['ADMIN'] } })
  await admin.administer(['SUPPORT'], target)

  const stored = await database.db.collection('events').find({}).sort({ at: 1, _id: 1 }).toArray()
  const acknowledged = [...users, target, admin].flatMap((user) => user.acknowledged)
  for (const { kind, userId, from, until } of acknowledged) {
    const during = stored.filter(({ at }) => at.getTime() >= from && at.getTime() <= until)
    const count = during.filter((event) => event.userId === userId && event.kind === kind).length
    expect({ userId, kind, count }).toEqual({ userId, kind, count: 1 })
  }
  const keys = stored.map(({ userId, kind, at, sessionId }) => [userId, kind, at.getTime(), sessionId].join())
  expect(new Set(keys).size).toBe(keys.length)
})
