import { randomUUID } from 'node:crypto'
import type { Request, RequestHandler } from 'express'
import type { Logger } from 'pino'
import type { Report } from '../domain/events.ts'
import type { RequestFacts } from '../graphql/context.ts'

const facts = new WeakMap<Request, RequestFacts>()

/** The facts of a request that `logRequests` has seen. */
export function factsOf(request: Request): RequestFacts {
  const found = facts.get(request)
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
    facts.set(request, { requestId, log: log.child({ requestId }), operation: null, outcome: 'ok', userId: null })
    response.set('X-Request-Id', requestId)
    response.on('close', () => {
      const { log: requestLog, operation, outcome, userId } = factsOf(request)
      const durationMs = Math.round((performance.now() - started) * 10) / 10
      const ended = response.writableFinished ? outcome : 'aborted'
      const { method, path } = request
      requestLog.info({
        event: 'request',
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
