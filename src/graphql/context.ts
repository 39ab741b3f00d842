import type { Logger } from 'pino'
import type { Account } from '../domain/account.ts'
import type { Administration } from '../domain/administration.ts'
import type { Recovery } from '../domain/recovery.ts'
import type { Revocation } from '../domain/revocation.ts'
import type { Asker, Sessions } from '../domain/sessions.ts'
import type { Signin } from '../domain/signin.ts'
import type { Signup } from '../domain/signup.ts'
import type { Viewer } from '../model.ts'

/** What a request's line in the log tells. */
export interface RequestFacts {
  readonly requestId: string
  readonly log: Logger
  operation: string | null
  outcome: string
  userId: string | null
}

/** What the service can do. */
export interface Verbs {
  readonly signup: Signup
  readonly signin: Signin
  readonly recovery: Recovery
  readonly account: Account
  readonly sessions: Sessions
  readonly revocation: Revocation
  readonly administration: Administration
}

/** What every resolver gets: who is asking, and what the service can do. */
export interface Context extends Verbs {
  readonly asker: Asker
  readonly facts: RequestFacts
  now(): Date
}

/** What a resolver behind @authenticated or @requiresScopes gets: somebody is signed in. */
export type SignedInContext<T = Context> = T & { readonly viewer: Viewer }
