import type { Logger } from 'pino'
import type { Asker } from '../domain/sessions.ts'
import type { Verbs } from '../domain/verbs.ts'
import type { Viewer } from '../model.ts'

/** What a request's line in the log tells. */
export interface RequestFacts {
  readonly requestId: string
  readonly log: Logger
  operation: string | null
  outcome: string
  userId: string | null
}

/** What every resolver gets: who is asking, and what the service can do. */
export interface Context extends Verbs {
  readonly asker: Asker
  readonly facts: RequestFacts
  now(): Date
  /** How many bytes the answer has so far. */
  answerBytes?: number
}

/** What a resolver behind @authenticated or @requiresScopes gets: somebody is signed in. */
export type SignedInContext<T = Context> = T & { readonly viewer: Viewer }
