/**
 * The threat: metrics tell outsiders how a service fares and what it is made of. So they have a port of their own, which no
 * proxy leads to, and nothing else is answered there.
 */
import { createServer, type Server } from 'node:http'
import { SECONDS } from '../units.ts'
import type { Metrics } from './metrics.ts'

/** Where something listens. */
export interface ListenAddress {
  readonly host: string
  readonly port: number
}

/** METRICS cannot be served there. The message says why. */
export class MetricsError extends Error {}

/**
 * Serves /metrics.
 * @throws MetricsError if the port cannot be had
 */
export async function serveMetrics(metrics: Metrics, { host, port }: ListenAddress): Promise<Server> {
  const server = createServer(async ({ method, url }, response) => {
    if (url !== '/metrics' || (method !== 'GET' && method !== 'HEAD')) {
      response.writeHead(404).end()
      return
    }
    try {
      const { contentType, text } = await metrics.read()
      response.writeHead(200, { 'Content-Type': contentType, 'Cache-Control': 'no-store' })
      response.end(method === 'GET' ? text : undefined)
    } catch {
      response.writeHead(500).end()
    }
  })
  server.requestTimeout = 10 * SECONDS
  await new Promise<void>((resolve, reject) => {
    server.once('error', ({ code }: NodeJS.ErrnoException) =>
      reject(new MetricsError(`METRICS cannot be served on ${host}:${port}: ${code}.`)),
    )
    server.listen(port, host, resolve)
  })
  return server
}
