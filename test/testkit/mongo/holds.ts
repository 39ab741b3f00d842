import type { Document } from 'mongodb'
import type { Match, MongoProxy } from './proxy.ts'

/** Returns the fields that an update sets. */
const readSet = (document: Document): Document => document.updates?.[0]?.u?.$set ?? document.update?.$set ?? {}

const matchUserUpdate = (field: string): Match => ({
  command: 'update',
  collection: 'users',
  where: (document) => field in readSet(document),
})

const matchSessionUpdate = (field: string): Match => ({
  command: 'update',
  collection: 'sessions',
  where: (document) => field in readSet(document),
})

/** The commands at which tests hold an operation. */
export const moments = {
  /** A new session is stored, by a sign-in or a rotation. */
  sessionInsert: {
    command: 'update',
    collection: 'sessions',
    where: (document) => document.updates?.[0]?.upsert === true,
  },
  loginCommit: matchUserUpdate('lastLoginAt'),
  passwordCommit: matchUserUpdate('passwordHash'),
  /** All sessions of a user end. */
  generationCommit: matchUserUpdate('generation'),
  signupCommit: { command: 'insert', collection: 'users' },
  /** The old document of a rotated session is marked replaced. */
  sessionReplacement: matchSessionUpdate('session.replacedAt'),
  lastSeenUpdate: matchSessionUpdate('session.lastSeen'),
  userRead: { command: 'find', collection: 'users', where: (document) => '_id' in document.filter },
  sessionRead: { command: 'find', collection: 'sessions', where: (document) => '_id' in document.filter },
} satisfies Record<string, Match>

/**
 * Starts an operation and resolves once it is held at a command.
 * @throws Error where the operation ends without sending that command
 */
export async function holdAt<T>(proxy: MongoProxy, match: Parameters<MongoProxy['hold']>[0], run: () => Promise<T>) {
  const gate = proxy.hold(match)
  const answer = run()
  const passed = answer.then((early) => {
    throw new Error(`It was not held: ${JSON.stringify(early)}`)
  })
  await Promise.race([gate.reached, passed])
  return { ...gate, answer }
}
