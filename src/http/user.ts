import type { Request, RequestHandler } from 'express'
import { type Asker, isFresh } from '../domain/sessions.ts'
import type { Viewer } from '../model.ts'
import { fail } from './failure.ts'
import { factsOf } from './request-log.ts'

declare global {
  namespace Express {
    interface Request {
      /** Who is asking, behind `requireUser`. */
      viewer?: Viewer
    }
  }
}

/** The guard for plain Express routes. `maxAge`: the user proved who they are within so many seconds. */
export type RequireUser = (options?: { maxAge?: number }) => RequestHandler

/** Makes `requireUser` for routes that the session has been loaded for: 401 without one, `req.viewer` with one. */
export function createRequireUser(askerOf: (request: Request) => Asker, now: () => Date): RequireUser {
  return ({ maxAge } = {}) =>
    async (request, response, next) => {
      const viewer = await askerOf(request).identify()
      if (!viewer) return fail(response, 'UNAUTHENTICATED')
      if (maxAge !== undefined && !isFresh(viewer, maxAge, now())) {
        return fail(response, 'REAUTHENTICATION_REQUIRED', { maxAge })
      }
      request.viewer = viewer
      factsOf(request).userId = viewer.user.id
      next()
    }
}
