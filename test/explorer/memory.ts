import type { SessionRecord, User } from '../../src/model.ts'
import type { MailJob } from '../../src/mongo/mails.ts'
import type { TokenDocument } from '../../src/mongo/tokens.ts'

/** A mail in the queue. */
export type StoredMail = MailJob & { id: string; createdAt: Date; dueAt: Date; tries: number }

/** The four collections, as values that are replaced and never changed, so that a copy is cheap. */
export interface Memory {
  users: Map<string, User>
  sessions: Map<string, SessionRecord>
  tokens: Map<string, TokenDocument>
  mails: Map<string, StoredMail>
}

export const emptyMemory = (): Memory => ({
  users: new Map(),
  sessions: new Map(),
  tokens: new Map(),
  mails: new Map(),
})

export const copyOf = ({ users, sessions, tokens, mails }: Memory): Memory => ({
  users: new Map(users),
  sessions: new Map(sessions),
  tokens: new Map(tokens),
  mails: new Map(mails),
})
