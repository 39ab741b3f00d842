import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Db } from 'mongodb'
import { type App, buildApp } from '../../src/app.ts'
import { readConfig } from '../../src/config.ts'
import { createLog } from '../../src/log.ts'
import type { Mailer } from '../../src/mail/mailer.ts'
import { type Browser, type BrowserOptions, openBrowser } from './browser.ts'
import { createTestClock, type TestClock } from './clock.ts'
import { createTestDatabase } from './database.ts'
import { type ReceivedMail, readMail } from './mail/mailbox.ts'

/** A line of the log. */
export type LogLine = Record<string, unknown> & { event?: string }

/** Tests log in more often than one address may, and wait for other mails than alerts, unless that is what they are about. */
export const QUIET_SETTINGS = {
  ...{ LIMIT_LOGIN: 'off', LIMIT_LOGIN_ADDRESS: 'off', LIMIT_MAIL: 'off', LIMIT_MAIL_ADDRESS: 'off' },
  ...{ LIMIT_SIGNUP_ADDRESS: 'off', LIMIT_TOKEN_ADDRESS: 'off', LIMIT_CHALLENGE_ADDRESS: 'off' },
  LOGIN_ALERTS: 'false',
}

export interface ServiceOptions {
  /** Environment variables. */
  settings?: Record<string, string>
  /** A database that the test created, and drops; one of its own by default. */
  databaseUri?: string
  clock?: TestClock
  mailer?: Mailer
  /** How long the queries of one request may take, in milliseconds; 4 s by default. */
  requestTimeoutMs?: number
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
  const httpServer = createServer()
  await new Promise<void>((resolve) => httpServer.listen(0, '127.0.0.1', resolve))
  const { port } = httpServer.address() as AddressInfo

  const settings: Record<string, string> = {
    ...QUIET_SETTINGS,
    NODE_ENV: 'test',
    DATA_DIR: dataDir,
    MONGODB_URI: databaseUri,
    ...options.settings,
  }
  const { mailer, requestTimeoutMs } = options
  const app: App = await buildApp(readConfig(settings), {
    ...{ httpServer, port, clock, log: createLog(settings.LOG_LEVEL ?? 'debug', false, reader) },
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
