import { type ProxiedService, startBehindProxy } from './behind-proxy.ts'
import { type Answer, type Browser, browser } from './browser.ts'
import { logIn, logOut, PASSWORD, signUp } from './people.ts'
import { STOCK_SESSIONS, type StockService, startStockService } from './stock-service.ts'

const EMAIL = 'ada@example.com'

/** Stock or Gatehouse, by the same few steps. */
export interface Stand {
  url: string
  /** The collection of its sessions. */
  sessions: string
  /** The command by which a login writes its session. */
  loginWrite: 'update'
  browser(): Browser
  logIn(who: Browser): Promise<Answer>
  /** The same as an HTTP request. */
  loginRequest: { path: string; body: unknown }
  logOut(who: Browser): Promise<Answer>
  /** The user's address, null for nobody, or the status of a failure. */
  who(who: Browser): Promise<string | number | null>
  /** A request that writes to the session. */
  write(who: Browser): Promise<Answer>
  /** How many requests failed when their headers were gone already. */
  lateFailures(): number
}

function stockStand({ url, lateFailures }: StockService): Stand {
  const login = { path: '/login', body: { email: EMAIL } }
  return {
    url,
    sessions: STOCK_SESSIONS,
    loginWrite: 'update',
    browser: () => browser(url),
    loginRequest: login,
    logIn: (who) => who.post(login.path, login.body),
    logOut: (who) => who.post('/logout', {}),
    async who(who) {
      const { status, body } = await who.post('/me', {})
      return status === 200 ? (body as { user: string | null }).user : status
    },
    write: (who) => who.post('/write', {}),
    lateFailures,
  }
}

function gatehouseStand({ service }: ProxiedService): Stand {
  const query = `mutation { login(input: { email: "${EMAIL}", password: "${PASSWORD}" }) { __typename } }`
  return {
    url: service.url,
    sessions: 'sessions',
    loginWrite: 'update',
    browser: () => service.browser(),
    loginRequest: { path: '/graphql', body: { query } },
    logIn: (who) => logIn(who, EMAIL),
    logOut,
    async who(who) {
      const { status, body } = await who.gql<{ session: { user: { email: string } } | null }>(
        '{ session { user { email } } }',
      )
      return status === 200 ? (body.data?.session?.user.email ?? null) : status
    },
    // The only thing that a request of Gatehouse's ever writes to a session: that it was seen, a minute later.
    write(who) {
      service.clock.advance(60_000)
      return who.gql('{ me { email } }')
    },
    lateFailures: () => service.log.filter(({ event }) => event === 'request.failed').length,
  }
}

/** Stock and Gatehouse beside each other, on one database through one proxy. */
export interface Stands extends ProxiedService {
  stock: Stand
  gatehouse: Stand
}

export async function startStands(): Promise<Stands> {
  const proxied = await startBehindProxy()
  await signUp(proxied.service.browser(), EMAIL)
  await proxied.service.mailTo(EMAIL)
  const stock = await startStockService(proxied.proxy.uri)
  return {
    ...proxied,
    stock: stockStand(stock),
    gatehouse: gatehouseStand(proxied),
    async close() {
      proxied.proxy.restore()
      await stock.close()
      await proxied.close()
    },
  }
}
