import type { Database } from './database.ts'
import type { Deadline } from './deadline.ts'
import { EventCollection } from './events.ts'
import { FactorCollection } from './factors.ts'
import { LoginChallengeCollection } from './login-challenges.ts'
import { MailCollection } from './mails.ts'
import { QueryScope } from './query-scope.ts'
import { SessionCollection } from './sessions.ts'
import { TokenCollection } from './tokens.ts'
import { UsedChallengeCollection } from './used-challenges.ts'
import { UserCollection } from './users.ts'

/** A collection's queries, without its private parts: what a stand-in in memory offers, too. */
type Queries<T> = Pick<T, keyof T>

/** The service's collections, as one request or one job uses them. */
export interface Collections {
  readonly users: Queries<UserCollection>
  readonly factors: Queries<FactorCollection>
  readonly loginChallenges: Queries<LoginChallengeCollection>
  readonly usedChallenges: Queries<UsedChallengeCollection>
  readonly sessions: Queries<SessionCollection>
  readonly tokens: Queries<TokenCollection>
  readonly mails: Queries<MailCollection>
  readonly events: Queries<EventCollection>
  /** Returns the same collections with `ms` milliseconds more time, for what follows a commit. */
  extend(ms: number): Collections
}

/** Creates the collections whose queries end at the deadline; without one, the driver's own limits hold. */
export function createCollections(database: Database, deadline?: Deadline): Collections {
  const scope = new QueryScope(database, deadline)
  return {
    users: new UserCollection(scope),
    factors: new FactorCollection(scope),
    loginChallenges: new LoginChallengeCollection(scope),
    usedChallenges: new UsedChallengeCollection(scope),
    sessions: new SessionCollection(scope),
    tokens: new TokenCollection(scope),
    mails: new MailCollection(scope),
    events: new EventCollection(scope),
    extend: (ms) => (deadline ? createCollections(database, deadline.extend(ms)) : createCollections(database)),
  }
}
