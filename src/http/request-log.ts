import { AsyncResource } from 'node:async_hooks'
import { randomUUID } from 'node:crypto'
import type { Request, RequestHandler } from 'express'
import type { Logger } from 'pino'
import type { SecurityEvent } from '../domain/events.ts'
import type { RequestLogFields } from '../graphql/context.ts'
import type { Observer } from '../metrics/metrics.ts'

declare global {
  namespace Express {
    interface Request {
      /** What the request's line in the log says. */
      logFields: RequestLogFields
    }
  }
}

/** What a client writes into a line is cut, so that no line grows with it. */
const MAX_TEXT_LENGTH = 100

/** How a request ended that nothing has said more of, by its status: what fails before GraphQL, or in a feature's route. */
const OUTCOMES: Readonly<Record<number, string>> = {
  401: 'UNAUTHENTICATED',
  403: 'FORBIDDEN',
  404: 'NOT_FOUND',
  429: 'RATE_LIMITED',
  503: 'UNAVAILABLE',
}

function readOutcome(outcome: string, status: number): string {
  if (outcome !== 'ok' || status < 400) return outcome
  return OUTCOMES[status] ?? (status < 500 ? 'BAD_REQUEST' : 'INTERNAL_SERVER_ERROR')
}

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
export function logRequests(log: Logger, observeRequest: Observer['observeRequest']): RequestHandler {
  return (request, response, next) => {
    const started = performance.now()
    // A router that is mounted at a path takes it off for its own routes.
    const { method, path } = request
    const fields = new LogFields(log)
    request.logFields = fields
    response.set('X-Request-Id', fields.requestId)
    const logRequest = () => {
      const { requestId, operation, outcome, userId } = fields
      const facts = {
        method,
        path: path.slice(0, MAX_TEXT_LENGTH),
        status: response.statusCode,
        operation: operation?.slice(0, MAX_TEXT_LENGTH) ?? null,
        outcome: response.writableFinished ? readOutcome(outcome, response.statusCode) : 'aborted',
        durationMs: Math.round((performance.now() - started) * 10) / 10,
      }
      log.info({ event: 'request', requestId, ...facts, userId })
      observeRequest(facts)
    }
    // A connection's events come from outside of the request, whose trace the line names.
    response.on('close', AsyncResource.bind(logRequest))
    next()
  }
}
