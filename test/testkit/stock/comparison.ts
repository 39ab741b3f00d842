import { afterEach } from 'vitest'
import { type Answer, type Browser, openBrowser } from '../browser.ts'
import { getSignedInEmail, logIn, logOut, PASSWORD } from '../client.ts'
import { provideForFile } from '../fixtures.ts'
import { type ProxiedService, startProxiedService } from '../mongo/proxied-service.ts'
import type { Service } from '../service.ts'
import { createIdleUser } from '../users.ts'
import { STOCK_SESSIONS, type StockService, startStockService } from './stock-service.ts'

/** The stock service or Gatehouse, used by the same few steps as the same user. */
export interface ComparedService {
  url: string
  /** The collection of its sessions. */
  sessions: string
  /** The command by which a login writes its session. */
  loginWrite: 'update'
  openBrowser(): Browser
  logIn(browser: Browser): Promise<Answer>
  /** The same as an HTTP request. */
  loginRequest: { path: string; body: unknown }
  logOut(browser: Browser): Promise<Answer>
  /** Returns the signed-in user's email address, null where nobody is signed in, or the status of a failure. */
  getSignedInEmail(browser: Browser): Promise<string | number | null>
  /** Sends a request that writes to the session. */
  writeToSession(browser: Browser): Promise<Answer>
  /** Counts the requests that failed after their headers were sent. */
  countLateFailures(): number
}

function describeStock({ url, countLateFailures }: StockService, email: string): ComparedService {
  const loginRequest = { path: '/login', body: { email } }
  return {
    url,
    sessions: STOCK_SESSIONS,
    loginWrite: 'update',
    openBrowser: () => openBrowser(url),
    loginRequest,
    logIn: (browser) => browser.post(loginRequest.path, loginRequest.body),
    logOut: (browser) => browser.post('/logout', {}),
    async getSignedInEmail(browser) {
      const { status, body } = await browser.post('/me', {})
      return status === 200 ? (body as { user: string | null }).user : status
    },
    writeToSession: (browser) => browser.post('/write', {}),
    countLateFailures,
  }
}

function describeGatehouse(service: Service, email: string): ComparedService {
  const query = `mutation { login(input: { email: "${email}", password: "${PASSWORD}" }) { __typename } }`
  return {
    url: service.url,
    sessions: 'sessions',
    loginWrite: 'update',
    openBrowser: () => service.openBrowser(),
    loginRequest: { path: '/graphql', body: { query } },
    logIn: (browser) => logIn(browser, { email }),
    logOut,
    getSignedInEmail,
    // All that a request writes to a session by itself is that it was seen, at most once a minute.
    writeToSession(browser) {
      service.clock.advance(60_000)
      return browser.gql('{ me { email } }')
    },
    countLateFailures: () => service.log.filter(({ event }) => event === 'request.failed').length,
  }
}

/** The stock service and Gatehouse, on one database behind one proxy. */
export interface Comparison {
  /** The address of the user of both. */
  email: string
  service: ProxiedService
  stock: ComparedService
  gatehouse: ComparedService
  close(): Promise<void>
}

async function startComparison(): Promise<Comparison> {
  const service = await startProxiedService()
  const { email } = await createIdleUser(service)
  const stock = await startStockService(service.proxy.uri)
  return {
    ...{ email, service, stock: describeStock(stock, email), gatehouse: describeGatehouse(service, email) },
    async close() {
      service.proxy.restore()
      await stock.close()
      await service.close()
    },
  }
}

/** Provides both services for all tests of a file; after each test the proxy lets everything pass again. */
export function provideComparison(): () => Comparison {
  const comparison = provideForFile(startComparison)
  afterEach(() => comparison().service.proxy.restore())
  return comparison
}
