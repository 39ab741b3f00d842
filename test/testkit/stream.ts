import { type IncomingHttpHeaders, type OutgoingHttpHeaders, request } from 'node:http'
import { onTestFinished } from 'vitest'
import type { Browser, GraphqlBody } from './browser.ts'
import { waitUntil } from './wait.ts'

const SESSION_ENDED = 'subscription { sessionEnded { at reason } }'

/** An answer of /graphql/stream, as far as it has arrived. */
export interface Stream {
  status: number
  headers: IncomingHttpHeaders
  /** Everything that has arrived. */
  readonly text: string
  readonly isOver: boolean
  /** The answers of the events so far. */
  readonly answers: GraphqlBody<Record<string, { at?: string; reason?: string } | null>>[]
  /** The first error's code, where the stream was refused as a whole. */
  readonly code: string | undefined
  /** Resolves when the service has ended it, with all its text. */
  waitForEnd(): Promise<string>
  /** Leaves as a browser does that closes the page. */
  leave(): void
}

const parseAnswers = (text: string) =>
  [...text.matchAll(/^event: next\ndata: (.*)$/gm)].map(([, data = '']) => JSON.parse(data))

/** Opens a stream with the browser's session, and resolves with its head; the test ends it at the latest. Unread, it stays where the head ends. */
export function openStream(
  url: string,
  { cookie }: Pick<Browser, 'cookie'>,
  {
    query = SESSION_ENDED,
    headers = {},
    body = { query },
    isRead = true,
  }: { query?: string; headers?: OutgoingHttpHeaders; body?: object; isRead?: boolean } = {},
): Promise<Stream> {
  return new Promise((resolve, reject) => {
    const outgoing = request(new URL('/graphql/stream', url), {
      method: 'POST',
      agent: false,
      headers: {
        ...(cookie ? { cookie: `sid=${cookie}` } : {}),
        ...{ 'content-type': 'application/json', accept: 'text/event-stream' },
        ...headers,
      },
    })
    outgoing.on('error', reject)
    onTestFinished(() => void outgoing.destroy())
    outgoing.on('response', (incoming) => {
      let text = ''
      let isOver = false
      const read = (chunk: string) => {
        text += chunk
      }
      if (isRead) incoming.setEncoding('utf8').on('data', read)
      incoming.on('end', () => {
        isOver = true
      })
      incoming.on('error', () => {})
      const stream: Stream = {
        status: incoming.statusCode ?? 0,
        headers: incoming.headers,
        get text() {
          return text
        },
        get isOver() {
          return isOver
        },
        get answers() {
          return parseAnswers(text)
        },
        get code() {
          return JSON.parse(text).errors[0].extensions.code
        },
        async waitForEnd() {
          await waitUntil(() => {
            if (!isOver) throw new Error(`The stream goes on after: ${text}`)
          })
          return text
        },
        leave: () => outgoing.destroy(),
      }
      resolve(stream)
    })
    outgoing.end(JSON.stringify(body))
  })
}
