import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { makeExecutableSchema } from '@graphql-tools/schema'
import { createHandler } from 'graphql-sse/lib/use/http'

const typeDefs = `
  scalar DateTime
  type Query { none: Boolean }
  type Subscription { sessionEnded: SessionEnded }
  type SessionEnded { at: DateTime! reason: String! }
`

type StreamContext = Record<PropertyKey, unknown> & { cookie: string; isGone(): boolean }

const LOOK_EVERY_MS = 200

/** A proxy in front of a service that lacks the stream, with a stream that looks after each session by asking the service. */
export async function startStreamServer() {
  let target = ''
  let open = 0
  let opened = 0

  async function isSignedIn(cookie: string): Promise<boolean> {
    const response = await fetch(`${target}/graphql`, {
      method: 'POST',
      headers: { cookie, 'content-type': 'application/json' },
      body: JSON.stringify({ query: '{ session { id } }' }),
    })
    const { data } = (await response.json()) as { data: { session: object | null } }
    return data.session !== null
  }

  async function* watchSession(_root: unknown, _args: unknown, { cookie, isGone }: StreamContext) {
    open += 1
    opened += 1
    try {
      while (!isGone() && (await isSignedIn(cookie))) await setTimeout(LOOK_EVERY_MS)
      if (isGone()) return
      yield { sessionEnded: { at: new Date().toISOString(), reason: 'REVOKED' } }
    } finally {
      open -= 1
    }
  }

  const stream = createHandler({
    schema: makeExecutableSchema({
      typeDefs,
      resolvers: { Subscription: { sessionEnded: { subscribe: watchSession } } },
    }),
    context: ({ raw, context }): StreamContext => ({
      cookie: raw.headers.cookie ?? '',
      isGone: () => context.res.destroyed,
    }),
  })

  function pass(incoming: IncomingMessage, response: ServerResponse): void {
    const { method, headers, url } = incoming
    const onward = request(`${target}${url}`, { method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(response)
    })
    onward.on('error', () => response.destroy())
    incoming.pipe(onward)
  }

  const server = createServer((incoming, response) => {
    if (incoming.url === '/graphql/stream') void stream(incoming, response)
    else pass(incoming, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}`,
    leadTo(address: string) {
      target = address
    },
    /** How many streams are open now, and were opened so far. */
    count: () => ({ open, opened }),
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
}
