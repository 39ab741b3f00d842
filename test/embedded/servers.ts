import { type Db, MongoClient } from 'mongodb'
import { afterAll, beforeAll, describe } from 'vitest'
import { openServer, type TestServer } from './kit.ts'

const REAL = process.env.MONGODB_URI
const SERVERS = REAL === undefined ? ['the embedded server'] : ['the embedded server', 'a real server']

/** Defines tests for the embedded server and, if MONGODB_URI names one, a real server, in a database of this name. */
export function testOnEachServer(name: string, tests: (db: () => Db) => void): void {
  describe.each(SERVERS)('on %s', (server) => {
    let embedded: TestServer | undefined
    let client: MongoClient
    const db = () => client.db(name)
    beforeAll(async () => {
      embedded = server === 'the embedded server' ? await openServer() : undefined
      client = embedded?.client ?? (await MongoClient.connect(REAL as string))
      await db().dropDatabase()
    })
    afterAll(async () => {
      await db().dropDatabase()
      await (embedded ?? client).close()
    })
    tests(db)
  })
}
