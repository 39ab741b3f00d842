import type { Collection, Document, Filter, FindOptions, WithId } from 'mongodb'

interface Caller<T> {
  resolve(document: WithId<T> | null): void
  reject(error: unknown): void
}

/** What one query asks for. */
interface Batch<T> {
  filter: Filter<T>
  readonly callers: Map<string, { id: unknown; waiting: Caller<T>[] }>
}

/**
 * Reads documents by id. What is asked for in one turn of the event loop goes to the database as one query, since with many
 * requests at once a query for each costs more CPU than the rest of the request. The query is sent after the last was asked
 * for, so each answer is as fresh as one of its own.
 */
export class BatchedReads<T extends Document> {
  readonly #getCollection: () => Collection<T>
  readonly #options: FindOptions
  #batch: Batch<T> | null = null

  constructor(getCollection: () => Collection<T>, options: FindOptions = {}) {
    this.#getCollection = getCollection
    this.#options = options
  }

  /** Returns the document of an id that meets `condition`, which all callers of one turn share. */
  find(id: { toString(): string }, condition: Filter<T> = {}): Promise<WithId<T> | null> {
    return new Promise((resolve, reject) => {
      const batch = this.#open()
      batch.filter = condition
      const found = batch.callers.get(id.toString()) ?? { id, waiting: [] }
      batch.callers.set(id.toString(), found)
      found.waiting.push({ resolve, reject })
    })
  }

  #open(): Batch<T> {
    if (this.#batch) return this.#batch
    const batch: Batch<T> = { filter: {}, callers: new Map() }
    this.#batch = batch
    setImmediate(() => {
      this.#batch = null
      void this.#answer(batch)
    })
    return batch
  }

  async #answer({ filter, callers }: Batch<T>): Promise<void> {
    const reads = [...callers.values()]
    try {
      const documents = await this.#read(
        reads.map(({ id }) => id),
        filter,
      )
      const byId = new Map(documents.map((document) => [String(document._id), document]))
      for (const [id, { waiting }] of callers) for (const { resolve } of waiting) resolve(byId.get(id) ?? null)
    } catch (error) {
      for (const { waiting } of reads) for (const { reject } of waiting) reject(error)
    }
  }

  #read(ids: unknown[], filter: Filter<T>): Promise<WithId<T>[]> {
    const _id = ids.length === 1 ? ids[0] : { $in: ids }
    const options = { ...this.#options, limit: ids.length, singleBatch: true }
    return this.#getCollection()
      .find({ ...filter, _id } as Filter<T>, options)
      .toArray()
  }
}
