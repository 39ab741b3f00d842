/**
 * The server's connections from the first to the last. A proxy keeps connections open and sends the next request on one
 * whenever it likes: whoever closes an idle connection at that moment loses the request. So on the way out each
 * connection is closed by an answer that says `Connection: close`, and only those that stay silent are closed unasked.
 */
import { once } from 'node:events'
import { createServer, type Server, type ServerResponse } from 'node:http'
import { Server as NetServer, type Socket } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { MAX_DRAIN_MS } from './shutdown.ts'
import { SECONDS } from './units.ts'

/**
 * Slow clients are cut; Node's own limits are 60 s and 300 s. Since Node 20 both count from the first byte of a request,
 * so that they may be shorter than an idle connection lives.
 */
const REQUEST_LIMITS = { headersTimeout: 15 * SECONDS, requestTimeout: 30 * SECONDS }
const CHECK_INTERVAL_MS = 5 * SECONDS

/** The next client is turned away; far below what a process may open, so that the database and the mails find room. */
const MAX_CONNECTIONS = 10_000

/** How long idle connections wait for a last request on the way out. */
export const LINGER_MS = 1.5 * SECONDS

/** The HTTP server, and the way to end it without losing a request. */
export interface Connections {
  server: Server
  /** Takes no new connection, answers what is under way, and resolves when every connection is closed. */
  drain(lingerMs: number): Promise<void>
}

/** Creates the server. `keepAliveMs` is how long a connection may be idle. */
export function createConnections(keepAliveMs: number): Connections {
  const server = createServer({
    ...REQUEST_LIMITS,
    connectionsCheckingInterval: CHECK_INTERVAL_MS,
    keepAliveTimeout: keepAliveMs,
  })
  server.maxConnections = MAX_CONNECTIONS
  const sockets = new Set<Socket>()
  const unanswered = new Set<ServerResponse>()
  let draining = false

  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  server.on('request', (_request, response) => {
    unanswered.add(response)
    response.once('close', () => unanswered.delete(response))
    if (draining) response.setHeader('Connection', 'close')
  })

  /** Closes what is idle, and what was opened ahead of need and has never said anything. */
  function closeSilent(): void {
    server.closeIdleConnections()
    for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy()
  }

  async function drain(lingerMs: number): Promise<void> {
    draining = true
    for (const response of unanswered) if (!response.headersSent) response.setHeader('Connection', 'close')
    const closed = once(server, 'close')
    // http.Server's own close() would cut idle connections at once.
    NetServer.prototype.close.call(server)
    const timers = new AbortController()
    const after = (ms: number, run: () => void) =>
      setTimeout(ms, undefined, { signal: timers.signal }).then(run, () => {})
    void after(lingerMs, closeSilent)
    void after(MAX_DRAIN_MS, () => server.closeAllConnections())
    await closed
    timers.abort()
    // Its timers end only so.
    server.close()
  }

  return { server, drain }
}
