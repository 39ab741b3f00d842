import { CODES, CommandError, refuse } from '../errors.ts'
import { EVERYTHING } from '../query/filter.ts'
import { UNSORTED } from '../query/sort.ts'
import { assertCollectionName } from '../storage/catalog.ts'
import type { Collection } from '../storage/collection.ts'
import type { Engine } from '../storage/engine.ts'
import type { Index } from '../storage/indexes.ts'
import { toNumber } from '../values/numbers.ts'
import { TYPE, type Value } from '../values/value.ts'
import { FIRST_BATCH, openCursor } from './batch.ts'
import { findExisting, parseIndexSpec } from './index-spec.ts'
import {
  type Command,
  getDocument,
  type Reply,
  readCollectionName,
  readDeadline,
  requireArray,
  requireField,
} from './request.ts'
import { findRows } from './writes.ts'

const MAX_INDEXES = 64

export const createIndexes: Command = {
  fields: ['indexes'],
  run(engine, request) {
    const name = readCollectionName(request)
    const asked = requireArray(request, 'indexes')
    if (asked.length === 0) throw new CommandError(CODES.BadValue, 'Must specify at least one index to create')
    const specs = asked.map(parseIndexSpec)
    assertCollectionName(request.db, name)
    return engine.writer.run((): Reply => {
      const isNew = engine.catalog.get(request.db, name) === undefined
      const collection = engine.catalog.require(request.db, name)
      const numIndexesBefore = collection.indexes.length
      for (const spec of specs) if (!findExisting(collection.indexes, spec)) buildIndex(engine, collection, spec)
      const counts = { numIndexesBefore, numIndexesAfter: collection.indexes.length }
      const made = counts.numIndexesAfter - numIndexesBefore
      if (made === 0) return { ...counts, note: 'all indexes already exist' }
      const note = made < specs.length ? 'index already exists' : undefined
      return { ...counts, createdCollectionAutomatically: isNew, note }
    })
  },
}

function buildIndex(engine: Engine, collection: Collection, spec: Value): void {
  if (collection.indexes.length >= MAX_INDEXES)
    throw new CommandError(CODES.CannotCreateIndex, `too many indexes for ${collection.namespace}`)
  const everything = { filter: EVERYTHING, sort: UNSORTED, skip: 0, limit: 0 }
  const rows = findRows(engine, collection, everything)
  const index = engine.catalog.addIndex(collection, spec)
  for (const { record, value } of rows) collection.addToIndex(index, record, value)
}

export const listIndexes: Command = {
  fields: ['cursor'],
  run(engine, request) {
    const name = readCollectionName(request)
    const collection = engine.catalog.get(request.db, name)
    if (collection === undefined)
      throw new CommandError(CODES.NamespaceNotFound, `ns does not exist: ${request.db}.${name}`)
    const documents = collection.indexes.map(({ spec }) => spec).values()
    const size = readBatchSize(getDocument(request, 'cursor'))
    return openCursor(engine, { namespace: collection.namespace, documents }, readDeadline(request), size)
  },
}

/** Reads the batch size in a `cursor` field. */
export function readBatchSize(cursor: Value | undefined): number {
  const size = cursor?.fields.get('batchSize')
  return size?.type === TYPE.int ? size.bytes.readInt32LE(0) : FIRST_BATCH
}

export const dropIndexes: Command = {
  fields: ['index'],
  run(engine, request) {
    const name = readCollectionName(request)
    const which = requireField(request.body, 'index', 'dropIndexes')
    return engine.writer.run((): Reply => {
      const collection = engine.catalog.get(request.db, name)
      if (collection === undefined)
        throw new CommandError(CODES.NamespaceNotFound, `ns not found ${request.db}.${name}`)
      const nIndexesWas = collection.indexes.length
      const isAll = which.type === TYPE.string && which.text === '*'
      const dropped = isAll ? collection.indexes.filter(({ id }) => id !== 0) : [requireIndex(collection, which)]
      for (const index of dropped) engine.catalog.dropIndex(collection, index)
      return { nIndexesWas, msg: isAll ? 'non-_id indexes dropped for collection' : undefined }
    })
  },
}

function requireIndex({ indexes }: Collection, which: Value): Index {
  if (which.isArray) throw refuse(CODES.NotImplemented, 'dropping several indexes by their names is not supported')
  const found = indexes.find(({ name, spec }) =>
    which.isObject
      ? toKeyText(spec.fields.get('key') as Value) === toKeyText(which)
      : which.type === TYPE.string && name === which.text,
  )
  if (found === undefined) throw new CommandError(CODES.IndexNotFound, 'index not found')
  if (found.id === 0) throw new CommandError(CODES.InvalidOptions, 'cannot drop _id index')
  return found
}

function toKeyText(key: Value): string {
  return [...key.fields].map(([name, direction]) => `${name} ${toNumber(direction)}`).join()
}
