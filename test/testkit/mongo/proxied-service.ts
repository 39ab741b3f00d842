import { createTestDatabase } from '../database.ts'
import { type Service, type ServiceOptions, startService } from '../service.ts'
import type { SeenCommand } from './frames.ts'
import { type MongoProxy, startProxy } from './proxy.ts'

/** A service whose way to its database can be held, cut and failed. */
export interface ProxiedService extends Service {
  proxy: MongoProxy
  /** Connection string to the database, past the proxy. */
  directUri: string
}

/** Starts a proxy before a database of its own, and a service behind it. */
export async function startProxiedService({
  prepare = () => {},
  ...options
}: ServiceOptions & { prepare?: (proxy: MongoProxy) => void } = {}): Promise<ProxiedService> {
  const database = await createTestDatabase()
  const proxy = await startProxy(database.uri)
  prepare(proxy)
  const service = await startService({ ...options, databaseUri: proxy.uri })
  return {
    ...service,
    ...{ proxy, db: database.db, directUri: database.uri },
    async close() {
      proxy.restore()
      await service.close()
      await proxy.close()
      await database.drop()
    },
  }
}

/** Returns the commands that concerned these collections, in order, as in `find users`. */
export const listCommands = (commands: readonly SeenCommand[], ...collections: string[]): string[] =>
  commands
    .filter(({ collection }) => collection !== undefined && collections.includes(collection))
    .map(({ command, collection }) => `${command} ${collection}`)
