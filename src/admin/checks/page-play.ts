import { SECONDS } from '../../units.ts'

const TIMEOUT_MS = 10 * SECONDS

/** What a page got for a request, as its browser saw it. */
export interface PlayedAnswer {
  readonly status: number
  readonly headers: Headers
  readonly setCookies: readonly string[]
  readonly error: { code: string; message: string } | null
  readonly data: Record<string, { __typename?: string } | null> | null
}

interface Answer {
  data?: PlayedAnswer['data']
  errors?: { message: string; extensions?: { code?: string } }[]
}

/** Plays the requests of a page of an origin. */
export class PagePlay {
  readonly #url: string
  readonly #origin: string

  constructor(publicUrl: string, origin: string) {
    this.#url = `${publicUrl}/graphql`
    this.#origin = origin
  }

  /** Asks as browsers do before a POST of JSON to another origin. */
  preflight(): Promise<PlayedAnswer> {
    return this.#send('OPTIONS', {
      'Access-Control-Request-Method': 'POST',
      'Access-Control-Request-Headers': 'content-type',
    })
  }

  post(query: string, variables: object, cookie?: string): Promise<PlayedAnswer> {
    const headers = { 'Content-Type': 'application/json', ...(cookie ? { Cookie: cookie } : {}) }
    return this.#send('POST', headers, JSON.stringify({ query, variables }))
  }

  async #send(method: string, headers: Record<string, string>, body: string | null = null): Promise<PlayedAnswer> {
    const response = await fetch(this.#url, {
      ...{ method, body, redirect: 'manual', signal: AbortSignal.timeout(TIMEOUT_MS) },
      headers: { ...headers, Origin: this.#origin },
    })
    const answer = (await response.json().catch(() => null)) as Answer | null
    const [first] = answer?.errors ?? []
    return {
      ...{ status: response.status, headers: response.headers, setCookies: response.headers.getSetCookie() },
      error: first ? { code: first.extensions?.code ?? 'UNKNOWN', message: first.message } : null,
      data: answer?.data ?? null,
    }
  }
}
