import type { Document } from 'mongodb'
import type { Match, MongoProxy } from './proxy.ts'

/** What a command of `update` sets. */
const setBy = (document: Document): Document => document.updates?.[0]?.u?.$set ?? document.update?.$set ?? {}

const settingUser = (field: string): Match => ({
  command: 'update',
  collection: 'users',
  where: (document) => field in setBy(document),
})

/** The moments at which tests hold a verb: the writes that bring it to life. */
export const moments = {
  /** A new session document, of a sign-in or a renewal. */
  insertion: {
    command: 'update',
    collection: 'sessions',
    where: (document) => document.updates?.[0]?.upsert === true,
  },
  loginCommit: settingUser('lastLoginAt'),
  passwordCommit: settingUser('passwordHash'),
  /** The write that ends every session of a user, of revoking all or all others. */
  generationCommit: settingUser('generation'),
  disabling: settingUser('disabledAt'),
  deletion: { command: 'delete', collection: 'users' },
  signupCommit: { command: 'insert', collection: 'users' },
  /** The old session of a renewal becomes a tombstone. */
  tombstone: {
    command: 'update',
    collection: 'sessions',
    where: (document) => 'session.replacedAt' in setBy(document),
  },
  /** A session says that it was seen. */
  touch: { command: 'update', collection: 'sessions', where: (document) => 'session.lastSeen' in setBy(document) },
  /** A user is read by id: the moment of truth of `identify`. */
  userById: { command: 'find', collection: 'users', where: (document) => '_id' in document.filter },
  sessionRead: { command: 'find', collection: 'sessions', where: (document) => '_id' in document.filter },
  reset: { command: 'findAndModify', collection: 'users' },
} satisfies Record<string, Match>

/** Holds a verb at a moment. Where it ends without ever coming there, the test hears of it instead of waiting. */
export async function holdAt<T>(proxy: MongoProxy, moment: Parameters<MongoProxy['hold']>[0], run: () => Promise<T>) {
  const gate = proxy.hold(moment)
  const answer = run()
  const passedBy = answer.then((early) => {
    throw new Error(`It was not held: ${JSON.stringify(early)}`)
  })
  await Promise.race([gate.reached, passedBy])
  return { ...gate, answer }
}
