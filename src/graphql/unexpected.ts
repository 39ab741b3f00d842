import type { GraphQLError, GraphQLFormattedError } from 'graphql'
import type { RequestLogFields } from './context.ts'
import { isUnexpected } from './errors.ts'

type DescribeError = (error: unknown) => Record<string, unknown>

/** Logs the unexpected errors of an answer under the request's id, which the client is told. */
export function logUnexpected(
  describeError: DescribeError,
  { requestId, log }: RequestLogFields,
  errors: readonly GraphQLFormattedError[],
  originals: readonly unknown[] | undefined,
): void {
  errors.forEach((error, index) => {
    if (!isUnexpected(error)) return
    Object.assign(error.extensions ?? {}, { requestId })
    const original = originals?.[index] as GraphQLError | undefined
    const cause = original?.originalError ?? original
    log.error({ event: 'request.failed', ...describeError(cause) }, 'A request failed')
  })
}

/** Returns how a request ended, for its line in the log: the first error's code, or ok. */
export const getOutcome = (errors: readonly GraphQLFormattedError[]) => String(errors[0]?.extensions?.code ?? 'ok')
