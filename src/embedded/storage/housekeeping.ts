import { rank } from '../values/compare.ts'
import { complement, keyOf } from '../values/key.ts'
import { date } from '../values/make.ts'
import type { Index } from './catalog.ts'
import type { Collection } from './collection.ts'
import type { Engine } from './engine.ts'
import { after, DROPPED_PREFIX, entriesPrefix, entryPrefix, recordIn, recordPrefix } from './layout.ts'
import type { Steps } from './writer.ts'

const BATCH = 500

/** Removes expired documents and clears what was dropped, now and then, in batches that leave others their turn. */
export class Housekeeping {
  readonly #engine: Engine
  readonly #every: number
  readonly #fail: (error: unknown) => void
  #timer: NodeJS.Timeout | undefined
  #running: Promise<void> = Promise.resolve()
  #closed = false

  constructor(engine: Engine, every: number, fail: (error: unknown) => void) {
    this.#engine = engine
    this.#every = every
    this.#fail = fail
    this.#plan()
  }

  #plan(): void {
    if (this.#closed) return
    this.#timer = setTimeout(() => {
      this.#running = this.#sweep().then(() => this.#plan(), this.#fail)
    }, this.#every)
  }

  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#timer)
    await this.#running
  }

  async #sweep(): Promise<void> {
    try {
      this.#engine.cursors.sweep()
      for (const collection of this.#engine.catalog.all())
        for (const index of collection.indexes)
          if (index.expireAfter !== undefined && !index.building)
            await this.#engine.writer.run(this.#expire(collection, index))
      await this.#engine.writer.run(this.#clear())
    } catch (error) {
      if (!isOfDisk(error)) throw error
    }
  }

  *#expire(collection: Collection, index: Index): Steps<void> {
    const last = Date.now() - (index.expireAfter as number) * 1000
    const prefix = entryPrefix(collection.id, index.id)
    const range = rangeUpTo(prefix, last, index.fields[0]?.direction ?? 1)
    while (!this.#closed && !collection.dropped) {
      const entries = this.#engine.disk.read(range, BATCH)
      for (const { key, value } of entries) {
        const record = recordIn(index.unique ? value : key)
        const expired = collection.read(record)
        if (expired !== undefined) collection.remove(record, expired)
      }
      if (entries.length < BATCH) return
      yield
    }
  }

  *#clear(): Steps<void> {
    const { disk } = this.#engine
    for (const dropped of disk.keys({ start: DROPPED_PREFIX, end: after(DROPPED_PREFIX) }, Number.MAX_SAFE_INTEGER)) {
      const collection = dropped.readUInt32BE(2)
      const prefixes =
        dropped.length > 6
          ? [entryPrefix(collection, dropped.readUInt16BE(6))]
          : [entriesPrefix(collection), recordPrefix(collection)]
      for (const prefix of prefixes)
        for (;;) {
          const keys = disk.keys({ start: prefix, end: after(prefix) }, BATCH)
          for (const key of keys) disk.remove(key)
          if (keys.length < BATCH) break
          if (this.#closed) return
          yield
        }
      disk.remove(dropped)
    }
  }
}

function isOfDisk(error: unknown): boolean {
  return [14031, 37, 39].includes((error as { code?: number }).code ?? 0)
}

/** The keys of dates up to a moment; other types do not expire. */
function rangeUpTo(prefix: Buffer, moment: number, direction: 1 | -1): { start: Buffer; end: Buffer } {
  const latest = date(moment)
  const low = Buffer.from([rank(latest) + 1])
  const high = after(keyOf(latest))
  const [start, end] = direction === 1 ? [low, high] : [after(complement(high)), after(complement(low))]
  return { start: Buffer.concat([prefix, start]), end: Buffer.concat([prefix, end]) }
}
