import type { RequestHandler } from 'express'
import { sendError } from './send-error.ts'

/** Refuses every method but those named, and tells them (RFC 9110, section 15.5.6). */
export function allowMethods(...methods: readonly string[]): RequestHandler {
  return (request, response, next) => {
    if (methods.includes(request.method)) return next()
    response.set('Allow', methods.join(', '))
    sendError(response, 'METHOD_NOT_ALLOWED')
  }
}

/**
 * Refuses a request with two Host lines, or none where HTTP/1.1 asks for one: a proxy in front may have gone by the other
 * (RFC 9112, section 3.2).
 */
export const requireOneHost: RequestHandler = (request, response, next) => {
  const hosts = request.headersDistinct.host ?? []
  const isMissing = hosts.length === 0 && request.httpVersion !== '1.0'
  if (hosts.length > 1 || isMissing) return sendError(response, 'MALFORMED_REQUEST')
  next()
}
