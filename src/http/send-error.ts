import type { Response } from 'express'
import { AppError, ERRORS, type ErrorReason } from '../errors.ts'

/** Answers with an error in the shape of GraphQL's own errors. */
export function sendError(response: Response, reason: ErrorReason | AppError): void {
  const error = typeof reason === 'string' ? new AppError(reason) : reason
  const { code, message, details } = error
  response.req.logFields.outcome = code
  if (details.retryAfter !== undefined) response.set('Retry-After', String(details.retryAfter))
  response.status(ERRORS[error.reason].status).json({ errors: [{ message, extensions: { code, ...details } }] })
}
