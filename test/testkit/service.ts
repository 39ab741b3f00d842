import { mkdtempSync, rmSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Db } from 'mongodb'
import { type App, buildApp } from '../../src/app.ts'
import { readConfig } from '../../src/config.ts'
import { createConnections } from '../../src/connections.ts'
import { createLog } from '../../src/log.ts'
import type { Mailer } from '../../src/mail/mailer.ts'
import { type Browser, type BrowserOptions, openBrowser } from './browser.ts'
import { createTestClock, type TestClock } from './clock.ts'
import { createTestDatabase } from './database.ts'
import { type ReceivedMail, readMail } from './mail/mailbox.ts'

/** A line of the log. */
export type LogLine = Record<string, unknown> & { event?: string }

/** Tests log in often and from everywhere: limits and alerts are off unless a test is about them. */
export const WITHOUT_LIMITS = {
  LOGIN_ALERTS: 'false',
  ...{ LIMIT_LOGIN: 'off', LIMIT_LOGIN_ADDRESS: 'off', LIMIT_MAIL: 'off', LIMIT_MAIL_ADDRESS: 'off' },
  ...{ LIMIT_SIGNUP_ADDRESS: 'off', LIMIT_TOKEN_ADDRESS: 'off', LIMIT_CHALLENGE_ADDRESS: 'off' },
}

/** Time limits, in milliseconds; what is left out is as in the service's own code. */
export interface Limits {
  requestTimeoutMs?: number
  database?: Partial<
    Record<'serverSelectionTimeoutMS' | 'connectTimeoutMS' | 'socketTimeoutMS' | 'waitQueueTimeoutMS', number>
  >
}

const NEVER_MS = 600_000
const KEEP_ALIVE_MS = 5_000

const PATIENT_LIMITS: Limits = {
  requestTimeoutMs: NEVER_MS,
  database: {
    ...{ serverSelectionTimeoutMS: NEVER_MS, connectTimeoutMS: NEVER_MS },
    ...{ socketTimeoutMS: NEVER_MS, waitQueueTimeoutMS: NEVER_MS },
  },
}

/** The limits that the service has by itself. */
export const OWN_LIMITS: Limits = {}

/** Limits by which a service finds at once that its database is away, and is patient with one that is there. */
export const LIMITS_WITHOUT_DATABASE: Limits = {
  requestTimeoutMs: NEVER_MS,
  database: { ...PATIENT_LIMITS.database, serverSelectionTimeoutMS: 200 },
}

export interface ServiceOptions {
  /** Environment variables. */
  settings?: Record<string, string>
  /** A database that the test created, and drops; one of its own by default. */
  databaseUri?: string
  clock?: TestClock
  mailer?: Mailer
  /** In place of limits that a busy machine does not reach: `OWN_LIMITS` for a test of what is promised. */
  limits?: Limits
}

/** The real service on a real socket, with what a test looks at inside. */
export interface Service {
  url: string
  clock: TestClock
  /** A direct connection to the service's database. */
  db: Db
  databaseUri: string
  dataDir: string
  log: readonly LogLine[]
  /** Resolves with the first line, past or to come, that matches. */
  waitForLog(matches: (line: LogLine) => boolean): Promise<LogLine>
  /** Resolves with the next mail to an address: the first one, past or to come, that was not returned before. */
  waitForMail(address: string): Promise<ReceivedMail>
  openBrowser(options?: BrowserOptions): Browser
  close(): Promise<void>
}

/** Creates a reader that keeps the lines of a log, and resolves who waits for one. */
export function createLogReader() {
  const lines: LogLine[] = []
  const waiting = new Set<(line: LogLine) => void>()
  return {
    lines,
    write(text: string) {
      const line: LogLine = JSON.parse(text)
      lines.push(line)
      for (const listener of waiting) listener(line)
    },
    waitForLog(matches: (line: LogLine) => boolean): Promise<LogLine> {
      const past = lines.find(matches)
      if (past) return Promise.resolve(past)
      return new Promise((resolve) => {
        const listener = (line: LogLine) => {
          if (!matches(line)) return
          waiting.delete(listener)
          resolve(line)
        }
        waiting.add(listener)
      })
    },
  }
}

function createMailbox(reader: ReturnType<typeof createLogReader>) {
  const taken = new Set<LogLine>()
  return async function waitForMail(address: string): Promise<ReceivedMail> {
    const passed = new Set(taken)
    for (;;) {
      const line = await reader.waitForLog((entry) => entry.event === 'mail.written' && !passed.has(entry))
      passed.add(line)
      const mail = await readMail(String(line.file))
      if (mail.to !== address) continue
      taken.add(line)
      return mail
    }
  }
}

/** Starts the service on a port and a database of its own. */
export async function startService(options: ServiceOptions = {}): Promise<Service> {
  const dataDir = mkdtempSync(join(tmpdir(), 'gatehouse-service-'))
  const own = await createTestDatabase()
  const clock = options.clock ?? createTestClock()
  const databaseUri = options.databaseUri ?? own.uri
  const reader = createLogReader()
  const { server: httpServer, express } = createConnections(KEEP_ALIVE_MS)
  await new Promise<void>((resolve) => httpServer.listen(0, '127.0.0.1', resolve))
  const { port } = httpServer.address() as AddressInfo

  const settings: Record<string, string> = {
    ...WITHOUT_LIMITS,
    ...{ NODE_ENV: 'test', DATA_DIR: dataDir, MONGODB_URI: databaseUri },
    ...options.settings,
  }
  const { mailer, limits: { requestTimeoutMs, database: databaseLimits } = PATIENT_LIMITS } = options
  const config = readConfig(settings)
  const database = { ...config.database, limits: { ...databaseLimits } }
  const app: App = await buildApp({ ...config, database } as typeof config, {
    ...{ httpServer, express, port, clock, log: createLog(settings.LOG_LEVEL ?? 'debug', false, reader) },
    ...(mailer && { mailer }),
    ...(requestTimeoutMs !== undefined && { requestTimeoutMs }),
  })
  httpServer.on('request', app.handler)
  const unreachable = reader.waitForLog((line) => line.event === 'database.unavailable')
  await Promise.race([app.ready, unreachable])

  const url = `http://localhost:${port}`
  return {
    ...{ url, clock, databaseUri, dataDir },
    db: own.db,
    log: reader.lines,
    waitForLog: reader.waitForLog,
    waitForMail: createMailbox(reader),
    openBrowser: (browserOptions) => openBrowser(url, { now: () => clock.now().getTime(), ...browserOptions }),
    async close() {
      await app.close()
      httpServer.closeAllConnections()
      await own.drop()
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
}
