import { randomUUID } from 'node:crypto'
import type { Request, RequestHandler } from 'express'
import type { Logger } from 'pino'
import type { SecurityEvent } from '../domain/events.ts'
import type { RequestLogFields } from '../graphql/context.ts'

declare global {
  namespace Express {
    interface Request {
      /** What the request's line in the log says. */
      logFields: RequestLogFields
    }
  }
}

const MAX_PATH_LENGTH = 200

class LogFields implements RequestLogFields {
  readonly requestId = randomUUID()
  operation: string | null = null
  outcome = 'ok'
  userId: string | null = null
  readonly #log: Logger

  constructor(log: Logger) {
    this.#log = log
  }

  get log(): Logger {
    return this.#log.child({ requestId: this.requestId })
  }
}

/** Logs a security event with the id of its request. */
export const report = (request: Request, event: SecurityEvent): void => request.logFields.log.info(event)

/** Gives every request an id, and one line in the log when it is over. Never a header, a body or a query string. */
export function logRequests(log: Logger): RequestHandler {
  return (request, response, next) => {
    const started = performance.now()
    const fields = new LogFields(log)
    request.logFields = fields
    response.set('X-Request-Id', fields.requestId)
    response.on('close', () => {
      const { requestId, operation, outcome, userId } = fields
      const { method, path } = request
      log.info({
        event: 'request',
        requestId,
        method,
        path: path.slice(0, MAX_PATH_LENGTH),
        status: response.statusCode,
        operation,
        outcome: response.writableFinished ? outcome : 'aborted',
        durationMs: Math.round((performance.now() - started) * 10) / 10,
        userId,
      })
    })
    next()
  }
}
