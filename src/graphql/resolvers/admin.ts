import { AppError } from '../../errors.ts'
import type { Resolvers } from '../generated.ts'
import { toResult } from '../results.ts'

const PREFIX = 'user:'

const toCursor = (emailCanonical: string): string => Buffer.from(PREFIX + emailCanonical).toString('base64url')

/** @throws AppError BAD_USER_INPUT where the text is no cursor of this list */
function parseCursor(cursor: string | null | undefined): string | null {
  if (cursor == null) return null
  const text = Buffer.from(cursor, 'base64url').toString()
  if (!text.startsWith(PREFIX) || toCursor(text.slice(PREFIX.length)) !== cursor) {
    throw new AppError('BAD_USER_INPUT', { message: 'after must be a cursor of this list.' })
  }
  return text.slice(PREFIX.length)
}

export const adminResolvers: Resolvers = {
  Query: {
    users: async (_parent, { first, after, search }, { services, auth }) => {
      const page = await services.findUsers(auth, { first, after: parseCursor(after), search: search ?? '' })
      const edges = page.users.map((node) => ({ node, cursor: toCursor(node.emailCanonical) }))
      const { hasNextPage, hasPreviousPage } = page
      const [startCursor, endCursor] = [edges.at(0)?.cursor ?? null, edges.at(-1)?.cursor ?? null]
      return { edges, pageInfo: { hasNextPage, hasPreviousPage, startCursor, endCursor } }
    },
    user: (_parent, { id }, { services, auth }) => services.findUser(auth, id),
  },
  Mutation: {
    setUserRoles: async (_parent, { id, roles }, { services, auth }) =>
      toResult(await services.setUserRoles(auth, id, roles)),
    disableUser: async (_parent, { id }, { services, auth }) => toResult(await services.disableUser(auth, id)),
    enableUser: async (_parent, { id }, { services, auth }) => toResult(await services.enableUser(auth, id)),
    revokeUserSessions: async (_parent, { id }, { services, auth }) =>
      toResult(await services.revokeUserSessions(auth, id)),
  },
}
