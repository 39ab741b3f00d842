import { type IncomingHttpHeaders, type OutgoingHttpHeaders, request } from 'node:http'
import { CookieJar, MemoryCookieStore } from 'tough-cookie'

/**
 * An HTTP answer. `setCookie` holds the lines of the header as they came, kept by the jar or not, but for those of the device
 * cookie, which a sign-in sets beside the session's.
 */
export interface Answer<Body = unknown> {
  status: number
  headers: IncomingHttpHeaders
  setCookie: string[]
  deviceCookie: string[]
  text: string
  /** Parsed where the answer is JSON, else the text. */
  body: Body
}

/** Data of any answer, for a test that names no type: `data?.me?.email`. */
export interface Tree {
  readonly [field: string]: Tree
}

export interface GraphqlFailure {
  message: string
  path?: (string | number)[]
  extensions?: { code?: string; [name: string]: unknown }
}

export interface GraphqlBody<Data> {
  data?: Data | null
  errors?: GraphqlFailure[]
}

export interface GraphqlAnswer<Data> extends Answer<GraphqlBody<Data>> {
  /** The first error's code. */
  code: string | undefined
}

export interface BrowserOptions {
  /** Sent with every request. `X-Forwarded-Proto: https` makes the jar treat the service as one behind https. */
  headers?: OutgoingHttpHeaders
  /** The clock by which cookies end. */
  now?: () => number
}

export interface Browser {
  /** Raw value of the session cookie, as it is sent. */
  readonly cookie: string | undefined
  gql<Data = Tree>(
    query: string,
    variables?: Record<string, unknown>,
    headers?: OutgoingHttpHeaders,
  ): Promise<GraphqlAnswer<Data>>
  get(path: string, headers?: OutgoingHttpHeaders): Promise<Answer>
  /** Sends a text or bytes as they are, all else as JSON. */
  post(path: string, body?: unknown, headers?: OutgoingHttpHeaders): Promise<Answer>
  send(method: string, path: string, body?: unknown, headers?: OutgoingHttpHeaders): Promise<Answer>
  /** Puts a raw value into the session cookie, such as one taken from another browser. */
  setCookie(value: string): void
  /** Another browser with the same cookies; from then on they go their own ways. */
  clone(): Browser
}

/** Opens a client with a cookie jar of its own, which keeps or refuses cookies as a browser does. Each request is a new connection. */
export function openBrowser(url: string, options: BrowserOptions = {}): Browser {
  return withJar(url, options, createJar(new MemoryCookieStore()))
}

function withJar(url: string, options: BrowserOptions, jar: CookieJar): Browser {
  const { headers: always = {}, now = Date.now } = options
  const secure = Object.entries(always).some(([name, value]) => name.toLowerCase() === FORWARDED && value === 'https')
  const cookieName = secure ? '__Host-sid' : 'sid'

  const cookiesFor = (at: string) =>
    jar.getCookiesSync(at, { expire: false }).filter((cookie) => (cookie.expiryTime() ?? Infinity) > now())

  async function send(method: string, path: string, body?: unknown, headers: OutgoingHttpHeaders = {}) {
    const payload = typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body)
    const sent: OutgoingHttpHeaders = lowerCaseNames({ ...always, ...headers })
    if (payload !== undefined) {
      sent['content-type'] ??= 'application/json'
      sent['content-length'] ??= Buffer.byteLength(payload)
    }
    const at = toAddressBarUrl(new URL(path, url), sent)
    const cookies = cookiesFor(at).map((cookie) => cookie.cookieString())
    if (cookies.length > 0) sent.cookie ??= cookies.join('; ')

    const answer = await exchange(new URL(path, url), method, sent, payload)
    for (const line of [...answer.setCookie, ...answer.deviceCookie]) jar.setCookieSync(line, at, { ignoreError: true })
    return answer
  }

  const root = () => toAddressBarUrl(new URL('/', url), lowerCaseNames(always))

  return {
    get cookie() {
      return cookiesFor(root()).find(({ key }) => key === cookieName)?.value
    },
    async gql<Data = Tree>(query: string, variables?: Record<string, unknown>, headers?: OutgoingHttpHeaders) {
      const answer = (await send('POST', '/graphql', { query, variables }, headers)) as Answer<GraphqlBody<Data>>
      return { ...answer, code: answer.body?.errors?.[0]?.extensions?.code }
    },
    get: (path, headers) => send('GET', path, undefined, headers),
    post: (path, body, headers) => send('POST', path, body, headers),
    send,
    setCookie(value) {
      jar.setCookieSync(`${cookieName}=${value}; Path=/; HttpOnly${secure ? '; Secure' : ''}`, root())
    },
    clone() {
      const store = new MemoryCookieStore()
      jar.cloneSync(store)
      return withJar(url, options, createJar(store))
    },
  }
}

/** A Secure cookie needs https on this machine, too. */
function createJar(store: MemoryCookieStore): CookieJar {
  return new CookieJar(store, { allowSecureOnLocal: false })
}

const isDeviceCookie = (line: string) => /^(__Host-)?device=/.test(line)

const FORWARDED = 'x-forwarded-proto'

/** The address bar's URL: behind a proxy that speaks TLS it is https, though this connection is not. */
function toAddressBarUrl(url: URL, headers: OutgoingHttpHeaders): string {
  return headers[FORWARDED] === 'https' ? url.href.replace(/^http:/, 'https:') : url.href
}

function lowerCaseNames(headers: OutgoingHttpHeaders): OutgoingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
}

function exchange(url: URL, method: string, headers: OutgoingHttpHeaders, payload?: string | Uint8Array) {
  return new Promise<Answer>((resolve, reject) => {
    const outgoing = request(url, { method, headers, agent: false }, async (incoming) => {
      try {
        const chunks: Buffer[] = []
        for await (const chunk of incoming) chunks.push(chunk)
        const text = Buffer.concat(chunks).toString('utf8')
        const lines = incoming.headers['set-cookie'] ?? []
        const isJson = /\bjson\b/.test(incoming.headers['content-type'] ?? '')
        resolve({
          status: incoming.statusCode ?? 0,
          headers: incoming.headers,
          setCookie: lines.filter((line) => !isDeviceCookie(line)),
          deviceCookie: lines.filter(isDeviceCookie),
          text,
          body: isJson && text !== '' ? JSON.parse(text) : text,
        })
      } catch (error) {
        reject(error)
      }
    })
    outgoing.on('error', reject)
    outgoing.end(payload)
  })
}
