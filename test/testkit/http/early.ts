import { request } from 'node:http'

/** An answer whose headers have arrived, while its body is still to come. */
export interface EarlyAnswer {
  status: number
  setCookie: string[]
  /** Resolves with the body's length once it has ended, or with null where it was cut. */
  rest: Promise<number | null>
}

/** Posts JSON and resolves as soon as the answer's headers have come: the body's end may hang on the database. */
export function postEarly(url: string, body: unknown, cookie?: string): Promise<EarlyAnswer> {
  const payload = JSON.stringify(body)
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', ...(cookie ? { cookie } : {}) }
    const outgoing = request(url, { method: 'POST', headers, agent: false }, (incoming) => {
      const rest = (async () => {
        let length = 0
        try {
          for await (const chunk of incoming) length += chunk.length
        } catch {
          return null
        }
        return length
      })()
      resolve({ status: incoming.statusCode ?? 0, setCookie: incoming.headers['set-cookie'] ?? [], rest })
    })
    outgoing.on('error', reject)
    outgoing.end(payload)
  })
}
