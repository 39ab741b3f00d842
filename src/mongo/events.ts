import { type Filter, ObjectId } from 'mongodb'
import type { Device } from '../model.ts'
import { SECONDS } from '../units.ts'
import type { CollectionIndexes } from './database.ts'
import type { QueryScope } from './query-scope.ts'

/** A security event as it is kept. */
export interface StoredEvent {
  readonly at: Date
  /** The name of the log's event. */
  readonly kind: string
  readonly reason: string | null
  /** Whose account it is about. */
  readonly userId: string | null
  readonly byStaff: boolean
  /** The operator; null for the shell. */
  readonly byUserId: string | null
  /** The session's handle. */
  readonly sessionId: string | null
  readonly device: Device | null
}

export type KeptEvent = StoredEvent & { readonly id: string }

/** Which events a reader asks for. */
export interface EventFilter {
  readonly userId?: string | null
  readonly byUserId?: string | null
  readonly sessionId?: string | null
  readonly kind?: string | null
  readonly since?: Date | null
  readonly until?: Date | null
}

/** A place in the list: events before it are older. */
export interface EventPlace {
  readonly at: Date
  readonly id: string
}

type EventDocument = StoredEvent & { _id: ObjectId }

/** Creates the indexes; events are kept for `retentionMs`. */
export const createEventIndexes = (retentionMs: number): CollectionIndexes => ({
  collection: 'events',
  indexes: [
    { key: { at: 1 }, options: { expireAfterSeconds: Math.ceil(retentionMs / SECONDS) } },
    { key: { userId: 1, at: -1 } },
  ],
})

const toFilter = ({ since, until, ...equal }: EventFilter): Filter<EventDocument> => {
  const given = Object.entries(equal).filter(([, value]) => value !== null && value !== undefined)
  const range = { ...(since ? { $gte: since } : {}), ...(until ? { $lt: until } : {}) }
  return {
    ...Object.fromEntries(given.map(([name, value]) => [name, { $eq: value }])),
    ...(since || until ? { at: range } : {}),
  }
}

/** The security events. */
export class EventCollection {
  readonly #scope: QueryScope

  constructor(scope: QueryScope) {
    this.#scope = scope
  }

  get #events() {
    return this.#scope.collection<EventDocument>('events')
  }

  async insert(event: StoredEvent): Promise<void> {
    await this.#events.insertOne({ _id: new ObjectId(), ...event }, this.#scope.options)
  }

  /** Returns the newest events, or those that are older than a place. */
  async findPage(
    filter: EventFilter,
    { before, limit }: { before: EventPlace | null; limit: number },
  ): Promise<KeptEvent[]> {
    const older: Filter<EventDocument>[] = before
      ? [{ $or: [{ at: { $lt: before.at } }, { at: before.at, _id: { $lt: new ObjectId(before.id) } }] }]
      : []
    const documents = await this.#events
      .find({ $and: [toFilter(filter), ...older] }, this.#scope.options)
      .sort({ at: -1, _id: -1 })
      .limit(limit)
      .toArray()
    return documents.map(({ _id, ...event }) => ({ id: _id.toHexString(), ...event }))
  }
}
