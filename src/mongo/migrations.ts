import { LOCALES } from '../locales.ts'
import type { Database } from './database.ts'
import type { UserDocument } from './user-document.ts'

/** What rewrites documents of older versions. It may run again, be cut short, and run while the service does. */
export interface Migration {
  /** What it has done, before the count of documents. */
  readonly done: string
  run(database: Database): Promise<number>
}

/** Nothing waits for these: what they write, this version reads in its place. */
export const MIGRATIONS: readonly Migration[] = [
  {
    done: 'Users who have a language now',
    async run(database) {
      const users = database.collection<UserDocument>('users')
      return (await users.updateMany({ locale: { $exists: false } }, { $set: { locale: LOCALES[0] } })).modifiedCount
    },
  },
]
