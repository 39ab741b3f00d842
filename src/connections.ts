/**
 * The threat: a proxy may send the next request on an idle connection just when the server closes it, and the request is
 * lost. So at shutdown each answer says `Connection: close`, and only silent connections are closed without one.
 */
import { once } from 'node:events'
import { createServer, type Server, type ServerResponse } from 'node:http'
import { Server as NetServer, type Socket } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { createExpress, type ExpressApp } from './http/express.ts'
import { MAX_DRAIN_MS } from './shutdown.ts'
import { SECONDS } from './units.ts'

/** Cuts slow clients sooner than Node's 60 s and 300 s. Since Node 20 both start at a request's first byte. */
const REQUEST_LIMITS = { headersTimeout: 15 * SECONDS, requestTimeout: 30 * SECONDS }
const CHECK_INTERVAL_MS = 5 * SECONDS

/** Far below the limit of open files, so that the database and the mails find room. */
const MAX_CONNECTIONS = 10_000

/** How long idle connections wait for a last request at shutdown. */
export const LINGER_MS = 1.5 * SECONDS

export interface Connections {
  server: Server
  /** The app whose requests and responses the server creates. */
  express: ExpressApp['app']
  /** Takes no new connection, answers the current requests, and resolves when every connection is closed. */
  drain(lingerMs: number): Promise<void>
}

export function createConnections(keepAliveMs: number): Connections {
  const { app, messageClasses } = createExpress()
  const server = createServer({
    ...messageClasses,
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

  /** Closes idle connections and those that have never sent anything. */
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
    // Only this stops the server's timers.
    server.close()
  }

  return { server, express: app, drain }
}
