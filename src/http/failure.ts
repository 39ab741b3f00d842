import type { Response } from 'express'
import { factsOf } from './request-log.ts'

/** What fails before GraphQL, by the codes of the contract. */
const FAILURES = {
  NOT_FOUND: [404, 'There is nothing at this path.'],
  METHOD_NOT_ALLOWED: [405, 'This method is not allowed here: the Allow header names those that are.'],
  TOO_LARGE: [413, 'The request is larger than 32 KiB.'],
  UNSUPPORTED: [415, 'A request is application/json in UTF-8, and not compressed.'],
  MALFORMED: [400, 'The request is malformed: it must be JSON in UTF-8.'],
  UNAUTHENTICATED: [401, 'You are not signed in.'],
  REAUTHENTICATION_REQUIRED: [403, 'Prove again who you are: use the reauthenticate mutation.'],
  UNAVAILABLE: [503, 'The service is not available at the moment. Nothing was done.'],
  INTERNAL_SERVER_ERROR: [500, 'Something went wrong.'],
} as const

export type FailureKind = keyof typeof FAILURES

const CODES: Partial<Record<FailureKind, string>> = {
  METHOD_NOT_ALLOWED: 'BAD_REQUEST',
  TOO_LARGE: 'BAD_REQUEST',
  UNSUPPORTED: 'BAD_REQUEST',
  MALFORMED: 'BAD_REQUEST',
}

/** Answers with a failure in the shape of GraphQL's own errors. */
export function fail(response: Response, kind: FailureKind, facts: Record<string, unknown> = {}): void {
  const [status, message] = FAILURES[kind]
  const code = CODES[kind] ?? kind
  factsOf(response.req).outcome = code
  response.status(status).json({ errors: [{ message, extensions: { code, ...facts } }] })
}
