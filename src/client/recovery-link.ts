// The threat: an answer for the previous user reaches the next one, or a mutation runs twice. So a former identity's client
// recovers nothing, and only queries are repeated without the user.
import type { ApolloLink } from '@apollo/client'
import { CombinedGraphQLErrors } from '@apollo/client/errors'
import { ErrorLink } from '@apollo/client/link/error'
import { from, lastValueFrom, of, switchMap, throwError } from 'rxjs'
import { toFailure } from './failure.ts'
import type { Reauthentication } from './reauthentication.ts'

/** Growing pauses between tries while the service is unavailable. */
const RETRY_PAUSES_MS = [500, 1000, 2000]

export type SessionCheck = 'same' | 'changed' | 'unknown'

export interface RecoveryDeps {
  /** Tells whether this link's client belongs to the current identity. */
  isCurrent(): boolean
  checkSession(): Promise<SessionCheck>
  reauthentication: Reauthentication
}

interface Outcome {
  result?: ApolloLink.Result | undefined
  error?: unknown
}

const toCode = ({ error, result }: Outcome): string | null => {
  if (error) return toFailure(error).code
  return result?.errors?.length ? toFailure(new CombinedGraphQLErrors(result)).code : null
}

const isAway = (code: string | null) => code === 'UNAVAILABLE' || code === 'UNREACHABLE'

const wait = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds))

async function execute(request: ErrorLink.ErrorHandlerOptions): Promise<Outcome> {
  try {
    return { result: await lastValueFrom(request.forward(request.operation)) }
  } catch (error) {
    return { error }
  }
}

async function repeatWhileAway(request: ErrorLink.ErrorHandlerOptions, { isCurrent }: RecoveryDeps): Promise<Outcome> {
  let outcome: Outcome = request
  for (const pause of RETRY_PAUSES_MS) {
    await wait(pause)
    if (!isCurrent()) return outcome
    outcome = await execute(request)
    if (!isAway(toCode(outcome))) break
  }
  return outcome
}

/** Decides how a failed operation ends: another try, or the failure. */
async function recover(request: ErrorLink.ErrorHandlerOptions, deps: RecoveryDeps): Promise<Outcome> {
  const isQuery = request.operation.operationType === 'query'
  const { code, maxAge, needsSecondFactor } = toFailure(request.error)
  if (isAway(code) && isQuery) return repeatWhileAway(request, deps)
  if (code === 'UNAUTHENTICATED') {
    // During a rotation, a request with the old cookie may be refused though the session is the same.
    const check = await deps.checkSession()
    return check === 'same' && isQuery && deps.isCurrent() ? execute(request) : request
  }
  if (code === 'REAUTHENTICATION_REQUIRED') {
    const isProved = await deps.reauthentication.request({ maxAge, needsSecondFactor })
    return isProved && deps.isCurrent() ? execute(request) : request
  }
  return request
}

const RECOVERABLE = ['UNAUTHENTICATED', 'REAUTHENTICATION_REQUIRED', 'UNAVAILABLE', 'UNREACHABLE']

/** Creates the link that handles ended sessions, required authentication and outages. */
export function createRecoveryLink(deps: RecoveryDeps): ErrorLink {
  return new ErrorLink((request) => {
    const { operation, error } = request
    const isCheck = operation.getContext().isSessionCheck === true
    if (!deps.isCurrent() || isCheck || !RECOVERABLE.includes(toFailure(error).code)) return
    return from(recover(request, deps)).pipe(
      switchMap((outcome) => (outcome.result ? of(outcome.result) : throwError(() => outcome.error))),
    )
  })
}
