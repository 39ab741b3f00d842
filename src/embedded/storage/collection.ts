import { CODES, CommandError } from '../errors.ts'
import { isMatch } from '../query/filter.ts'
import { buildDocument, fromBytes, NULL } from '../values/build.ts'
import { showValue } from '../values/show.ts'
import type { Value } from '../values/value.ts'
import type { Disk } from './disk.ts'
import { buildIndexKeys, type IndexKeys, type Tuple } from './index-keys.ts'
import type { Index } from './indexes.ts'
import { buildEntryPrefix, buildRecordKey, buildRecordPrefix, encodeRecord, findEnd, readRecord } from './layout.ts'

export interface CollectionName {
  readonly id: number
  readonly db: string
  readonly name: string
}

interface IndexEntry {
  readonly key: Buffer
  readonly value: Buffer
}

const NOTHING = Buffer.alloc(0)

/** One collection: its documents in the order of insertion, and the entries of its indexes. Writes only in a transaction. */
export class Collection {
  readonly id: number
  readonly db: string
  readonly name: string
  indexes: readonly Index[] = []
  readonly #disk: Disk
  readonly #save: (collection: Collection) => void
  #nextRecord = 1

  /** `save` writes the catalog entry, when an index has met its first array or long key. */
  constructor(disk: Disk, { id, db, name }: CollectionName, save: (collection: Collection) => void) {
    this.#disk = disk
    this.#save = save
    this.id = id
    this.db = db
    this.name = name
  }

  get namespace(): string {
    return `${this.db}.${this.name}`
  }

  /** Takes the indexes as stored, and finds the last record. */
  reload(indexes: readonly Index[]): void {
    this.indexes = indexes
    const prefix = buildRecordPrefix(this.id)
    const [last] = this.#disk.readKeys({ start: prefix, end: findEnd(prefix), reverse: true }, 1)
    this.#nextRecord = last === undefined ? 1 : readRecord(last) + 1
  }

  read(record: number): Value | undefined {
    const stored = this.#disk.get(buildRecordKey(this.id, record))
    return stored && this.decode(stored)
  }

  /** Reads a document from its bytes; a page that was lost from the file shows as a wrong length. */
  decode(stored: Buffer): Value {
    if (stored.length < 5 || stored.readInt32LE(0) !== stored.length)
      throw new CommandError(
        CODES.UnknownError,
        `a document of ${this.namespace} is damaged on the disk; restore the data file from a backup`,
      )
    return fromBytes(stored)
  }

  insert(value: Value): void {
    const record = this.#nextRecord
    const entries = this.indexes.flatMap((index) => this.#buildEntries(index, value, record))
    this.#nextRecord++
    for (const entry of entries) this.#disk.put(entry.key, entry.value)
    this.#disk.put(buildRecordKey(this.id, record), value.bytes)
  }

  replace(record: number, before: Value, value: Value): void {
    const entries = this.indexes.flatMap((index) => this.#buildEntries(index, value, record))
    const added = new Map(entries.map((entry) => [entry.key.toString('latin1'), entry]))
    for (const key of this.#listEntryKeys(before, record))
      if (!added.delete(key.toString('latin1'))) this.#disk.remove(key)
    for (const entry of added.values()) this.#disk.put(entry.key, entry.value)
    this.#disk.put(buildRecordKey(this.id, record), value.bytes)
  }

  remove(record: number, value: Value): void {
    for (const key of this.#listEntryKeys(value, record)) this.#disk.remove(key)
    this.#disk.remove(buildRecordKey(this.id, record))
  }

  /** Makes the entries of one index for one document. */
  addToIndex(index: Index, record: number, value: Value): void {
    for (const entry of this.#buildEntries(index, value, record)) this.#disk.put(entry.key, entry.value)
  }

  /** Everything is checked here, before anything is written. */
  #buildEntries(index: Index, value: Value, record: number): IndexEntry[] {
    const found = this.#buildKeys(index, value)
    if (found === undefined) return []
    if ((found.multikey && !index.multikey) || (found.cut && !index.cut)) {
      index.multikey ||= found.multikey
      index.cut ||= found.cut
      this.#save(this)
    }
    const prefix = buildEntryPrefix(this.id, index.id)
    return found.keys.map(({ bytes, tuple }) => {
      if (!index.unique) return { key: Buffer.concat([prefix, bytes, encodeRecord(record)]), value: NOTHING }
      const key = Buffer.concat([prefix, bytes])
      const present = this.#disk.get(key)
      if (present !== undefined && readRecord(present) !== record) throw this.#createDuplicateError(index, tuple)
      return { key, value: encodeRecord(record) }
    })
  }

  #listEntryKeys(value: Value, record: number): Buffer[] {
    return this.indexes.flatMap((index) => {
      const prefix = buildEntryPrefix(this.id, index.id)
      const keys = this.#buildKeys(index, value)?.keys ?? []
      return keys.map(({ bytes }) =>
        Buffer.concat(index.unique ? [prefix, bytes] : [prefix, bytes, encodeRecord(record)]),
      )
    })
  }

  #buildKeys(index: Index, value: Value): IndexKeys | undefined {
    if (index.partial !== undefined && !isMatch(index.partial, value)) return undefined
    const found = buildIndexKeys(index.fields, value)
    return index.sparse && found.absent ? undefined : found
  }

  #createDuplicateError(index: Index, tuple: Tuple): CommandError {
    const keyValue = buildDocument(new Map(index.fields.map(({ name }, at) => [name, tuple[at] ?? NULL])))
    return new CommandError(
      CODES.DuplicateKey,
      `E11000 duplicate key error collection: ${this.namespace} index: ${index.name} dup key: ${showValue(keyValue)}`,
      { keyPattern: index.spec.fields.get('key'), keyValue },
    )
  }
}
