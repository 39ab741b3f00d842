import { randomUUID } from 'node:crypto'
import type { Request, RequestHandler } from 'express'
import type { Logger } from 'pino'
import type { Report } from '../domain/events.ts'
import type { RequestFacts } from '../graphql/context.ts'
import { createAttachment } from './attachment.ts'

/** What a client writes into a line is cut, so that no line grows with it. */
const MAX_TEXT_LENGTH = 100

/** How a request ended that nothing has said more of, by its status: what fails before GraphQL, or in a clone's own route. */
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
    // A router that is mounted at a path takes it off for its own routes.
    const { method, path } = request
    facts.attach(request, new Facts(requestId, log))
    response.set('X-Request-Id', requestId)
    response.on('close', () => {
      const { operation, outcome, userId } = factsOf(request)
      const durationMs = Math.round((performance.now() - started) * 10) / 10
      const ended = response.writableFinished ? readOutcome(outcome, response.statusCode) : 'aborted'
      log.info({
        event: 'request',
        requestId,
        method,
        path: path.slice(0, MAX_TEXT_LENGTH),
        status: response.statusCode,
        operation: operation?.slice(0, MAX_TEXT_LENGTH) ?? null,
        outcome: ended,
        durationMs,
        userId,
      })
    })
    next()
  }
}
