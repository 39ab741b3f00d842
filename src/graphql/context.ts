import type { Logger } from 'pino'
import type { Limiter } from '../domain/limits/limits.ts'
import type { Services } from '../domain/services.ts'
import type { RequestAuth } from '../domain/sessions/request-auth.ts'
import type { SessionEnd } from '../domain/sessions/session-end.ts'
import type { Viewer } from '../model.ts'
import type { Deadline } from '../mongo/deadline.ts'

/** What a request's line in the log says. */
export interface RequestLogFields {
  readonly requestId: string
  /** A log whose lines carry the request's id. */
  readonly log: Logger
  operation: string | null
  outcome: string
  userId: string | null
}

/** What a subscription gets beside: when it ends. */
export interface StreamContext {
  /** Aborts when the stream is over: for what a source of events has to give back. */
  readonly signal: AbortSignal
  /** Resolves when the session of the stream has ended; null where nobody is signed in. */
  readonly ended: Promise<SessionEnd> | null
}

/** What every resolver gets. */
export interface Context {
  readonly services: Services
  readonly auth: RequestAuth
  readonly limiter: Limiter
  /** When the request's queries end. */
  readonly deadline: Deadline
  readonly logFields: RequestLogFields
  now(): Date
  /** In a stream only. */
  readonly stream?: StreamContext
  /** How many bytes the answer has so far. */
  answerBytes?: number
}

/** What a resolver behind @authenticated or @requiresScopes gets. */
export type SignedInContext<T = Context> = T & { readonly viewer: Viewer }
