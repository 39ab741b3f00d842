import { randomUUID } from 'node:crypto'
import type { CollectionIndexes, Database } from '../../mongo/database.ts'
import { SECONDS } from '../../units.ts'
import type { Finding } from './finding.ts'

const COLLECTION = 'checks'
const MIN_VERSION = 6
/** Sessions and links are measured by the instances' clocks, and documents expire by the database's. */
const MAX_SKEW_MS = 5 * SECONDS

/** What the check of a database works with. */
export interface DatabaseCheck {
  database: Database
  indexes: readonly CollectionIndexes[]
  isEmbedded: boolean
  /** Says why the database cannot be used, without what was sent to it. */
  describeFailure(error: Error): string
}

const describeSkew = (ms: number) => `${(Math.abs(ms) / SECONDS).toFixed(1)} s ${ms > 0 ? 'ahead of' : 'behind'}`

async function checkServer({ database, isEmbedded }: DatabaseCheck): Promise<Finding[]> {
  const db = database.client.db(database.name)
  const [{ version }, before] = [await db.command({ buildInfo: 1 }), Date.now()]
  const { setName, localTime } = await db.command({ hello: 1 })
  const skewMs = new Date(localTime).getTime() - (before + Date.now()) / 2
  const isOld = Number.parseInt(version, 10) < MIN_VERSION
  const kind = isEmbedded ? 'embedded' : setName ? `replica set ${setName}` : 'a single server, which no other replaces'
  return [
    { check: 'database', status: isOld ? 'warning' : 'ok', detail: `MongoDB ${version}, ${kind}` },
    {
      check: 'clock',
      status: Math.abs(skewMs) > MAX_SKEW_MS ? 'warning' : 'ok',
      detail: `the database's clock is ${describeSkew(skewMs)} this machine's`,
    },
  ]
}

async function checkRights({ database }: DatabaseCheck): Promise<Finding> {
  const collection = database.client.db(database.name).collection<{ _id: string; isSeen?: boolean }>(COLLECTION)
  const _id = randomUUID()
  await collection.insertOne({ _id })
  await collection.findOneAndUpdate({ _id }, { $set: { isSeen: true } })
  await collection.deleteOne({ _id })
  return { check: 'rights', status: 'ok', detail: 'the database user may read and write' }
}

async function checkIndexes({ database, indexes }: DatabaseCheck): Promise<Finding> {
  await database.prepareOnce(indexes)
  const count = indexes.reduce((sum, one) => sum + one.indexes.length, 0)
  return { check: 'indexes', status: 'ok', detail: `${count} are there` }
}

/** Checks the database: its version, its clock, what its user may do, and the indexes, which are created where they are missing. */
export async function checkDatabase(check: DatabaseCheck): Promise<Finding[]> {
  const fail = (name: string) => (error: Error) => ({
    ...{ check: name, status: 'failed' as const, detail: check.describeFailure(error) },
  })
  try {
    await check.database.client.connect()
    const server = await checkServer(check)
    const rights = await checkRights(check).catch(fail('rights'))
    const found = await checkIndexes(check).catch(fail('indexes'))
    return [...server, rights, found]
  } catch (error) {
    return [fail('database')(error as Error)]
  }
}
