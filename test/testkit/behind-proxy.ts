import type { Db } from 'mongodb'
import { createTestDatabase } from './database.ts'
import type { SeenCommand } from './frames.ts'
import { type MongoProxy, startProxy } from './proxy.ts'
import { type Service, type ServiceOptions, startService } from './service.ts'

/** A service whose way to its database can be held, cut and failed. */
export interface ProxiedService {
  service: Service
  proxy: MongoProxy
  /** The service's database, past service and proxy. */
  db: Db
  /** The database's address, past the proxy. */
  uri: string
  close(): Promise<void>
}

export async function startBehindProxy(options: Omit<ServiceOptions, 'databaseUri'> = {}): Promise<ProxiedService> {
  const database = await createTestDatabase()
  const proxy = await startProxy(database.uri)
  const service = await startService({ ...options, databaseUri: proxy.uri })
  return {
    ...{ service, proxy, db: database.db, uri: database.uri },
    async close() {
      proxy.restore()
      await service.close()
      await proxy.close()
      await database.drop()
    },
  }
}

/** What was asked of these collections, in order, as in `find users`. */
export const askedOf = (commands: readonly SeenCommand[], ...collections: string[]): string[] =>
  commands
    .filter(({ collection }) => collection !== undefined && collections.includes(collection))
    .map(({ command, collection }) => `${command} ${collection}`)
