import type { Abortable, Collection, Document, OperationOptions } from 'mongodb'
import type { Database } from './database.ts'
import type { Deadline } from './deadline.ts'

/** The database as one request uses it: each of its queries ends with the request. */
export class QueryScope {
  readonly database: Database
  readonly deadline: Deadline | undefined

  constructor(database: Database, deadline?: Deadline) {
    this.database = database
    this.deadline = deadline
  }

  collection<T extends Document>(name: string): Collection<T> {
    return this.database.collection<T>(name)
  }

  /** Settles as `read` does, but no later than the request's deadline: a batch of several requests has none of its own. */
  bind<T>(read: Promise<T>): Promise<T> {
    return this.deadline ? this.deadline.race(read) : read
  }

  /** The options that every query carries. */
  get options(): OperationOptions & Abortable {
    return this.deadline ? { signal: this.deadline.signal } : {}
  }
}
