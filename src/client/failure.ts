import { CombinedGraphQLErrors, ServerError } from '@apollo/client/errors'

/** Why something did not work, for people and for programs. */
export interface Failure {
  /** The error's code (`UNAVAILABLE`), the problem's type (`InvalidCredentials`), or `UNREACHABLE` where nobody answered. */
  code: string
  /** A sentence for people. */
  message: string
  /** The fields of the form that are at fault; empty where the fault is in none. */
  fields: readonly { name: string; message: string }[]
  /** Seconds to wait before another try. */
  retryAfter: number | null
  /** How many seconds old a proof of identity may be, where one is needed. */
  maxAge: number | null
}

interface ServiceError {
  message: string
  extensions?: { code?: string; maxAge?: number; retryAfter?: number; requestId?: string }
}

const UNREACHABLE = 'The service cannot be reached. Check your connection and try again.'
const UNAVAILABLE = 'The service is not available at the moment. Try again in a few seconds.'
const UNKNOWN = 'Something went wrong.'

/** Reads the service's own errors from what Apollo Client throws; empty where the service gave no answer. */
function readErrors(error: unknown): readonly ServiceError[] {
  if (CombinedGraphQLErrors.is(error)) return error.errors
  if (!ServerError.is(error)) return []
  try {
    return JSON.parse(error.bodyText).errors ?? []
  } catch {
    // The page of a proxy in between.
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

/** Turns whatever an operation failed with into a sentence, a code and the seconds to wait. */
export function toFailure(error: unknown): Failure {
  const [first] = readErrors(error)
  const none = { fields: [], retryAfter: null, maxAge: null }
  if (!first) {
    const isDown = ServerError.is(error) && error.statusCode >= 500
    return isDown
      ? { ...none, code: 'UNAVAILABLE', message: UNAVAILABLE }
      : { ...none, code: 'UNREACHABLE', message: UNREACHABLE }
  }
  const { code = 'UNKNOWN', retryAfter = null, maxAge = null } = first.extensions ?? {}
  return { code, message: describe(code, first), fields: [], retryAfter, maxAge }
}

interface Problem {
  __typename?: string
  message?: string
  fields?: readonly { name: string; message: string }[]
}

/** The field that a problem without fields is about. */
const PROBLEM_FIELDS: Readonly<Record<string, string>> = { EmailTaken: 'email' }

/** Turns a result that is not the expected one into a failure; types that a later version adds included. */
export function toProblem({ __typename = 'UNKNOWN', message = UNKNOWN, fields = [] }: Problem): Failure {
  const field = PROBLEM_FIELDS[__typename]
  const faults = field === undefined ? fields : [{ name: field, message }]
  return { code: __typename, message, fields: faults, retryAfter: null, maxAge: null }
}
