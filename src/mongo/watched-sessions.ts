import { ObjectId } from 'mongodb'
import type { SessionRecord, User } from '../model.ts'
import type { QueryScope } from './query-scope.ts'
import { readDocument, type SessionDocument } from './session-document.ts'
import { fromDocument, type UserDocument, WITHOUT_LISTS } from './user-document.ts'

/** A session as a stream follows it, whatever the value of its cookie. */
export interface SessionKey {
  readonly userId: string
  readonly handle: string
}

/** What one read tells of many sessions. */
export interface WatchedState {
  readonly sessions: readonly SessionRecord[]
  readonly users: ReadonlyMap<string, User>
}

/** Reads the sessions of many streams, then their users, whose documents decide: two queries, however many there are. */
export async function readWatchedSessions(scope: QueryScope, keys: readonly SessionKey[]): Promise<WatchedState> {
  const userIds = [...new Set(keys.map(({ userId }) => userId))]
  const handles = [...new Set(keys.map(({ handle }) => handle))]
  const sessions = await scope
    .collection<SessionDocument>('sessions')
    .find({ 'session.userId': { $in: userIds }, 'session.handle': { $in: handles } }, scope.options)
    .toArray()
  const users = await scope
    .collection<UserDocument>('users')
    .find({ _id: { $in: userIds.map((id) => new ObjectId(id)) } }, { ...WITHOUT_LISTS, ...scope.options })
    .toArray()
  return {
    sessions: sessions.map(readDocument).filter((record) => record !== null),
    users: new Map(users.map(fromDocument).map((user) => [user.id, user])),
  }
}
