import type { RequestHandler } from 'express'
import { isFresh } from '../domain/sessions/authentication.ts'
import { AppError } from '../errors.ts'
import type { Viewer } from '../model.ts'

declare global {
  namespace Express {
    interface Request {
      /** Who is signed in, behind `requireUser`. */
      viewer?: Viewer
    }
  }
}

/** The guard for plain Express routes. `maxAge`: the user has given their password within so many seconds. */
export type RequireUser = (options?: { maxAge?: number }) => RequestHandler

/** Creates `requireUser`: 401 without a session, 403 without a fresh one, else `request.viewer`. */
export function createRequireUser(now: () => Date): RequireUser {
  return ({ maxAge } = {}) =>
    async (request, _response, next) => {
      const viewer = await request.auth.authenticate()
      if (!viewer) throw new AppError('UNAUTHENTICATED')
      request.logFields.userId = viewer.user.id
      if (maxAge !== undefined && !isFresh(viewer, maxAge, now())) {
        throw new AppError('REAUTHENTICATION_REQUIRED', { maxAge })
      }
      request.viewer = viewer
      next()
    }
}
