import { setTimeout } from 'node:timers/promises'
import {
  type Abortable,
  type Collection,
  type CreateIndexesOptions,
  type Db,
  type Document,
  type IndexSpecification,
  MongoClient,
  MongoError,
  MongoServerError,
  type OperationOptions,
} from 'mongodb'
import type { Logger } from 'pino'
import { startEmbedded } from '../embedded/start.ts'
import { type Clock, Unavailable } from '../model.ts'
import { SECONDS } from '../units.ts'
import { currentSignal } from './deadline.ts'

/** Which database, by the settings. */
export type DatabaseAddress =
  | { kind: 'mongodb'; uri: string; name: string; limits?: Partial<typeof LIMITS> }
  | { kind: 'embedded'; directory: string; name: string }

/** The indexes of one collection, made at start. */
export interface CollectionIndexes {
  collection: string
  indexes: { key: IndexSpecification; options?: CreateIndexesOptions }[]
}

/** One database, whichever it is: the rest of the code cannot tell. */
export interface Database {
  readonly client: MongoClient
  readonly name: string
  /**
   * A collection, once its indexes are there: before that no write may rely on them.
   * @throws Unavailable while the database has not been reached yet
   */
  collection<T extends Document>(name: string): Collection<T>
  /** Makes the indexes, trying again with growing pauses for as long as the database is away. */
  prepare(indexes: CollectionIndexes[]): void
  /** Resolves once the first preparation is done; for the shell's commands and for tests. */
  readonly prepared: Promise<void>
  /** Whether the database answers now. */
  answers(): Promise<boolean>
  /** Settles when the embedded database has died by itself; never with a server. */
  readonly failed: Promise<Error>
  close(): Promise<void>
}

/** Limits of the driver, so that no answer takes 5 s though the database is away (contract.md). */
const LIMITS = {
  serverSelectionTimeoutMS: 2 * SECONDS,
  connectTimeoutMS: 2 * SECONDS,
  socketTimeoutMS: 2 * SECONDS,
  waitQueueTimeoutMS: 1 * SECONDS,
  maxPoolSize: 50,
  retryWrites: true,
  ignoreUndefined: false,
}

/** What "acknowledged" means: on the disks of the majority, read back from the primary. */
const PROMISES = {
  writeConcern: { w: 'majority', journal: true },
  readPreference: 'primary',
} as const

const LONGEST_PAUSE = 15 * SECONDS
const PING_DEADLINE = 2 * SECONDS
const LONGEST_LEAVE = 2 * SECONDS

/** Is it the database that failed, whatever the way? Any error of the driver is: what the code expects, it has caught. */
export const isDatabaseError = (error: unknown): error is Error =>
  error instanceof MongoError ||
  (error instanceof Error &&
    (error.name === 'AbortError' || error.name === 'TimeoutError' || error.name.startsWith('BSON')))

/** Did the write fail for a unique key that is taken? */
export const isDuplicateKey = (error: unknown) => error instanceof MongoServerError && error.code === 11000

/** The code of an error, or of what caused it: the driver keeps why a server cannot be reached below its own errors. */
function codeOf(error: unknown): string | number | undefined {
  if (!(error instanceof Error)) return undefined
  const { code } = error as { code?: unknown }
  return typeof code === 'number' || typeof code === 'string' ? code : codeOf(error.cause)
}

/** What may be logged of a database error: never its text, which can hold the whole command. */
export const describeDatabaseError = (error: Error) => ({ error: error.name, code: codeOf(error) })

/** The limits of one operation: it ends with the request it belongs to. */
export function timed(): OperationOptions & Abortable {
  const signal = currentSignal()
  return signal ? { signal } : {}
}

async function makeIndexes(db: Db, wanted: CollectionIndexes[]): Promise<void> {
  for (const { collection, indexes } of wanted) {
    for (const { key, options } of indexes) await db.collection(collection).createIndex(key, options)
  }
}

/** Opens the database. With a server it gives at once, reachable or not; the embedded one is open when this resolves. */
export async function connect(address: DatabaseAddress, clock: Clock, log: Logger): Promise<Database> {
  const embedded =
    address.kind === 'embedded' ? await startEmbedded({ directory: address.directory, database: address.name }) : null
  const client = new MongoClient(embedded?.uri ?? (address as { uri: string }).uri, {
    ...LIMITS,
    ...('limits' in address ? address.limits : {}),
    ...PROMISES,
  })
  const db = client.db(address.name)
  let ready = false
  let closed = false
  let calledOff = () => {}
  let nowPrepared = () => {}
  const prepared = new Promise<void>((resolve) => {
    nowPrepared = resolve
  })

  async function prepare(indexes: CollectionIndexes[], pause: number): Promise<void> {
    try {
      // By hand, since after a first connection that failed the driver's own way there stays closed for good.
      await client.connect()
      await makeIndexes(db, indexes)
      ready = true
      nowPrepared()
      log.info({ event: 'database.ready' }, 'The database is ready')
    } catch (error) {
      if (closed) return
      log.error(
        { event: 'database.unavailable', retryInMs: pause, ...describeDatabaseError(error as Error) },
        'The database cannot be used yet',
      )
      calledOff = clock.after(pause, () => void prepare(indexes, Math.min(2 * pause, LONGEST_PAUSE)))
    }
  }

  return {
    client,
    name: address.name,
    prepared,
    failed: embedded?.failed ?? new Promise(() => {}),
    prepare: (indexes) => void prepare(indexes, SECONDS / 4),
    collection<T extends Document>(name: string) {
      if (!ready) throw new Unavailable('The database has not been reached yet.')
      return db.collection<T>(name)
    },
    async answers() {
      if (!ready) return false
      try {
        await db.command({ ping: 1 }, { signal: AbortSignal.timeout(PING_DEADLINE) })
        return true
      } catch {
        return false
      }
    },
    async close() {
      closed = true
      calledOff()
      // Of a server that has just gone the driver takes leave without end.
      await Promise.race([client.close(), setTimeout(LONGEST_LEAVE, undefined, { ref: false })])
      await embedded?.close()
    },
  }
}
