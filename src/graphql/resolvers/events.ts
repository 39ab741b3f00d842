import type { EventPage } from '../../domain/audit/read-events.ts'
import { AppError } from '../../errors.ts'
import type { EventPlace } from '../../mongo/events.ts'
import type { Resolvers } from '../generated.ts'

const CURSOR = /^event:(\d{1,15}):([0-9a-f]{24})$/

const toCursor = ({ at, id }: EventPlace): string => Buffer.from(`event:${at.getTime()}:${id}`).toString('base64url')

/** @throws AppError BAD_USER_INPUT where the text is no cursor of this list */
function parseCursor(cursor: string | null | undefined): EventPlace | null {
  if (cursor == null) return null
  const [, time = '', id = ''] = CURSOR.exec(Buffer.from(cursor, 'base64url').toString()) ?? []
  const place = { at: new Date(Number(time)), id }
  if (id === '' || toCursor(place) !== cursor) {
    throw new AppError('BAD_USER_INPUT', { message: 'after must be a cursor of this list.' })
  }
  return place
}

function toConnection({ events, hasNextPage, hasPreviousPage }: EventPage) {
  const edges = events.map((node) => ({ node, cursor: toCursor(node) }))
  const [startCursor, endCursor] = [edges.at(0)?.cursor ?? null, edges.at(-1)?.cursor ?? null]
  return { edges, pageInfo: { hasNextPage, hasPreviousPage, startCursor, endCursor } }
}

export const eventResolvers: Resolvers = {
  Query: {
    activity: async (_parent, { first, after }, { services, auth }) =>
      toConnection(await services.findActivity(auth, { first, after: parseCursor(after) })),
    events: async (_parent, { first, after, filter }, { services, auth }) =>
      toConnection(await services.findEvents(auth, { first, after: parseCursor(after), filter: filter ?? {} })),
  },
}
