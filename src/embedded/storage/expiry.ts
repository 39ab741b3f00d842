import { CommandError } from '../errors.ts'
import { toDate } from '../values/build.ts'
import { rankType } from '../values/compare.ts'
import { encodeKey, invertKey } from '../values/keys.ts'
import type { Collection } from './collection.ts'
import type { Engine } from './engine.ts'
import type { Index } from './indexes.ts'
import { buildEntryPrefix, findEnd, readRecord } from './layout.ts'

const BATCH = 500

/** Removes expired documents now and then, in batches that leave others their turn. */
export class Expiry {
  readonly #engine: Engine
  readonly #intervalMs: number
  readonly #fail: (error: unknown) => void
  #timer: NodeJS.Timeout | undefined
  #running: Promise<void> = Promise.resolve()
  #closed = false

  constructor(engine: Engine, intervalMs: number, fail: (error: unknown) => void) {
    this.#engine = engine
    this.#intervalMs = intervalMs
    this.#fail = fail
    this.#schedule()
  }

  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#timer)
    await this.#running
  }

  #schedule(): void {
    if (this.#closed) return
    this.#timer = setTimeout(() => {
      this.#running = this.#sweep().then(() => this.#schedule(), this.#fail)
    }, this.#intervalMs)
  }

  async #sweep(): Promise<void> {
    this.#engine.cursors.endIdle()
    try {
      for (const { db, name, indexes } of this.#engine.catalog.list())
        for (const { expireAfterSeconds, id } of indexes)
          if (expireAfterSeconds !== undefined) while (await this.#removeBatch(db, name, id));
    } catch (error) {
      if (!(error instanceof CommandError && error.isDiskFailure)) throw error
    }
  }

  /** Removes a batch of what has expired; tells whether there may be more. */
  #removeBatch(db: string, name: string, indexId: number): Promise<boolean> {
    const { writer, catalog, disk } = this.#engine
    return writer.run(() => {
      const collection = catalog.get(db, name)
      const index = collection?.indexes.find(({ id }) => id === indexId)
      if (this.#closed || collection === undefined || index === undefined) return false
      const entries = disk.read(buildExpiredRange(collection, index), BATCH)
      for (const { key, value } of entries) {
        const record = readRecord(index.unique ? value : key)
        const expired = collection.read(record)
        if (expired !== undefined) collection.remove(record, expired)
      }
      return entries.length === BATCH
    })
  }
}

/** Builds the range of the dates that have expired; other types do not. */
function buildExpiredRange(collection: Collection, index: Index): { start: Buffer; end: Buffer } {
  const latest = toDate(Date.now() - (index.expireAfterSeconds ?? 0) * 1000)
  const low = Buffer.from([rankType(latest) + 1])
  const high = findEnd(encodeKey(latest))
  const isAscending = index.fields[0]?.direction === 1
  const [start, end] = isAscending ? [low, high] : [findEnd(invertKey(high)), findEnd(invertKey(low))]
  const prefix = buildEntryPrefix(collection.id, index.id)
  return { start: Buffer.concat([prefix, start]), end: Buffer.concat([prefix, end]) }
}
