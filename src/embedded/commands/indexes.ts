import { CODES, CommandError } from '../errors.ts'
import { PAUSE } from '../query/find.ts'
import { checkName, type Index, indexOf } from '../storage/catalog.ts'
import type { Collection } from '../storage/collection.ts'
import { type Engine, rowsFound } from '../storage/engine.ts'
import type { Steps } from '../storage/writer.ts'
import { toNumber } from '../values/numbers.ts'
import { TYPE, type Value } from '../values/value.ts'
import { firstBatch } from './batch.ts'
import { arrayField, type Command, collectionName, documentField, field, type Reply } from './command.ts'
import { deadlineOf } from './find.ts'
import { sessionOf } from './generic.ts'
import { existsAlready, indexSpec } from './index-spec.ts'
import { UNSORTED } from './modify.ts'

const MOST_INDEXES = 64
const TURN = 10

export const createIndexes: Command = {
  fields: ['indexes'],
  run(engine, request) {
    const name = collectionName(request)
    const asked = arrayField(request, 'indexes')
    if (asked === undefined)
      throw new CommandError(CODES.MissingField, "BSON field 'createIndexes.indexes' is missing but a required field")
    if (asked.items.length === 0) throw new CommandError(CODES.BadValue, 'Must specify at least one index to create')
    const specs = asked.items.map(indexSpec)
    checkName(request.db, name)
    return engine.writer
      .run(
        (function* (): Steps<Reply> {
          const created = engine.catalog.get(request.db, name) === undefined
          const collection = engine.catalog.require(request.db, name)
          const before = collection.indexes.length
          const made = add(engine, collection, specs)
          try {
            for (const index of made) yield* build(engine, collection, index.id)
          } catch (error) {
            for (const { id } of made)
              engine.catalog.dropIndex(collection, collection.indexes.find((each) => each.id === id) as Index)
            if (error instanceof CommandError) return failed(error)
            throw error
          }
          const counts = { numIndexesBefore: before, numIndexesAfter: collection.indexes.length }
          return made.length === 0
            ? { ...counts, note: 'all indexes already exist' }
            : {
                ...counts,
                createdCollectionAutomatically: created,
                note: made.length < specs.length ? 'index already exists' : undefined,
              }
        })(),
      )
      .then(thrown)
  },
}

/** An error that is told after the commit of what it left behind. */
interface Failed {
  readonly failed: CommandError
}

function failed(error: CommandError): Reply {
  return { failed: error } as unknown as Reply
}

function thrown(reply: Reply): Reply {
  const { failed } = reply as unknown as Partial<Failed>
  if (failed !== undefined) throw failed
  return reply
}

function add(engine: Engine, collection: Collection, specs: readonly Value[]): Index[] {
  const made: Index[] = []
  for (const spec of specs) {
    if (existsAlready(collection.indexes, spec)) continue
    if (collection.indexes.length >= MOST_INDEXES)
      throw new CommandError(CODES.CannotCreateIndex, `add index fails, too many indexes for ${collection.namespace}`)
    const index = indexOf(engine.catalog.nextIndexId(collection), spec)
    index.building = true
    collection.indexes = [...collection.indexes, index]
    made.push(index)
  }
  if (made.length > 0) engine.catalog.save(collection)
  return made
}

/** Makes the entries for what is there, in turns; what is written meanwhile is entered by the writes themselves. */
function* build(engine: Engine, collection: Collection, id: number): Steps<void> {
  const current = () => {
    const index = collection.indexes.find((each) => each.id === id)
    if (index === undefined || collection.dropped)
      throw new CommandError(CODES.IndexNotFound, 'the index was dropped while it was built')
    return index
  }
  const everything = { filter: { kind: 'and', filters: [] }, sort: UNSORTED, skip: 0, limit: 0 } as const
  let turn = performance.now()
  for (const row of rowsFound(engine, collection, everything)) {
    if (row !== PAUSE) {
      const fresh = collection.read(row.record)
      if (fresh !== undefined) collection.addToIndex(current(), row.record, fresh)
    } else if (performance.now() > turn + TURN) {
      yield
      turn = performance.now()
    }
  }
  current().building = false
  engine.catalog.save(collection)
}

export const listIndexes: Command = {
  fields: ['cursor'],
  run(engine, request) {
    const name = collectionName(request)
    const collection = engine.catalog.get(request.db, name)
    if (collection === undefined)
      throw new CommandError(CODES.NamespaceNotFound, `ns does not exist: ${request.db}.${name}`)
    const rows = collection.indexes.filter(({ building }) => !building).map(({ spec }) => spec)
    const source = { namespace: collection.namespace, session: sessionOf(request), rows: rows.values() }
    return firstBatch(engine, source, batchSize(documentField(request, 'cursor')), false, deadlineOf(request))
  },
}

/** The batch size that a `cursor` field asks for. */
export function batchSize(cursor: Value | undefined): number {
  const size = cursor?.fields.get('batchSize')
  return size?.type === TYPE.int ? size.bytes.readInt32LE(0) : 101
}

export const dropIndexes: Command = {
  fields: ['index'],
  run(engine, request) {
    const name = collectionName(request)
    const which = field(request, 'index')
    if (which === undefined)
      throw new CommandError(CODES.MissingField, "BSON field 'dropIndexes.index' is missing but a required field")
    return engine.writer.once((): Reply => {
      const collection = engine.catalog.get(request.db, name)
      if (collection === undefined)
        throw new CommandError(CODES.NamespaceNotFound, `ns not found ${request.db}.${name}`)
      const nIndexesWas = collection.indexes.length
      for (const index of chosen(collection, which)) engine.catalog.dropIndex(collection, index)
      const all = which.type === TYPE.string && which.text === '*'
      return { nIndexesWas, msg: all ? 'non-_id indexes dropped for collection' : undefined }
    })
  },
}

function chosen(collection: Collection, which: Value): readonly Index[] {
  if (which.type === TYPE.string && which.text === '*') return collection.indexes.filter(({ id }) => id !== 0)
  if (which.isArray) return which.items.flatMap((each) => chosen(collection, each))
  const found = which.isObject
    ? collection.indexes.find(({ spec }) => keyText(spec.fields.get('key') as Value) === keyText(which))
    : collection.indexes.find(({ name }) => which.type === TYPE.string && name === which.text)
  if (found === undefined)
    throw new CommandError(
      CODES.IndexNotFound,
      which.isObject
        ? "can't find index with key"
        : `index not found with name [${which.type === TYPE.string ? which.text : ''}]`,
    )
  if (found.id === 0) throw new CommandError(CODES.InvalidOptions, 'cannot drop _id index')
  return [found]
}

function keyText(key: Value): string {
  return [...key.fields].map(([name, direction]) => `${name} ${toNumber(direction)}`).join()
}
