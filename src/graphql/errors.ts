/**
 * The threat: an error tells what it should not. A resolver's error carries a connection string, a type error repeats the
 * password that it refuses, a syntax error the text around it. So only known errors pass, each with a sentence of ours.
 */
import { unwrapResolverError } from '@apollo/server/errors'
import { GraphQLError, type GraphQLFormattedError } from 'graphql'
import { AppError, ERRORS, type ErrorReason } from '../errors.ts'
import type { ErrorMessages } from './error-messages.ts'
import { describeTokenLimit } from './limits.ts'

/** An unknown field of an input is not among them: there it is the document that is wrong. */
const holdsValue = ({ nodes }: GraphQLError): boolean => nodes?.some(({ kind }) => /Value$/.test(kind)) ?? false

/**
 * Tells whether a value was refused only on execution, as null in a variable where the schema has a default but takes no
 * null. The error's own text repeats the literals beside it.
 */
export const isLateRefusal = ({ nodes, extensions }: GraphQLError): boolean =>
  extensions.code === undefined && (nodes?.some(({ kind }) => kind === 'Variable' || /Value$/.test(kind)) ?? false)

/** graphql-js's own limit of errors in variables has no code. */
const isVariableLimit = ({ message }: GraphQLError): boolean =>
  message.startsWith('Too many errors processing variables')

/** Converts an error about the request as a whole. Returns null for an unexpected one. */
function toRequestError(error: GraphQLError, messages: ErrorMessages): AppError | null {
  const invalid = (sentence: string) => new AppError('GRAPHQL_VALIDATION_FAILED', { message: sentence })
  const refused = (sentence: string) => new AppError('BAD_USER_INPUT', { message: sentence })
  if (isLateRefusal(error)) return refused(messages.describeLiteral(error))
  if (isVariableLimit(error)) return refused('The variables hold more values that do not fit.')
  // Apollo's own rules keep their name beside the code.
  const { code, validationErrorCode } = error.extensions
  switch (validationErrorCode ?? code) {
    case 'GRAPHQL_PARSE_FAILED': {
      const limit = describeTokenLimit(error)
      return limit ? invalid(limit) : new AppError('GRAPHQL_PARSE_FAILED')
    }
    case 'GRAPHQL_VALIDATION_FAILED':
      return holdsValue(error) ? refused(messages.describeLiteral(error)) : invalid(messages.describeFault(error))
    case 'BAD_USER_INPUT':
      return refused(messages.describeVariable(error))
    case 'BAD_REQUEST':
      return new AppError('BAD_REQUEST')
    case 'OPERATION_RESOLUTION_FAILURE':
      return invalid('The document does not contain exactly the operation to run.')
    case 'INTROSPECTION_DISABLED':
      return invalid('Introspection is turned off.')
    case 'PERSISTED_QUERY_NOT_FOUND':
    case 'PERSISTED_QUERY_NOT_SUPPORTED':
      return new AppError('BAD_REQUEST', { message: 'Persisted queries are not supported.' })
    default:
      return null
  }
}

/** Creates Apollo Server's `formatError`: known errors as they are, anything else masked. */
export function createFormatError(messages: ErrorMessages, isOutage: (error: unknown) => boolean) {
  function toAppError(formatted: GraphQLFormattedError, error: unknown): AppError {
    const cause = unwrapResolverError(error)
    if (cause instanceof AppError) return cause
    if (isOutage(cause)) return new AppError('UNAVAILABLE')
    const isOfRequest = error instanceof GraphQLError && (!formatted.path || isLateRefusal(error))
    return (isOfRequest ? toRequestError(error, messages) : null) ?? new AppError('INTERNAL_SERVER_ERROR')
  }
  return (formatted: GraphQLFormattedError, error: unknown): GraphQLFormattedError => {
    const { message, code, details } = toAppError(formatted, error)
    const { locations, path } = formatted
    return {
      message,
      ...(locations ? { locations } : {}),
      ...(path ? { path } : {}),
      extensions: { code, ...details },
    }
  }
}

/** Tells whether it is an unexpected error, which the log needs to have. */
export const isUnexpected = (error: GraphQLFormattedError): boolean =>
  error.extensions?.code === ERRORS.INTERNAL_SERVER_ERROR.code

const REASONS = Object.keys(ERRORS) as ErrorReason[]

function getStatus(reason: ErrorReason): number {
  const { status, graphqlStatus = status }: { status: number; graphqlStatus?: number } = ERRORS[reason]
  return graphqlStatus
}

/** Chooses the HTTP status of an answer: other than 200 only where no root field has data. */
export function chooseStatus(
  data: Record<string, unknown> | null | undefined,
  errors: readonly GraphQLFormattedError[],
): number {
  if (data && Object.values(data).some((value) => value !== null)) return 200
  const codes = new Set(errors.map(({ extensions }) => extensions?.code))
  const reason = REASONS.find((name) => codes.has(ERRORS[name].code))
  return reason ? getStatus(reason) : 200
}
