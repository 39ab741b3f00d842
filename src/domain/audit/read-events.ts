import { AppError } from '../../errors.ts'
import type { EventFilter, EventPlace, KeptEvent } from '../../mongo/events.ts'
import type { Deps } from '../deps.ts'
import type { RequestAuth } from '../sessions/request-auth.ts'

export const MAX_EVENTS_PER_PAGE = 100

export interface EventPage {
  events: readonly KeptEvent[]
  hasNextPage: boolean
  hasPreviousPage: boolean
}

export interface EventPageInput {
  first: number
  /** The page starts after this event. */
  after: EventPlace | null
}

async function readPage(
  { db }: RequestAuth,
  filter: EventFilter,
  { first, after }: EventPageInput,
): Promise<EventPage> {
  if (first < 1 || first > MAX_EVENTS_PER_PAGE) {
    throw new AppError('BAD_USER_INPUT', { message: `first must be from 1 to ${MAX_EVENTS_PER_PAGE}.` })
  }
  const found = await db.events.findPage(filter, { before: after, limit: first + 1 })
  return { events: found.slice(0, first), hasNextPage: found.length > first, hasPreviousPage: after !== null }
}

/** Returns what happened to the viewer's account, the newest first. It does not name the operator. */
export async function findActivity(_deps: Deps, auth: RequestAuth, input: EventPageInput): Promise<EventPage> {
  const page = await readPage(auth, { userId: auth.requireViewer().user.id }, input)
  return { ...page, events: page.events.map((event) => ({ ...event, byUserId: null })) }
}

/** Returns what happened to all accounts, the newest first. */
export const findEvents = (
  _deps: Deps,
  auth: RequestAuth,
  { filter, ...input }: EventPageInput & { filter: EventFilter },
): Promise<EventPage> => readPage(auth, filter, input)
