import { CombinedGraphQLErrors, ServerError } from '@apollo/client/errors'

export interface Failure {
  /** The error's code (`UNAVAILABLE`), the problem's type (`InvalidCredentials`), or `UNREACHABLE`. */
  code: string
  message: string
  /** The invalid fields of the form; empty if the failure is about none. */
  fields: readonly { name: string; message: string }[]
  /** Seconds to wait before the next try. */
  retryAfter: number | null
  /** If authentication is required: how many seconds ago it may have been. */
  maxAge: number | null
  /** If authentication is required: whether it has to rest on a second factor. */
  needsSecondFactor: boolean
  /** The number that the service's log has an unexpected error under. */
  requestId: string | null
}

interface ServiceError {
  message: string
  extensions?: { code?: string; maxAge?: number; assurance?: string; retryAfter?: number; requestId?: string }
}

const UNREACHABLE = 'The service cannot be reached. Check your connection and try again.'
const UNAVAILABLE = 'The service is not available at the moment. Try again in a few seconds.'
const UNKNOWN = 'Something went wrong.'

/** Reads the service's errors from what Apollo Client throws; empty if the service gave no answer. */
function readErrors(error: unknown): readonly ServiceError[] {
  if (CombinedGraphQLErrors.is(error)) return error.errors
  if (!ServerError.is(error)) return []
  try {
    return JSON.parse(error.bodyText).errors ?? []
  } catch {
    // A proxy has answered with a page of its own.
    return []
  }
}

function describe(code: string, { message, extensions }: ServiceError): string {
  const { retryAfter, requestId } = extensions ?? {}
  if (code === 'RATE_LIMITED') return `Too many attempts. Try again in ${toWait(retryAfter ?? 60)}.`
  if (code === 'UNAVAILABLE') return UNAVAILABLE
  return requestId ? `${message} If it happens again, tell us this number: ${requestId}` : message
}

function toWait(seconds: number): string {
  if (seconds === 1) return '1 second'
  return seconds < 120 ? `${seconds} seconds` : `${Math.ceil(seconds / 60)} minutes`
}

/** A failure about which nothing else is known. */
export const createFailure = (code: string, message: string): Failure => ({
  ...{ code, message, fields: [] },
  ...{ retryAfter: null, maxAge: null, needsSecondFactor: false, requestId: null },
})

/** Turns any error of an operation into a failure. */
export function toFailure(error: unknown): Failure {
  const [first] = readErrors(error)
  if (!first) {
    const isDown = ServerError.is(error) && error.statusCode >= 500
    return isDown ? createFailure('UNAVAILABLE', UNAVAILABLE) : createFailure('UNREACHABLE', UNREACHABLE)
  }
  const { code = 'UNKNOWN', retryAfter = null, maxAge = null, requestId = null, assurance } = first.extensions ?? {}
  const needsSecondFactor = assurance === 'MULTI_FACTOR'
  return { ...createFailure(code, describe(code, first)), retryAfter, maxAge, requestId, needsSecondFactor }
}

interface Problem {
  __typename?: string
  message?: string
  fields?: readonly { name: string; message: string }[]
}

/** The field that a problem without fields belongs to. */
const PROBLEM_FIELDS: Readonly<Record<string, string>> = { EmailTaken: 'email', InvalidFactor: 'code' }

/** Turns an unexpected result into a failure, also of a type that a later version adds. */
export function toProblem({ __typename = 'UNKNOWN', message = UNKNOWN, fields = [] }: Problem): Failure {
  const field = PROBLEM_FIELDS[__typename]
  const faults = field === undefined ? fields : [{ name: field, message }]
  return { ...createFailure(__typename, message), fields: faults }
}
