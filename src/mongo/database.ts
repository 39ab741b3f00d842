import { setTimeout } from 'node:timers/promises'
import {
  type Collection,
  type CreateIndexesOptions,
  type Db,
  type Document,
  type FindOptions,
  type IndexSpecification,
  MongoClient,
} from 'mongodb'
import type { Logger } from 'pino'
import { startEmbedded } from '../embedded/start.ts'
import { AppError } from '../errors.ts'
import type { Clock } from '../model.ts'
import { SECONDS } from '../units.ts'
import { BatchedReads } from './batched-reads.ts'
import { describeDatabaseError } from './database-errors.ts'

/** Where the database is, as the settings say. */
export type DatabaseAddress =
  | { kind: 'mongodb'; uri: string; name: string; limits?: Partial<typeof LIMITS> }
  | { kind: 'embedded'; directory: string; name: string }

/** The indexes of one collection, created at start. */
export interface CollectionIndexes {
  collection: string
  indexes: { key: IndexSpecification; options?: CreateIndexesOptions }[]
}

/** The driver's limits, so that an answer comes within 5 s though the database is away. */
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
const GUARANTEES = {
  writeConcern: { w: 'majority', journal: true },
  readPreference: 'primary',
} as const

const FIRST_PAUSE_MS = SECONDS / 4
const MAX_PAUSE_MS = 15 * SECONDS
const PING_TIMEOUT_MS = 2 * SECONDS
const CLOSE_TIMEOUT_MS = 2 * SECONDS

/** The operator's way out of an index that cannot be created, by the server's error code. */
const INDEX_ADVICE: Readonly<Record<number, string>> = {
  85: 'an index with the same key and other options exists: drop it',
  86: 'an index with the same name and another key or options exists: drop it',
  11000: 'documents of another application break the unique index: remove them, or use another database',
  13: 'the database user may not create indexes: give it the role readWrite',
}

/** An index that cannot be created: a person has to help, so the log says where and how. */
export class IndexError extends Error {
  override name = 'IndexError'
  readonly details: Record<string, unknown>

  constructor(collection: string, key: IndexSpecification, cause: Error) {
    const { error, code } = describeDatabaseError(cause)
    const advice = INDEX_ADVICE[Number(code)]
    super(`An index of ${collection} cannot be created: ${advice ?? `the database answers ${error} ${code}`}.`, {
      cause,
    })
    this.details = { collection, index: JSON.stringify(key), error, code, advice }
  }
}

/** MongoDB's error code IndexOptionsConflict. */
const OTHER_OPTIONS = 85

/** Whether the service's own index is there, and expires documents after another time. */
async function expiresOtherwise(db: Db, collection: string, key: IndexSpecification): Promise<boolean> {
  const name = Object.entries(key).flat().join('_')
  const index = (await db.collection(collection).indexes()).find((existing) => existing.name === name)
  return index?.expireAfterSeconds !== undefined
}

/** Creates an index. One that expires documents after another time is replaced, as its setting has changed. */
async function createIndex(db: Db, collection: string, key: IndexSpecification, options?: CreateIndexesOptions) {
  try {
    await db.collection(collection).createIndex(key, options)
  } catch (error) {
    const isOther = (error as { code?: unknown }).code === OTHER_OPTIONS && options?.expireAfterSeconds !== undefined
    if (!isOther || !(await expiresOtherwise(db, collection, key))) throw error
    await db.command({ dropIndexes: collection, index: key })
    await db.collection(collection).createIndex(key, options)
  }
}

async function createIndexes(db: Db, wanted: readonly CollectionIndexes[]): Promise<void> {
  for (const { collection, indexes } of wanted) {
    for (const { key, options } of indexes) {
      await createIndex(db, collection, key, options).catch((error) => {
        throw (error as { code?: unknown }).code === undefined ? error : new IndexError(collection, key, error)
      })
    }
  }
}

type Embedded = Awaited<ReturnType<typeof startEmbedded>>

