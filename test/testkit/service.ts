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
import { type Browser, type BrowserOptions, browser } from './browser.ts'
import { createTestClock, type TestClock } from './clock.ts'
import { createTestDatabase } from './database.ts'
import { type ReceivedMail, readMail } from './mailbox.ts'

/** A line of the log. */
export type LogLine = Record<string, unknown> & { event?: string }

/** Tests log in more often than one address may, unless the limits are what they are about. */
export const WITHOUT_LIMITS = {
  ...{ LIMIT_LOGIN: 'off', LIMIT_LOGIN_ADDRESS: 'off', LIMIT_MAIL: 'off', LIMIT_MAIL_ADDRESS: 'off' },
  ...{ LIMIT_SIGNUP_ADDRESS: 'off', LIMIT_TOKEN_ADDRESS: 'off', LIMIT_CHALLENGE_ADDRESS: 'off' },
}

export interface ServiceOptions {
  /** Environment variables. */
  settings?: Record<string, string>
  /** Another way to a database, such as a proxy's; the test then drops it. */
  databaseUri?: string
  clock?: TestClock
  mailer?: Mailer
}

/** The real service on a real socket, with what a test wants to see of its inside. */
export interface Service {
  url: string
  clock: TestClock
  /** The service's database, past the service. */
  db: Db
  databaseUri: string
  dataDir: string
  log: readonly LogLine[]
  /** Resolves with the first line, past or to come, that fits. */
  logged(fits: (line: LogLine) => boolean): Promise<LogLine>
  /** Resolves with the first mail to an address, past or to come, that was not given before. */
  mailTo(address: string): Promise<ReceivedMail>
  browser(options?: BrowserOptions): Browser
  close(): Promise<void>
}

/** Keeps the lines of a log, and tells who waits for one. */
export function createLogReader() {
  const lines: LogLine[] = []
  const waiting = new Set<(line: LogLine) => void>()
  return {
    lines,
    write(text: string) {
      const line: LogLine = JSON.parse(text)
      lines.push(line)
      for (const hear of waiting) hear(line)
    },
    logged(fits: (line: LogLine) => boolean): Promise<LogLine> {
      const past = lines.find(fits)
      if (past) return Promise.resolve(past)
      return new Promise((resolve) => {
        const hear = (line: LogLine) => {
          if (!fits(line)) return
          waiting.delete(hear)
          resolve(line)
        }
        waiting.add(hear)
      })
    },
  }
}

function createMailbox(reader: ReturnType<typeof createLogReader>) {
  const taken = new Set<LogLine>()
  return async function mailTo(address: string): Promise<ReceivedMail> {
    const passed = new Set(taken)
    for (;;) {
      const line = await reader.logged((entry) => entry.event === 'mail.written' && !passed.has(entry))
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

  const settings = {
    ...WITHOUT_LIMITS,
    NODE_ENV: 'test',
    DATA_DIR: dataDir,
    MONGODB_URI: databaseUri,
    ...options.settings,
  }
  const surroundings = {
    httpServer,
    port,
    clock,
    log: createLog(options.settings?.LOG_LEVEL ?? 'debug', false, reader),
  }
  const app: App = await buildApp(readConfig(settings), {
    ...surroundings,
    ...(options.mailer ? { mailer: options.mailer } : {}),
  })
  httpServer.on('request', app.handler)
  const unreachable = reader.logged((line) => line.event === 'database.unavailable')
  await Promise.race([app.ready, unreachable])

  const url = `http://localhost:${port}`
  return {
    ...{ url, clock, databaseUri, dataDir },
    db: own.db,
    log: reader.lines,
    logged: reader.logged,
    mailTo: createMailbox(reader),
    browser: (browserOptions) => browser(url, { now: () => clock.now().getTime(), ...browserOptions }),
    async close() {
      await app.close()
      httpServer.closeAllConnections()
      await own.drop()
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
}
