import type { SessionRecord, User } from '../../src/model.ts'
import type { FactorFields } from '../../src/mongo/factor-document.ts'
import type { LoginChallenge } from '../../src/mongo/login-challenges.ts'
import type { MailJob } from '../../src/mongo/mails.ts'
import type { TokenDocument } from '../../src/mongo/tokens.ts'

/** A mail in the queue. */
export type StoredMail = MailJob & { id: string; createdAt: Date; dueAt: Date; tries: number }

/** A session with the time at which the database may remove it. */
export type StoredSession = SessionRecord & { expires: Date }

/** The collections: values that are replaced and never changed, so that a copy costs nothing. */
export interface Memory {
  users: ReadonlyMap<string, User>
  /** The devices of each user, the most recently used last. */
  devices: ReadonlyMap<string, readonly string[]>
  sessions: ReadonlyMap<string, StoredSession>
  tokens: ReadonlyMap<string, TokenDocument>
  mails: ReadonlyMap<string, StoredMail>
  /** The second factors of each user, which are fields of their document. */
  factors: ReadonlyMap<string, FactorFields>
  challenges: ReadonlyMap<string, LoginChallenge>
}

export const emptyMemory = (): Memory => ({
  users: new Map(),
  devices: new Map(),
  sessions: new Map(),
  tokens: new Map(),
  mails: new Map(),
  factors: new Map(),
  challenges: new Map(),
})

export const withEntry = <T>(collection: ReadonlyMap<string, T>, id: string, document: T): ReadonlyMap<string, T> =>
  new Map(collection).set(id, document)

/** The collection without some documents; the same one where there are none of them. */
export function withoutEntries<T>(collection: ReadonlyMap<string, T>, ids: readonly string[]): ReadonlyMap<string, T> {
  if (!ids.some((id) => collection.has(id))) return collection
  const left = new Map(collection)
  for (const id of ids) left.delete(id)
  return left
}
