import { CODES, CommandError, refuse } from '../errors.ts'
import { fromBytes, fromPlain } from '../values/build.ts'
import { toNumber } from '../values/numbers.ts'
import type { Value } from '../values/value.ts'
import { Collection } from './collection.ts'
import type { Disk } from './disk.ts'
import { ID_SPEC, type Index, parseIndex, parseStoredIndex } from './indexes.ts'
import { buildCatalogKey, buildEntryPrefix, buildRecordPrefix, CATALOG_PREFIX, findEnd } from './layout.ts'

/** The collections and their indexes: in memory for use, in the data file for good. */
export class Catalog {
  readonly #disk: Disk
  #collections = new Map<string, Collection>()
  #nextId = 1

  constructor(disk: Disk) {
    this.#disk = disk
    this.load()
  }

  /** Reads everything again, after a transaction was undone. */
  load(): void {
    const before = new Map([...this.#collections.values()].map((each) => [each.id, each]))
    this.#collections = new Map()
    for (const { value } of this.#disk.read({ start: CATALOG_PREFIX, end: findEnd(CATALOG_PREFIX) })) {
      const { fields } = fromBytes(value)
      const [id, db, name, indexes] = ['id', 'db', 'name', 'indexes'].map((each) => fields.get(each) as Value) as [
        Value,
        Value,
        Value,
        Value,
      ]
      const collection = before.get(toNumber(id)) ?? this.#create(toNumber(id), db.text, name.text)
      collection.reload(indexes.items.map(parseStoredIndex))
      this.#collections.set(collection.namespace, collection)
    }
    this.#nextId = Math.max(0, ...[...this.#collections.values()].map(({ id }) => id)) + 1
  }

  get(db: string, name: string): Collection | undefined {
    return this.#collections.get(`${db}.${name}`)
  }

  list(db?: string): Collection[] {
    return [...this.#collections.values()].filter((each) => db === undefined || each.db === db)
  }

  /** Gives the collection, made if it is not there; only in a transaction. */
  require(db: string, name: string): Collection {
    const present = this.get(db, name)
    if (present !== undefined) return present
    assertCollectionName(db, name)
    const collection = this.#create(this.#nextId++, db, name)
    collection.reload([parseIndex(0, ID_SPEC)])
    this.#collections.set(collection.namespace, collection)
    this.save(collection)
    return collection
  }

  /** Writes a collection's entry; only in a transaction. */
  save(collection: Collection): void {
    const { id, db, name } = collection
    const indexes = collection.indexes.map(({ id, spec, multikey, cut }) => ({ id, spec, multikey, cut }))
    this.#disk.put(buildCatalogKey(id), fromPlain({ id, db, name, indexes }).bytes)
  }

  /** Removes a collection with its documents and indexes. */
  drop(collection: Collection): void {
    this.#disk.remove(buildCatalogKey(collection.id))
    this.#disk.removeAll(buildEntryPrefix(collection.id))
    this.#disk.removeAll(buildRecordPrefix(collection.id))
    this.#collections.delete(collection.namespace)
  }

  /** Adds an index, still without entries. */
  addIndex(collection: Collection, spec: Value): Index {
    const index = parseIndex(Math.max(...collection.indexes.map(({ id }) => id)) + 1, spec)
    collection.indexes = [...collection.indexes, index]
    this.save(collection)
    return index
  }

  /** Removes an index with its entries. */
  dropIndex(collection: Collection, index: Index): void {
    collection.indexes = collection.indexes.filter((each) => each !== index)
    this.#disk.removeAll(buildEntryPrefix(collection.id, index.id))
    this.save(collection)
  }

  #create(id: number, db: string, name: string): Collection {
    return new Collection(this.#disk, { id, db, name }, (collection) => this.save(collection))
  }
}

/** Asserts that a collection can have this name. */
export function assertCollectionName(db: string, name: string): void {
  if (name === '' || name.startsWith('.') || name.includes('\0') || name.includes('$'))
    throw new CommandError(CODES.InvalidNamespace, `Invalid collection name: ${name}`)
  if (name.startsWith('system.')) throw refuse(CODES.InvalidNamespace, `Invalid system namespace: ${db}.${name}`)
  if (Buffer.byteLength(`${db}.${name}`) > 255)
    throw new CommandError(CODES.InvalidNamespace, `The namespace ${db}.${name} is longer than 255 bytes`)
}
