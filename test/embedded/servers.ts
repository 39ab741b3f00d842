import { type Db, MongoClient } from 'mongodb'
import { afterAll, beforeAll, describe } from 'vitest'
import { type Home, home } from './kit.ts'

const REAL = process.env.MONGODB_URI
const SERVERS = REAL === undefined ? ['the embedded server'] : ['the embedded server', 'a real server']

/** A block of tests that hold here and, where MONGODB_URI names one, on a real server; on each in a database of this name. */
export function onEachServer(name: string, tests: (db: () => Db) => void): void {
  describe.each(SERVERS)('on %s', (server) => {
    let here: Home | undefined
    let client: MongoClient
    const db = () => client.db(name)
    beforeAll(async () => {
      here = server === 'the embedded server' ? await home() : undefined
      client = here?.client ?? (await MongoClient.connect(REAL as string))
      await db().dropDatabase()
    })
    afterAll(async () => {
      await db().dropDatabase()
      await (here ?? client).close()
    })
    tests(db)
  })
}
