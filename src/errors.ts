/** The `extensions.code` of an error that a client may see (contract). */
export type ErrorCode =
  | 'UNAUTHENTICATED'
  | 'FORBIDDEN'
  | 'FORBIDDEN_ORIGIN'
  | 'REAUTHENTICATION_REQUIRED'
  | 'SECOND_FACTOR_REQUIRED'
  | 'RATE_LIMITED'
  | 'GRAPHQL_PARSE_FAILED'
  | 'GRAPHQL_VALIDATION_FAILED'
  | 'BAD_USER_INPUT'
  | 'BAD_REQUEST'
  | 'NOT_FOUND'
  | 'UNAVAILABLE'
  | 'INTERNAL_SERVER_ERROR'

interface ErrorDefinition {
  readonly code: ErrorCode
  /** The HTTP status outside GraphQL, and of a GraphQL answer in which no root field has data. */
  readonly status: number
  /** The status of such a GraphQL answer if it differs: a guard's refusal is a 200. */
  readonly graphqlStatus?: number
  readonly message: string
  /** Seconds after which another try makes sense. */
  readonly retryAfter?: number
}

const RETRY_AFTER_SECONDS = 2

/** Every error that a client may see. If a GraphQL answer has several errors, the first in this order sets the status. */
export const ERRORS = {
  RATE_LIMITED: {
    code: 'RATE_LIMITED',
    status: 429,
    message: 'Too many attempts. Try again later.',
    retryAfter: RETRY_AFTER_SECONDS,
  },
  UNAVAILABLE: {
    code: 'UNAVAILABLE',
    status: 503,
    message: 'The service is temporarily unavailable. Nothing was changed. Try again in a few seconds.',
    retryAfter: RETRY_AFTER_SECONDS,
  },
  OUTCOME_UNKNOWN: {
    code: 'UNAVAILABLE',
    status: 503,
    message: 'The service became unavailable during this request. The change may or may not have been made.',
    retryAfter: RETRY_AFTER_SECONDS,
  },
  GRAPHQL_PARSE_FAILED: { code: 'GRAPHQL_PARSE_FAILED', status: 400, message: 'The document is not valid GraphQL.' },
  GRAPHQL_VALIDATION_FAILED: {
    code: 'GRAPHQL_VALIDATION_FAILED',
    status: 400,
    message: 'The document is not valid for this schema.',
  },
  BAD_USER_INPUT: { code: 'BAD_USER_INPUT', status: 400, message: 'An argument is invalid.' },
  BAD_REQUEST: { code: 'BAD_REQUEST', status: 400, message: 'The request is not a well-formed GraphQL request.' },
  MALFORMED_BODY: { code: 'BAD_REQUEST', status: 400, message: 'The request body must be JSON in UTF-8.' },
  REJECTED: { code: 'BAD_REQUEST', status: 400, message: 'The request was rejected.' },
  INSECURE_REQUEST: {
    code: 'BAD_REQUEST',
    status: 400,
    message:
      'This request did not arrive over HTTPS. If it was sent over HTTPS, TRUST_PROXY does not match the proxies in front of the service.',
  },
  MALFORMED_REQUEST: { code: 'BAD_REQUEST', status: 400, message: 'The request is not well-formed HTTP.' },
  METHOD_NOT_ALLOWED: {
    code: 'BAD_REQUEST',
    status: 405,
    message: 'This method is not allowed here. The Allow header lists those that are.',
  },
  BODY_TOO_LARGE: { code: 'BAD_REQUEST', status: 413, message: 'The request body is larger than 32 KiB.' },
  UNSUPPORTED_MEDIA_TYPE: {
    code: 'BAD_REQUEST',
    status: 415,
    message: 'Send application/json in UTF-8, without Content-Encoding.',
  },
  UNAUTHENTICATED: { code: 'UNAUTHENTICATED', status: 401, graphqlStatus: 200, message: 'You are not signed in.' },
  FORBIDDEN: {
    code: 'FORBIDDEN',
    status: 403,
    graphqlStatus: 200,
    message: "You don't have permission to do this.",
  },
  FORBIDDEN_ORIGIN: { code: 'FORBIDDEN_ORIGIN', status: 403, message: 'Requests from this origin are not allowed.' },
  REAUTHENTICATION_REQUIRED: {
    code: 'REAUTHENTICATION_REQUIRED',
    status: 403,
    graphqlStatus: 200,
    message: 'Confirm your password to continue.',
  },
  SECOND_FACTOR_REQUIRED: {
    code: 'SECOND_FACTOR_REQUIRED',
    status: 403,
    graphqlStatus: 200,
    message: 'Log in with a second factor to do this.',
  },
  NOT_FOUND: { code: 'NOT_FOUND', status: 404, message: 'Not found.' },
  INTERNAL_SERVER_ERROR: {
    code: 'INTERNAL_SERVER_ERROR',
    status: 500,
    graphqlStatus: 200,
    message: 'Something went wrong.',
  },
} as const satisfies Record<string, ErrorDefinition>

export type ErrorReason = keyof typeof ERRORS

export interface ErrorDetails {
  /** Seconds within which the user must have authenticated. */
  readonly maxAge?: number
  /** What the user must have proved it with. */
  readonly assurance?: 'MULTI_FACTOR'
  readonly retryAfter?: number
  /** The id that the log has the details under. */
  readonly requestId?: string
}

/** An error that a client may see. Any other error is answered as INTERNAL_SERVER_ERROR. */
export class AppError extends Error {
  override name = 'AppError'
  readonly reason: ErrorReason
  readonly details: ErrorDetails

  /** `message` replaces the default sentence; it must not repeat a value that the client sent. */
  constructor(reason: ErrorReason, { message, ...details }: ErrorDetails & { message?: string } = {}) {
    const definition: ErrorDefinition = ERRORS[reason]
    super(message ?? definition.message)
    this.reason = reason
    this.details = { ...(definition.retryAfter ? { retryAfter: definition.retryAfter } : {}), ...details }
  }

  get code(): ErrorCode {
    return ERRORS[this.reason].code
  }
}
