import type { Response } from 'express'
import { AppError, ERRORS, type ErrorReason } from '../errors.ts'

const CLIENT_ERRORS: Readonly<Record<number, ErrorReason>> = { 403: 'FORBIDDEN', 404: 'NOT_FOUND' }

/** Answers with the 4xx status that a route of a feature has raised, as http-errors does. */
export function sendClientError(response: Response, status: number): void {
  sendError(response, CLIENT_ERRORS[status] ?? 'REJECTED', status)
}

/** Answers with an error in the shape of GraphQL's own errors. */
export function sendError(response: Response, reason: ErrorReason | AppError, status?: number): void {
  const error = typeof reason === 'string' ? new AppError(reason) : reason
  const { code, message, details } = error
  response.req.logFields.outcome = code
  if (details.retryAfter !== undefined) response.set('Retry-After', String(details.retryAfter))
  response
    .status(status ?? ERRORS[error.reason].status)
    .json({ errors: [{ message, extensions: { code, ...details } }] })
}
