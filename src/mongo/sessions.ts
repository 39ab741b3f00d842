import type { Filter } from 'mongodb'
import type { SessionRecord } from '../model.ts'
import type { CollectionIndexes } from './database.ts'
import type { QueryScope } from './query-scope.ts'
import { readDocument, type SessionDocument } from './session-document.ts'

export const sessionIndexes: CollectionIndexes = {
  collection: 'sessions',
  indexes: [
    { key: { expires: 1 }, options: { expireAfterSeconds: 0 } },
    { key: { 'session.userId': 1, 'session.lastSeen': -1 } },
  ],
}

const MAX_LISTED = 200
const MAX_TRIMMED = 1000

/** Documents of the version before keep `ended` beside `session`; a missing field equals null. */
const NOT_REPLACED = { 'session.replacedAt': null, ended: null } as const

const sortBySeen = (a: SessionRecord, b: SessionRecord) => b.lastSeen.getTime() - a.lastSeen.getTime()

/** What connect-mongo's store lacks: a session by handle, by generation, its `lastSeen`, its replacement. */
export class SessionCollection {
  readonly #scope: QueryScope

  constructor(scope: QueryScope) {
    this.#scope = scope
  }

  get #sessions() {
    return this.#scope.collection<SessionDocument>('sessions')
  }

  async #delete(filter: Filter<SessionDocument>): Promise<number> {
    return (await this.#sessions.deleteMany(filter, this.#scope.options)).deletedCount
  }

  async #update(filter: Filter<SessionDocument>, change: object): Promise<boolean> {
    return (await this.#sessions.updateOne(filter, change, this.#scope.options)).matchedCount > 0
  }

  /** Returns a session whose stored `expires` is still ahead; null if it is gone or cannot be understood. */
  async findById(id: string, now: Date): Promise<SessionRecord | null> {
    const document = await this.#sessions.findOne({ _id: id, expires: { $gt: now } }, this.#scope.options)
    return document && readDocument(document)
  }

  /** Brings a pending session to life, with its own limits. */
  activate(id: string, expires: Date): Promise<boolean> {
    return this.#update({ _id: id }, { $set: { expires }, $unset: { 'session.pending': '' } })
  }

  /** Moves `lastSeen` from where it was read, and nothing else; a session that is gone stays gone. */
  async touch({ id, lastSeen }: SessionRecord, seen: { lastSeen: Date; expires: Date }): Promise<void> {
    const { expires } = seen
    await this.#update(
      { _id: id, ...NOT_REPLACED, $or: [{ 'session.lastSeen': lastSeen }, { lastSeen }] },
      { $set: { expires, 'session.lastSeen': seen.lastSeen } },
    )
  }

  /** Marks a live session of this generation as replaced. Returns false if there is none. */
  replace(id: string, generation: string, { replacedAt, expires }: Replacement): Promise<boolean> {
    return this.#update(
      { _id: id, 'session.generation': generation, ...NOT_REPLACED },
      { $set: { expires, 'session.replacedAt': replacedAt } },
    )
  }

  /** Deletes every session of a user that has the handle: also one that a rotation under way has made. */
  deleteByHandle(userId: string, handle: string): Promise<number> {
    return this.#delete({ 'session.userId': userId, 'session.handle': handle })
  }

  /** Deletes a user's sessions of one generation, except the one with this id. */
  deleteByGeneration(userId: string, generation: string, exceptId?: string): Promise<number> {
    const except = exceptId ? { _id: { $ne: exceptId } } : {}
    return this.#delete({ 'session.userId': userId, 'session.generation': generation, ...except })
  }

  deleteByUser(userId: string): Promise<number> {
    return this.#delete({ 'session.userId': userId })
  }

  /** Returns a user's sessions of one generation, the most recently seen first. */
  async findByGeneration(userId: string, generation: string, now: Date): Promise<SessionRecord[]> {
    const filter = { 'session.userId': userId, 'session.generation': generation, ...NOT_REPLACED }
    const documents = await this.#sessions
      .find({ ...filter, expires: { $gt: now } }, this.#scope.options)
      .sort({ 'session.lastSeen': -1 })
      .limit(MAX_LISTED)
      .toArray()
    return documents
      .map(readDocument)
      .filter((record) => record !== null)
      .sort(sortBySeen)
  }

  /** Deletes the least recently seen sessions that live beside this one, so that `max` are left with it. */
  async trim({ id, userId, generation }: SessionRecord, max: number, now: Date): Promise<void> {
    const alive = { 'session.generation': generation, 'session.pending': null, ...NOT_REPLACED, expires: { $gt: now } }
    const surplus = await this.#sessions
      .find(
        { 'session.userId': userId, _id: { $ne: id }, ...alive },
        { projection: { _id: 1 }, ...this.#scope.options },
      )
      .sort({ 'session.lastSeen': -1 })
      .skip(max - 1)
      .limit(MAX_TRIMMED)
      .toArray()
    if (surplus.length > 0) await this.#delete({ _id: { $in: surplus.map(({ _id }) => _id) } })
  }
}

/** When a session was replaced, and until when its document stays. */
export interface Replacement {
  replacedAt: Date
  expires: Date
}
