import { randomUUID } from 'node:crypto'
import type { Request, RequestHandler } from 'express'
import type { Logger } from 'pino'
import type { Report } from '../domain/events.ts'
import type { RequestFacts } from '../graphql/context.ts'
import { createAttachment } from './attachment.ts'

class Facts implements RequestFacts {
  readonly requestId: string
  operation: string | null = null
  outcome = 'ok'
  userId: string | null = null
  readonly #log: Logger

  constructor(requestId: string, log: Logger) {
    this.requestId = requestId
    this.#log = log
  }

  get log(): Logger {
    return this.#log.child({ requestId: this.requestId })
  }
}

const facts = createAttachment<RequestFacts>('facts')

/** The facts of a request that `logRequests` has seen. */
export function factsOf(request: Request): RequestFacts {
  const found = facts.of(request)
  if (!found) throw new Error('The request has not passed the log.')
  return found
}

/** The reports of security events of a request: they carry its id. */
export const reportOf =
  (request: Request): Report =>
  (event) =>
    factsOf(request).log.info(event)

/** Gives every request an id, and one line in the log when it is over. Never a header, a body or a query string. */
export function logRequests(log: Logger): RequestHandler {
  return (request, response, next) => {
    const requestId = randomUUID()
    const started = performance.now()
    facts.attach(request, new Facts(requestId, log))
    response.set('X-Request-Id', requestId)
    response.on('close', () => {
      const { operation, outcome, userId } = factsOf(request)
      const durationMs = Math.round((performance.now() - started) * 10) / 10
      const ended = response.writableFinished ? outcome : 'aborted'
      const { method, path } = request
      log.info({
        event: 'request',
        requestId,
        method,
        path: path.slice(0, 200),
        status: response.statusCode,
        operation,
        outcome: ended,
        durationMs,
        userId,
      })
    })
    next()
  }
}
