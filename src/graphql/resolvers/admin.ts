import { BadArgument } from '../../domain/outcomes.ts'
import { answer } from '../answers.ts'
import type { Resolvers } from '../generated.ts'

const PREFIX = 'user:'

const cursorOf = (emailCanonical: string): string => Buffer.from(PREFIX + emailCanonical).toString('base64url')

/** @throws BadArgument where the text is no cursor of ours */
function readCursor(cursor: string | null | undefined): string | null {
  if (cursor == null) return null
  const text = Buffer.from(cursor, 'base64url').toString()
  if (!text.startsWith(PREFIX) || cursorOf(text.slice(PREFIX.length)) !== cursor) {
    throw new BadArgument('after must be a cursor of this list.')
  }
  return text.slice(PREFIX.length)
}

export const adminResolvers: Resolvers = {
  Query: {
    users: async (_parent, { first, after, search }, { administration }) => {
      const page = await administration.page({ first, after: readCursor(after), search: search ?? '' })
      const edges = page.users.map((node) => ({ node, cursor: cursorOf(node.emailCanonical) }))
      const { hasNextPage, hasPreviousPage } = page
      const [startCursor, endCursor] = [edges.at(0)?.cursor ?? null, edges.at(-1)?.cursor ?? null]
      return { edges, pageInfo: { hasNextPage, hasPreviousPage, startCursor, endCursor } }
    },
    user: (_parent, { id }, { administration }) => administration.user(id),
  },
  Mutation: {
    setUserRoles: async (_parent, { id, roles }, { administration, viewer, asker }) =>
      answer(await administration.setRoles(id, roles, viewer, asker)),
    disableUser: async (_parent, { id }, { administration, viewer, asker }) =>
      answer(await administration.disableUser(id, viewer, asker)),
    enableUser: async (_parent, { id }, { administration, viewer, asker }) =>
      answer(await administration.enableUser(id, viewer, asker)),
    revokeUserSessions: async (_parent, { id }, { administration, viewer, asker }) =>
      answer(await administration.revokeUserSessions(id, viewer, asker)),
  },
}
