import type { Request } from 'express'

/**
 * Something of ours that goes along with a request. It lies on the request itself: a WeakMap of all requests would keep each
 * of them until the next full garbage collection.
 */
export interface Attachment<T> {
  attach(request: Request, value: T): T
  of(request: Request): T | undefined
}

/** A new kind of attachment. */
export function createAttachment<T>(name: string): Attachment<T> {
  const key = Symbol(name)
  return {
    attach: (request, value) => {
      ;(request as unknown as Record<symbol, T>)[key] = value
      return value
    },
    of: (request) => (request as unknown as Record<symbol, T | undefined>)[key],
  }
}
