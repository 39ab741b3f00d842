/**
 * The threat: express-session calls the store's `set` whenever a request that had the session ends, and connect-mongo's `set`
 * is an upsert. A request that outlives a logout so brings the session back; a second save at a login's end undoes a logout
 * sent between the two; and a `touch` that finds nothing is an error that cuts the connection.
 *
 * The answer: connect-mongo reads a session once, when its request arrives, and writes it once, when a sign-in creates it.
 * express-session's own reads and writes do nothing.
 */
import { createHash } from 'node:crypto'
import MongoStore from 'connect-mongo'
import type { SessionData } from 'express-session'
import type { SessionRecord } from '../model.ts'
import type { BatchedReads } from './batched-reads.ts'
import type { Database } from './database.ts'
import { readStoredSession, type SessionDocument } from './session-document.ts'

declare module 'express-session' {
  interface SessionData {
    /** The stored session; null if connect-mongo's field alone does not tell. */
    record?: SessionRecord | null
  }
}

/** Returns the id under which a session is stored: a dump of the database holds no usable cookie. */
export const toStorageId = (sid: string): string => createHash('sha256').update(sid).digest('hex')

/** What connect-mongo stores under `session`. */
function serialize({ cookie, record }: SessionData) {
  if (!record) throw new Error('A session is stored by the sign-in that creates it.')
  const { id: _id, pending, ...stored } = record
  return { cookie, ...stored, ...(pending ? { pending } : {}) }
}

/** What express-session gets of a stored session. It keeps no expiry of its own: the session rules decide. */
function unserialize(stored: unknown): SessionData {
  return { cookie: { originalMaxAge: null }, record: readStoredSession('', stored) }
}

type Callback<T = void> = (error?: unknown, result?: T) => void

function toPromise<T = void>(call: (callback: Callback<T>) => void): Promise<T> {
  return new Promise((resolve, reject) => call((error, result) => (error ? reject(error) : resolve(result as T))))
}

/** Makes connect-mongo's `get` read together with the others of its turn. */
function batchReads<T extends object>(collection: T, reads: BatchedReads<SessionDocument>): T {
  const findOne = ({ _id, ...condition }: { _id: string }) => reads.find(_id, condition)
  return Object.assign(Object.create(collection), { findOne })
}

/** connect-mongo's store without the races. */
export class SessionStore extends MongoStore {
  readonly #toId: (sid: string) => string

  /** `toId` converts the id in the cookie to the one under which the session is stored. */
  constructor(database: Database, toId = toStorageId) {
    super({
      client: database.client,
      dbName: database.name,
      collectionName: 'sessions',
      stringify: false,
      serialize,
      unserialize,
      transformId: toId,
      // The TTL index is created at start, with all the others.
      autoRemove: 'disabled',
    })
    this.#toId = toId
    this.collectionP = this.collectionP.then((collection) => batchReads(collection, database.reads('sessions')))
  }

  /**
   * Reads a session by the id in its cookie: undefined if there is none, null if connect-mongo's field alone does not tell,
   * as in documents of the version before.
   */
  async read(sid: string): Promise<SessionRecord | null | undefined> {
    const data = await toPromise<SessionData | null>((callback) => super.get(sid, callback))
    return data?.record && { ...data.record, id: this.#toId(sid) }
  }

  /** Stores a new session, which the database removes after `expires`. */
  create(sid: string, record: SessionRecord, expires: Date): Promise<void> {
    return toPromise((callback) => super.set(sid, { cookie: { originalMaxAge: null, expires }, record }, callback))
  }

  /** Deletes a session by the id in its cookie. */
  delete(sid: string): Promise<void> {
    return toPromise((callback) => this.destroy(sid, callback))
  }

  /** Finds nothing: the request has read its session already. */
  override get(_sid: string, callback: Callback<SessionData | null>): void {
    callback(null, null)
  }

  /** Writes nothing: the sign-in that created the session has stored it. */
  override set(_sid: string, _data: SessionData, callback: Callback = () => {}): void {
    callback()
  }

  /** Writes nothing: authentication moves `lastSeen`. */
  override touch(_sid: string, _data: SessionData, callback: Callback = () => {}): void {
    callback()
  }
}
