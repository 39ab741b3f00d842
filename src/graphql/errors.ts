/**
 * The threat: an error tells what it should not. A resolver's error carries a connection string, a type error repeats the
 * password that it refuses, a syntax error the text around it. So only known codes pass, each with a sentence of ours.
 */
import { unwrapResolverError } from '@apollo/server/errors'
import { GraphQLError, type GraphQLFormattedError } from 'graphql'
import {
  BadArgument,
  Forbidden,
  InsecureRequest,
  ReauthenticationRequired,
  Unauthenticated,
} from '../domain/outcomes.ts'
import { Unavailable } from '../model.ts'
import { describeTokenLimit } from './limits.ts'

/** The codes that a field may fail with, and those of a request as a whole. */
export type ErrorCode =
  | 'UNAUTHENTICATED'
  | 'FORBIDDEN'
  | 'REAUTHENTICATION_REQUIRED'
  | 'GRAPHQL_PARSE_FAILED'
  | 'GRAPHQL_VALIDATION_FAILED'
  | 'BAD_USER_INPUT'
  | 'BAD_REQUEST'
  | 'UNAVAILABLE'
  | 'INTERNAL_SERVER_ERROR'

interface Failure {
  code: ErrorCode
  message: string
  facts?: Record<string, unknown>
}

const DEFAULT_RETRY_AFTER = 2

/** What a field's error says; null for a surprise. */
function failureOf(error: unknown, isDatabaseError: (error: unknown) => boolean): Failure | null {
  if (error instanceof Unauthenticated) return { code: 'UNAUTHENTICATED', message: 'You are not signed in.' }
  if (error instanceof Forbidden) return { code: 'FORBIDDEN', message: 'You may not see or do this.' }
  if (error instanceof ReauthenticationRequired) {
    const message = 'Prove again who you are: use the reauthenticate mutation.'
    return { code: 'REAUTHENTICATION_REQUIRED', message, facts: { maxAge: error.maxAge } }
  }
  if (error instanceof BadArgument) return { code: 'BAD_USER_INPUT', message: error.message }
  if (error instanceof InsecureRequest) {
    const message = 'This did not arrive over https. If it was sent so, TRUST_PROXY does not name the proxy in front.'
    return { code: 'BAD_REQUEST', message }
  }
  if (error instanceof Unavailable || isDatabaseError(error)) {
    const retryAfter = error instanceof Unavailable ? error.retryAfter : DEFAULT_RETRY_AFTER
    return {
      code: 'UNAVAILABLE',
      message: 'The service is not available at the moment. Nothing was half done.',
      facts: { retryAfter },
    }
  }
  return null
}

const holdsValue = ({ nodes }: GraphQLError): boolean =>
  nodes?.some(({ kind }) => /Value$|^ObjectField$/.test(kind)) ?? false

/** Of a value that its type refuses, only names of the schema are repeated. */
function withoutValue(message: string): string {
  if (/^Field "[\w.]+" (of required type "[\w![\]]+" was not provided|is not defined by type "\w+")\.?$/.test(message))
    return message
  // Only from the beginning: what follows may be the client's own words.
  const [, type] =
    /^(?:Expected value|Argument "\w+"|Field "[\w.]+") (?:of|is not defined by) (?:non-null )?type "([\w![\]]+)"/.exec(
      message,
    ) ?? []
  return type ? `A value does not fit the type "${type}".` : 'A value does not fit its type.'
}

/**
 * Was a value refused only on executing, as null in a variable where the schema has a default but takes no null? The error's
 * own text repeats the literals beside it.
 */
export const isLateRefusal = ({ nodes, extensions }: GraphQLError): boolean =>
  extensions.code === undefined && (nodes?.some(({ kind }) => kind === 'Variable' || /Value$/.test(kind)) ?? false)

function requestFailure(error: GraphQLError): Failure | null {
  if (isLateRefusal(error)) return { code: 'BAD_USER_INPUT', message: withoutValue(error.message) }
  // Apollo's own rules tell their name beside the code.
  const { code, validationErrorCode } = error.extensions
  const { message } = error
  switch (validationErrorCode ?? code) {
    case 'GRAPHQL_PARSE_FAILED': {
      const limit = describeTokenLimit(error)
      if (limit) return { code: 'GRAPHQL_VALIDATION_FAILED', message: limit }
      return { code: 'GRAPHQL_PARSE_FAILED', message: 'The document is not valid GraphQL.' }
    }
    case 'GRAPHQL_VALIDATION_FAILED':
      return holdsValue(error)
        ? { code: 'BAD_USER_INPUT', message: withoutValue(message) }
        : { code: 'GRAPHQL_VALIDATION_FAILED', message }
    case 'BAD_USER_INPUT': {
      const [variable] = /^Variable "\$\w+"/.exec(message) ?? ['A variable']
      return { code: 'BAD_USER_INPUT', message: `${variable} is invalid.` }
    }
    case 'BAD_REQUEST':
      return { code: 'BAD_REQUEST', message: 'The request is not a well-formed GraphQL request.' }
    case 'OPERATION_RESOLUTION_FAILURE':
      return {
        code: 'GRAPHQL_VALIDATION_FAILED',
        message: 'The document does not hold exactly the operation that is to run.',
      }
    case 'INTROSPECTION_DISABLED':
      return { code: 'GRAPHQL_VALIDATION_FAILED', message: 'Introspection is off.' }
    case 'PERSISTED_QUERY_NOT_FOUND':
    case 'PERSISTED_QUERY_NOT_SUPPORTED':
      return { code: 'BAD_REQUEST', message: 'Persisted queries are not supported.' }
    default:
      return null
  }
}

const SURPRISE: Failure = { code: 'INTERNAL_SERVER_ERROR', message: 'Something went wrong.' }

/** Makes Apollo Server's `formatError`: known failures in words of ours, all else masked. */
export function createFormatError(isDatabaseError: (error: unknown) => boolean) {
  return (formatted: GraphQLFormattedError, error: unknown): GraphQLFormattedError => {
    const cause = unwrapResolverError(error)
    const inField = failureOf(cause, isDatabaseError)
    const ofRequest =
      error instanceof GraphQLError && (!formatted.path || isLateRefusal(error)) ? requestFailure(error) : null
    const { code, message, facts } = inField ?? ofRequest ?? SURPRISE
    const { locations, path } = formatted
    return { message, ...(locations ? { locations } : {}), ...(path ? { path } : {}), extensions: { code, ...facts } }
  }
}

/** Is it an error that nobody expected, to be logged? */
export const isSurprise = (error: GraphQLFormattedError): boolean => error.extensions?.code === SURPRISE.code

/** The HTTP status of codes where no root field has data. */
const STATUSES: readonly (readonly [ErrorCode, number])[] = [
  ['UNAVAILABLE', 503],
  ['GRAPHQL_PARSE_FAILED', 400],
  ['GRAPHQL_VALIDATION_FAILED', 400],
  ['BAD_USER_INPUT', 400],
  ['BAD_REQUEST', 400],
]

/** The HTTP status of an answer by its errors: other than 200 only where no root field has data. */
export function statusOf(
  data: Record<string, unknown> | null | undefined,
  errors: readonly GraphQLFormattedError[],
): number {
  if (data && Object.values(data).some((value) => value !== null)) return 200
  const codes = new Set(errors.map(({ extensions }) => extensions?.code))
  return STATUSES.find(([code]) => codes.has(code))?.[1] ?? 200
}
