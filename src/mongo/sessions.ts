import type { Filter } from 'mongodb'
import type { SessionRecord } from '../model.ts'
import { type CollectionIndexes, type Database, timed } from './connect.ts'

/** What express-session and connect-mongo keep under `session`. */
export interface StoredSession {
  cookie: object
  userId: string
  generation: string
  handle: string
  createdAt: Date
  authenticatedAt: Date
  remembered: boolean
  device: { userAgent: string | null; address: string | null }
}

/** A document of `sessions`. Only `lastSeen`, `expires` and `ended` ever change. */
export interface SessionDocument {
  _id: string
  expires: Date
  lastSeen: Date
  ended: Date | null
  session: StoredSession
}

export const sessionIndexes: CollectionIndexes = {
  collection: 'sessions',
  indexes: [
    { key: { expires: 1 }, options: { expireAfterSeconds: 0 } },
    { key: { 'session.userId': 1, lastSeen: -1 } },
  ],
}

const isText = (value: unknown) => typeof value === 'string' && value !== ''
const isDate = (value: unknown) => value instanceof Date && !Number.isNaN(value.getTime())

const isObject = (value: unknown) => typeof value === 'object' && value !== null
const isTextOrNull = (value: unknown) => typeof value === 'string' || value === null

function isUnderstood({ session, lastSeen, expires, ended }: SessionDocument): boolean {
  if (!isObject(session) || !isObject(session.cookie) || !isObject(session.device)) return false
  const texts = [session.userId, session.generation, session.handle].every(isText)
  const times = [session.createdAt, session.authenticatedAt, lastSeen, expires].every(isDate)
  const device = [session.device.userAgent, session.device.address].every(isTextOrNull)
  return texts && times && device && typeof session.remembered === 'boolean' && (ended === null || isDate(ended))
}

/** The session of a document, or null where the document cannot be understood. */
export function toRecord(document: SessionDocument): SessionRecord | null {
  if (!isUnderstood(document)) return null
  const { _id, expires, lastSeen, ended, session } = document
  const { userId, generation, handle, createdAt, authenticatedAt, remembered, device } = session
  return {
    ...{ id: _id, userId, generation, handle, createdAt, authenticatedAt, remembered },
    ...{ device, lastSeen, expires, ended },
  }
}

const MAX_LISTED = 200
const MAX_TRIMMED = 1000

/** The sessions, by the few queries that the service asks; each write is one atomic step. */
export function createSessionRecords(database: Database) {
  const sessions = () => database.collection<SessionDocument>('sessions')
  const records = (documents: SessionDocument[]) => documents.map(toRecord).filter((record) => record !== null)
  const remove = async (filter: Filter<SessionDocument>): Promise<number> =>
    (await sessions().deleteMany(filter, timed())).deletedCount

  return {
    async byId(id: string): Promise<SessionRecord | 'unreadable' | null> {
      const document = await sessions().findOne({ _id: id }, timed())
      return document ? (toRecord(document) ?? 'unreadable') : null
    },

    async insert({ id, lastSeen, expires, ended, ...session }: SessionRecord, cookie: object): Promise<void> {
      await sessions().insertOne({ _id: id, expires, lastSeen, ended, session: { cookie, ...session } }, timed())
    },

    removeById: (id: string) => remove({ _id: id }),

    /** Moves `lastSeen`, the only thing that moves, from where it was read; a session that is gone stays gone. */
    async touch({ id, lastSeen }: SessionRecord, seen: { lastSeen: Date; expires: Date }): Promise<void> {
      await sessions().updateOne({ _id: id, ended: null, lastSeen }, { $set: seen }, timed())
    },

    /** Makes a live session of this generation a tombstone; false if there is none. */
    async entomb(id: string, generation: string, tomb: { ended: Date; expires: Date }): Promise<boolean> {
      const filter = { _id: id, 'session.generation': generation, ended: null }
      return (await sessions().updateOne(filter, { $set: tomb }, timed())).matchedCount > 0
    },

    /** Removes every session of a user that has the handle: also one that a renewal under way has made. */
    removeByHandle: (userId: string, handle: string) => remove({ 'session.userId': userId, 'session.handle': handle }),

    /** Removes a user's sessions of one generation, but for the one with this id. */
    removeGeneration: (userId: string, generation: string, except?: string) =>
      remove({
        'session.userId': userId,
        'session.generation': generation,
        ...(except ? { _id: { $ne: except } } : {}),
      }),

    removeOfUser: (userId: string) => remove({ 'session.userId': userId }),

    /** A user's sessions of one generation, the most recently seen first; whether they are alive, the law decides. */
    async ofUser(userId: string, generation: string): Promise<SessionRecord[]> {
      const filter = { 'session.userId': userId, 'session.generation': generation, ended: null }
      return records(await sessions().find(filter, timed()).sort({ lastSeen: -1 }).limit(MAX_LISTED).toArray())
    },

    /** Drops the least recently seen of the sessions that live beside this one, so that `most` are left with it. */
    async trim({ id, userId, generation }: SessionRecord, most: number, now: Date): Promise<void> {
      const living = { 'session.generation': generation, ended: null, expires: { $gt: now } }
      const filter = { 'session.userId': userId, _id: { $ne: id }, ...living }
      const surplus = await sessions()
        .find(filter, { projection: { _id: 1 }, ...timed() })
        .sort({ lastSeen: -1 })
        .skip(most - 1)
        .limit(MAX_TRIMMED)
        .toArray()
      if (surplus.length > 0) await remove({ _id: { $in: surplus.map(({ _id }) => _id) } })
    },
  }
}

export type SessionRecords = ReturnType<typeof createSessionRecords>
