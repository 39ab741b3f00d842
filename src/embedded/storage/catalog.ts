import { CODES, CommandError, refused } from '../errors.ts'
import { type Filter, filterOf } from '../query/filter.ts'
import { fieldPathOf, type Path } from '../query/path.ts'
import { document, from, int, raw } from '../values/make.ts'
import { toNumber } from '../values/numbers.ts'
import type { Value } from '../values/value.ts'
import { Collection } from './collection.ts'
import type { Disk } from './disk.ts'
import { after, CATALOG_PREFIX, catalogKey, droppedKey } from './layout.ts'

export interface IndexField {
  readonly name: string
  readonly path: Path
  readonly direction: 1 | -1
}

/** An index as it is kept; `multikey` and `cut` say what its entries have met so far. */
export interface Index {
  readonly id: number
  readonly name: string
  /** As it was asked for, and as listIndexes gives it. */
  readonly spec: Value
  readonly fields: readonly IndexField[]
  readonly unique: boolean
  readonly sparse: boolean
  readonly partial: Filter | undefined
  /** Seconds behind a date, where documents expire. */
  readonly expireAfter: number | undefined
  multikey: boolean
  cut: boolean
  /** Entries are being made: it is written to, and not read. */
  building: boolean
}

/** Reads an index from its specification document. */
export function indexOf(id: number, spec: Value): Index {
  const field = (name: string) => spec.fields.get(name)
  const fields: IndexField[] = []
  for (const [name, direction] of (field('key') as Value).fields)
    fields.push({ name, path: fieldPathOf(name), direction: toNumber(direction) < 0 ? -1 : 1 })
  const partial = field('partialFilterExpression')
  const expire = field('expireAfterSeconds')
  return {
    id,
    name: (field('name') as Value).text,
    spec,
    fields,
    unique: id === 0 || field('unique')?.bytes[0] === 1,
    sparse: field('sparse')?.bytes[0] === 1,
    partial: partial === undefined ? undefined : filterOf(partial),
    expireAfter: expire === undefined ? undefined : toNumber(expire),
    multikey: false,
    cut: false,
    building: false,
  }
}

const ID_SPEC = from({ v: 2, key: { _id: 1 }, name: '_id_' })

/** The collections and their indexes: in memory for use, in the data file for good. */
export class Catalog {
  readonly #disk: Disk
  #collections = new Map<string, Collection>()
  #nextId = 1

  constructor(disk: Disk) {
    this.#disk = disk
    this.load()
  }

  /** Reads all again, after a transaction was undone. */
  load(): void {
    const before = new Map([...this.#collections.values()].map((each) => [each.id, each]))
    this.#collections = new Map()
    for (const { value } of this.#disk.read(
      { start: CATALOG_PREFIX, end: after(CATALOG_PREFIX) },
      Number.MAX_SAFE_INTEGER,
    )) {
      const stored = raw(value)
      const id = toNumber(stored.fields.get('id') as Value)
      const indexes = (stored.fields.get('indexes') as Value).items.map(storedIndex)
      const collection =
        before.get(id) ?? new Collection(this.#disk, this, id, text(stored, 'db'), text(stored, 'name'))
      collection.reload(indexes)
      this.#collections.set(collection.namespace, collection)
    }
    const numbers = [...this.#collections.values()].map(({ id }) => id)
    for (const key of this.#disk.keys(
      { start: droppedKey(0), end: after(Buffer.from([0, 2])) },
      Number.MAX_SAFE_INTEGER,
    ))
      numbers.push(key.readUInt32BE(2))
    this.#nextId = Math.max(0, ...numbers) + 1
  }

  get(db: string, name: string): Collection | undefined {
    return this.#collections.get(`${db}.${name}`)
  }

  all(db?: string): Collection[] {
    return [...this.#collections.values()].filter((each) => db === undefined || each.db === db)
  }

  /** The collection, made if it is not there; only in a transaction. */
  require(db: string, name: string): Collection {
    const there = this.get(db, name)
    if (there !== undefined) return there
    checkName(db, name)
    const collection = new Collection(this.#disk, this, this.#nextId++, db, name)
    collection.reload([indexOf(0, ID_SPEC)])
    this.#collections.set(collection.namespace, collection)
    this.save(collection)
    return collection
  }

  /** Writes a collection's entry; only in a transaction. */
  save(collection: Collection): void {
    const indexes = collection.indexes.map(({ id, spec, multikey, cut, building }) =>
      from({ id, spec, multikey, cut, building }),
    )
    const stored = document(
      new Map([
        ['id', int(collection.id)],
        ['db', from(collection.db)],
        ['name', from(collection.name)],
        ['indexes', from(indexes)],
      ]),
    )
    this.#disk.put(catalogKey(collection.id), stored.bytes)
  }

  /** A number that no index of the collection has, nor one whose entries are still being cleared. */
  nextIndexId(collection: Collection): number {
    const prefix = droppedKey(collection.id)
    const clearing = this.#disk
      .keys({ start: prefix, end: after(prefix) }, Number.MAX_SAFE_INTEGER)
      .map((key) => key.readUInt16BE(prefix.length))
    return Math.max(...clearing, ...collection.indexes.map(({ id }) => id)) + 1
  }

  /** Takes a collection away at once; its records are cleared later. */
  drop(collection: Collection): void {
    this.#disk.remove(catalogKey(collection.id))
    this.#disk.put(droppedKey(collection.id), Buffer.from([1]))
    this.#collections.delete(collection.namespace)
    collection.dropped = true
  }

  /** Takes an index away at once; its entries are cleared later. */
  dropIndex(collection: Collection, index: Index): void {
    collection.indexes = collection.indexes.filter((each) => each !== index)
    this.#disk.put(droppedKey(collection.id, index.id), Buffer.from([1]))
    this.save(collection)
  }
}

function storedIndex(stored: Value): Index {
  const index = indexOf(toNumber(stored.fields.get('id') as Value), stored.fields.get('spec') as Value)
  const flag = (name: string) => stored.fields.get(name)?.bytes[0] === 1
  return Object.assign(index, { multikey: flag('multikey'), cut: flag('cut'), building: flag('building') })
}

function text(stored: Value, name: string): string {
  return (stored.fields.get(name) as Value).text
}

/** Refuses names that no collection can have. */
export function checkName(db: string, name: string): void {
  const namespace = `${db}.${name}`
  if (name === '' || name.startsWith('.') || name.includes('\0') || name.includes('$'))
    throw new CommandError(CODES.InvalidNamespace, `Invalid collection name: ${name}`)
  if (name.startsWith('system.')) throw refused(CODES.InvalidNamespace, `Invalid system namespace: ${namespace}`)
  if (Buffer.byteLength(namespace) > 255)
    throw new CommandError(
      CODES.InvalidNamespace,
      `Fully qualified namespace is too long. Namespace: ${namespace} Max: 255`,
    )
}
