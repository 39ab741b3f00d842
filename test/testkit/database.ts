import { type Db, MongoClient, ObjectId } from 'mongodb'
import { inject } from 'vitest'

/** A database of one test, on the server that the run was given, with a direct connection to it. */
export interface TestDatabase {
  /** A connection string that names the database. */
  uri: string
  db: Db
  drop(): Promise<void>
}

function withDatabaseName(uri: string, name: string): string {
  const [, head = '', query = ''] = /^(mongodb(?:\+srv)?:\/\/[^/?]+)(?:\/[^?]*)?(\?.*)?$/.exec(uri) ?? []
  return `${head}/${name}${query}`
}

export async function createTestDatabase(): Promise<TestDatabase> {
  // An ObjectId's own chance: that of node:crypto repeats itself in the explorer's files.
  const name = `gatehouse_${new ObjectId()}`
  const uri = withDatabaseName(inject('mongodbUri'), name)
  const client = await new MongoClient(uri).connect()
  const db = client.db(name)
  return {
    uri,
    db,
    async drop() {
      await db.dropDatabase()
      await client.close()
    },
  }
}