/** One database, embedded or on a server: the rest of the code cannot tell them apart. */
export class Database {
  readonly client: MongoClient
  readonly name: string
  /** Settles when the embedded database has died by itself; never with a server. */
  readonly failed: Promise<Error>
  /** Resolves when the indexes have been created for the first time. */
  readonly prepared: Promise<void>
  readonly #db: Db
  readonly #clock: Clock
  readonly #log: Logger
  readonly #embedded: Embedded | null
  readonly #reads = new Map<string, BatchedReads<Document>>()
  #markPrepared = () => {}
  #isReady = false
  #isClosed = false
  #cancelRetry = () => {}

  constructor(client: MongoClient, name: string, embedded: Embedded | null, clock: Clock, log: Logger) {
    this.client = client
    this.name = name
    this.failed = embedded?.failed ?? new Promise(() => {})
    this.#db = client.db(name)
    this.#clock = clock
    this.#log = log
    this.#embedded = embedded
    this.prepared = new Promise((resolve) => {
      this.#markPrepared = resolve
    })
  }

  /**
   * Returns a collection. Its indexes are there: before that no write may rely on them.
   * @throws AppError UNAVAILABLE while the database has not been reached yet
   */
  collection<T extends Document>(name: string): Collection<T> {
    if (!this.#isReady) throw new AppError('UNAVAILABLE')
    return this.#db.collection<T>(name)
  }

  /** Returns the reads by id of a collection, which all requests share. The options are the first caller's. */
  reads<T extends Document>(name: string, options?: FindOptions): BatchedReads<T> {
    const reads = this.#reads.get(name) ?? new BatchedReads(() => this.collection(name), options)
    this.#reads.set(name, reads)
    return reads as unknown as BatchedReads<T>
  }

  /** Creates the indexes, with growing pauses between tries for as long as the database is away. */
  prepare(indexes: readonly CollectionIndexes[], pauseMs = FIRST_PAUSE_MS): void {
    void this.#tryToPrepare(indexes, pauseMs)
  }

  /**
   * Connects and creates the indexes, once.
   * @throws IndexError, or the driver's error
   */
  async prepareOnce(indexes: readonly CollectionIndexes[]): Promise<void> {
    // Without this the driver never connects again after a first connection that failed.
    await this.client.connect()
    await createIndexes(this.#db, indexes)
    this.#isReady = true
    this.#markPrepared()
  }

  async #tryToPrepare(indexes: readonly CollectionIndexes[], pauseMs: number): Promise<void> {
    try {
      await this.prepareOnce(indexes)
      this.#log.info({ event: 'database.ready' }, 'The database is ready')
    } catch (error) {
      if (this.#isClosed) return
      const details = error instanceof IndexError ? error.details : describeDatabaseError(error as Error)
      const message = error instanceof IndexError ? 'An index cannot be created' : 'The database cannot be used yet'
      this.#log.error({ event: 'database.unavailable', retryInMs: pauseMs, ...details }, message)
      this.#cancelRetry = this.#clock.after(pauseMs, () => this.prepare(indexes, Math.min(2 * pauseMs, MAX_PAUSE_MS)))
    }
  }

  /** Tells whether the database answers now. */
  async isReachable(): Promise<boolean> {
    if (!this.#isReady) return false
    try {
      await this.#db.command({ ping: 1 }, { signal: AbortSignal.timeout(PING_TIMEOUT_MS) })
      return true
    } catch {
      return false
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#cancelRetry()
    // The driver waits without end for a server that has just gone.
    await Promise.race([this.client.close(), setTimeout(CLOSE_TIMEOUT_MS, undefined, { ref: false })])
    await this.#embedded?.close()
  }
}

/** Opens the database. A server may be away at this moment; the embedded database is open when this resolves. */
/** Opens the database. `monitorCommands` makes the driver tell of each command. */
export async function openDatabase(
  address: DatabaseAddress,
  clock: Clock,
  log: Logger,
  { monitorCommands = false } = {},
): Promise<Database> {
  const embedded =
    address.kind === 'embedded' ? await startEmbedded({ directory: address.directory, database: address.name }) : null
  const uri = embedded?.uri ?? (address as { uri: string }).uri
  const limits = { ...LIMITS, ...('limits' in address ? address.limits : {}) }
  return new Database(
    new MongoClient(uri, { ...limits, ...GUARANTEES, monitorCommands }),
    address.name,
    embedded,
    clock,
    log,
  )
}
