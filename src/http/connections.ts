/**
 * The threat: a client that holds what it does not use. One asks for large answers and never reads, one sends half a header;
 * each keeps memory and a connection for as long as it likes. And what Node refuses by itself would be answered and logged
 * as nothing else of the service is.
 */
import { randomUUID } from 'node:crypto'
import { type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import type { RequestHandler } from 'express'
import type { Logger } from 'pino'
import { SECONDS } from '../units.ts'

/** A write that makes no progress for so long has been cut. */
export const WRITE_TIMEOUT_MS = 15 * SECONDS

const REFUSALS = {
  400: 'The request is not well-formed HTTP.',
  405: 'The service is no proxy.',
  408: 'The request took too long to arrive.',
  431: 'The request headers are larger than 16 KiB.',
} as const

type Status = keyof typeof REFUSALS

const STATUSES: Readonly<Record<string, Status>> = {
  HPE_HEADER_OVERFLOW: 431,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
}

/** The connection is gone: there is nobody to answer. */
const GONE: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE', 'ECONNABORTED', 'ETIMEDOUT'])

const buildAnswer = (status: Status, requestId: string): string => {
  const body = JSON.stringify({ errors: [{ message: REFUSALS[status], extensions: { code: 'BAD_REQUEST' } }] })
  return [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Cache-Control: no-store',
    'X-Content-Type-Options: nosniff',
    `X-Request-Id: ${requestId}`,
    'Connection: close',
    '',
    body,
  ].join('\r\n')
}

/** Answers on a connection what never became a request, and ends it. */
function refuse(socket: Duplex, status: Status, log: Logger): void {
  const requestId = randomUUID()
  log.info({
    event: 'request',
    requestId,
    ...{ method: null, path: null, status, operation: null, outcome: 'BAD_REQUEST', durationMs: 0, userId: null },
  })
  socket.end(buildAnswer(status, requestId), () => socket.destroy())
}

const lastResponses = new WeakMap<Duplex, ServerResponse>()

/**
 * Begins a request when the one before it on the same connection has been answered: Node would work on all that a client sends
 * at once, and hold every answer until the first is read.
 */
export const answerInTurn: RequestHandler = (request, response, next) => {
  const before = lastResponses.get(request.socket)
  lastResponses.set(request.socket, response)
  if (!before || before.closed) return next()
  before.once('close', () => next())
}

interface ConnectionOptions {
  log: Logger
  writeTimeoutMs?: number
}

/**
 * Cuts connections whose writes make no progress, and answers what Node refuses by itself in the service's own shape, with
 * an id and a line in the log.
 */
export function guardConnections(server: Server, { log, writeTimeoutMs = WRITE_TIMEOUT_MS }: ConnectionOptions): void {
  const answering = new Map<Duplex, ServerResponse>()

  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const { socket } = request
    answering.set(socket, response)
    response.once('close', () => {
      if (answering.get(socket) === response) answering.delete(socket)
    })
    // Node's timer knows a large write that goes on from one that stands still: it notes how far one is, and looks again. A
    // reset, unlike an end, also drops what the system has buffered of the answer, several megabytes for each client.
    response.setTimeout(writeTimeoutMs / 2, () => {
      if (socket.writableLength > 0) socket.resetAndDestroy()
    })
  })

  server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => {
    const response = answering.get(socket)
    if (!socket.writable || GONE.has(error.code ?? '') || response?.headersSent) {
      socket.destroy()
      return
    }
    refuse(socket, STATUSES[error.code ?? ''] ?? 400, log)
  })
  server.on('connect', (_request: IncomingMessage, socket: Duplex) => refuse(socket, 405, log))
  // An expectation that is not known may be left unheeded (RFC 9110, section 10.1.1).
  server.on('checkExpectation', (request: IncomingMessage, response: ServerResponse) =>
    server.emit('request', request, response),
  )
  // Ours to answer, as everything else.
  Object.assign(server, { requireHostHeader: false })
}
