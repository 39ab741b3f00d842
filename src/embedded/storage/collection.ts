import { crc32 } from 'node:zlib'
import { CODES, CommandError } from '../errors.ts'
import { matches } from '../query/filter.ts'
import { document, NULL, raw } from '../values/make.ts'
import { show } from '../values/show.ts'
import type { Value } from '../values/value.ts'
import type { Catalog, Index } from './catalog.ts'
import type { Disk } from './disk.ts'
import { keysOf, type Tuple } from './index-keys.ts'
import { after, entryPrefix, recordBytes, recordIn, recordKey, recordPrefix } from './layout.ts'

/** One collection: its records in the order of insertion, and the entries of its indexes. Writes only in a transaction. */
export class Collection {
  readonly id: number
  readonly db: string
  readonly name: string
  indexes: readonly Index[] = []
  dropped = false
  readonly #disk: Disk
  readonly #catalog: Catalog
  #nextRecord = 1

  constructor(disk: Disk, catalog: Catalog, id: number, db: string, name: string) {
    this.#disk = disk
    this.#catalog = catalog
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
    const prefix = recordPrefix(this.id)
    const [last] = this.#disk.keys({ start: prefix, end: after(prefix), reverse: true }, 1)
    this.#nextRecord = last === undefined ? 1 : recordIn(last) + 1
  }

  /** The document of a record, checked against its checksum. */
  read(record: number): Value | undefined {
    const stored = this.#disk.get(recordKey(this.id, record))
    return stored && this.decode(stored)
  }

  decode(stored: Buffer): Value {
    const bytes = stored.subarray(4)
    if (stored.readUInt32BE(0) !== crc32(bytes))
      throw new CommandError(
        CODES.UnknownError,
        `a record of ${this.namespace} is damaged on the disk; restore the data file from a backup`,
      )
    return raw(bytes)
  }

  /** The record that an index with unique keys has under a key. */
  lookup(index: Index, key: Buffer): number | undefined {
    const value = this.#disk.get(Buffer.concat([entryPrefix(this.id, index.id), key]))
    return value === undefined ? undefined : recordIn(value)
  }

  insert(value: Value): number {
    const record = this.#nextRecord
    const entries = this.#entries(value, record)
    this.#nextRecord++
    for (const { key, bytes } of entries) this.#disk.put(key, bytes)
    this.#store(record, value)
    return record
  }

  replace(record: number, before: Value, value: Value): void {
    const entries = this.#entries(value, record)
    const kept = new Set(entries.map(({ key }) => key.toString('latin1')))
    for (const key of this.#entryKeys(before, record)) if (!kept.delete(key.toString('latin1'))) this.#disk.remove(key)
    for (const { key, bytes } of entries) if (kept.has(key.toString('latin1'))) this.#disk.put(key, bytes)
    this.#store(record, value)
  }

  remove(record: number, value: Value): void {
    for (const key of this.#entryKeys(value, record)) this.#disk.remove(key)
    this.#disk.remove(recordKey(this.id, record))
  }

  /** Makes the entries of one index for one record. */
  addToIndex(index: Index, record: number, value: Value): void {
    for (const { key, bytes } of this.#entriesIn(index, value, record)) this.#disk.put(key, bytes)
  }

  #store(record: number, value: Value): void {
    const bytes = value.bytes
    const stored = Buffer.allocUnsafe(bytes.length + 4)
    stored.writeUInt32BE(crc32(bytes))
    stored.set(bytes, 4)
    this.#disk.put(recordKey(this.id, record), stored)
  }

  #entries(value: Value, record: number) {
    return this.indexes.flatMap((index) => this.#entriesIn(index, value, record))
  }

  /** All is checked here, before anything is written. */
  #entriesIn(index: Index, value: Value, record: number): { key: Buffer; bytes: Buffer }[] {
    const found = this.#keys(index, value)
    if (found === undefined) return []
    if ((found.multikey && !index.multikey) || (found.cut && !index.cut)) {
      index.multikey ||= found.multikey
      index.cut ||= found.cut
      this.#catalog.save(this)
    }
    const prefix = entryPrefix(this.id, index.id)
    return found.keys.map(({ bytes: each, tuple }) => {
      if (!index.unique) return { key: Buffer.concat([prefix, each, recordBytes(record)]), bytes: Buffer.alloc(0) }
      const key = Buffer.concat([prefix, each])
      const there = this.#disk.get(key)
      if (there !== undefined && recordIn(there) !== record) throw this.#duplicate(index, tuple)
      return { key, bytes: recordBytes(record) }
    })
  }

  #entryKeys(value: Value, record: number): Buffer[] {
    return this.indexes.flatMap((index) => {
      const prefix = entryPrefix(this.id, index.id)
      const keys = this.#keys(index, value)?.keys ?? []
      return keys.map(({ bytes }) =>
        Buffer.concat(index.unique ? [prefix, bytes] : [prefix, bytes, recordBytes(record)]),
      )
    })
  }

  #keys(index: Index, value: Value) {
    if (index.partial !== undefined && !matches(index.partial, value)) return undefined
    const found = keysOf(index.fields, value)
    return index.sparse && found.absent ? undefined : found
  }

  #duplicate(index: Index, tuple: Tuple): CommandError {
    const keyValue = document(new Map(index.fields.map(({ name }, at) => [name, tuple[at] ?? NULL])))
    return new CommandError(
      CODES.DuplicateKey,
      `E11000 duplicate key error collection: ${this.namespace} index: ${index.name} dup key: ${show(keyValue)}`,
      { keyPattern: index.spec.fields.get('key'), keyValue },
    )
  }
}
