/**
 * The threat: connect-mongo's `set` is an upsert and express-session calls it whenever a request that had the session ends.
 * A request that outlives a logout so writes the session back, a second save at a login's end undoes a logout sent between
 * the two, and a `touch` that finds nothing is an error that cuts the connection.
 *
 * The answer: a session is inserted once, by the sign-in that made it, and express-session's own writes do nothing.
 */
import { createHash } from 'node:crypto'
import MongoStore from 'connect-mongo'
import type { SessionData } from 'express-session'
import type { SessionRecord } from '../model.ts'
import type { Database } from './connect.ts'
import type { SessionRecords } from './sessions.ts'

/** The id under which a session is kept: a dump of the database holds no usable cookie. */
export const storageId = (sid: string): string => createHash('sha256').update(sid).digest('hex')

/** Where the record that was read goes along with the session data; no serializer sees it there. */
const RECORD = Symbol('record')
type Loaded = { [RECORD]?: SessionRecord }

type Callback = (error?: unknown) => void

/** connect-mongo's store with the races taken out. */
export class SessionStore extends MongoStore {
  readonly #records: SessionRecords
  readonly #onUnreadable: (id: string) => void

  /** `onUnreadable` hears of a document that cannot be understood; it is removed, and its holder is signed out. */
  constructor(database: Database, records: SessionRecords, onUnreadable: (id: string) => void) {
    super({
      client: database.client,
      dbName: database.name,
      collectionName: 'sessions',
      stringify: false,
      transformId: storageId,
      autoRemove: 'disabled',
    })
    this.#records = records
    this.#onUnreadable = onUnreadable
  }

  /** The record that was read for this request's session data. */
  recordOf(data: object): SessionRecord | undefined {
    return (data as Loaded)[RECORD]
  }

  override get(sid: string, callback: (error: unknown, data?: SessionData | null) => void): void {
    this.#read(sid).then(
      (data) => callback(null, data),
      (error) => callback(error),
    )
  }

  async #read(sid: string): Promise<SessionData | null> {
    const id = storageId(sid)
    const record = await this.#records.byId(id)
    if (record === 'unreadable') {
      this.#onUnreadable(id)
      await this.#records.removeById(id)
      return null
    }
    if (!record) return null
    const data = { cookie: { originalMaxAge: null } } as SessionData
    return Object.assign(data, { [RECORD]: record })
  }

  override createSession(request: Parameters<MongoStore['createSession']>[0], data: SessionData) {
    return Object.assign(super.createSession(request, data), { [RECORD]: (data as Loaded)[RECORD] })
  }

  /** Writes nothing: a session that express-session wants to save has been inserted by its sign-in. */
  override set(_sid: string, _data: SessionData, callback: Callback = () => {}): void {
    callback()
  }

  /** Writes nothing: `identify` moves `lastSeen`. */
  override touch(_sid: string, _data: SessionData, callback: Callback = () => {}): void {
    callback()
  }
}
