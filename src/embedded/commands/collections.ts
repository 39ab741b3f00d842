import { existsSync } from 'node:fs'
import { isAbsolute } from 'node:path'
import { CODES, CommandError } from '../errors.ts'
import { isMatch } from '../query/filter.ts'
import { readFilter } from '../query/parse-filter.ts'
import { planQuery } from '../query/plan.ts'
import { searchRows } from '../query/search.ts'
import type { Collection } from '../storage/collection.ts'
import { fromPlain } from '../values/build.ts'
import { TYPE, type Value } from '../values/value.ts'
import { openCursor, takeRows } from './batch.ts'
import { FIND_FIELDS, readQuery } from './find.ts'
import { readBatchSize } from './indexes.ts'
import {
  assertFields,
  type Command,
  GENERIC_FIELDS,
  getDocument,
  getField,
  type Reply,
  type Request,
  readCollectionName,
  readDeadline,
  readFlag,
} from './request.ts'

export const listCollections: Command = {
  fields: ['filter', 'nameOnly', 'authorizedCollections', 'cursor'],
  run(engine, request) {
    const filter = readFilter(getDocument(request, 'filter'), 'listCollections.filter')
    const nameOnly = readFlag(request, 'nameOnly', false)
    const all = engine.catalog.list(request.db).map((each) => describeCollection(each, nameOnly))
    const documents = all.filter((each) => isMatch(filter, each)).values()
    const source = { namespace: `${request.db}.$cmd.listCollections`, documents }
    return openCursor(engine, source, readDeadline(request), readBatchSize(getDocument(request, 'cursor')))
  },
}

function describeCollection({ name, indexes }: Collection, nameOnly: boolean): Value {
  if (nameOnly) return fromPlain({ name, type: 'collection' })
  const idIndex = indexes[0]?.spec ?? null
  return fromPlain({ name, type: 'collection', options: {}, info: { readOnly: false }, idIndex })
}

export const drop: Command = {
  fields: [],
  run(engine, request) {
    const name = readCollectionName(request)
    return engine.writer.run((): Reply => {
      const collection = engine.catalog.get(request.db, name)
      if (collection === undefined) throw new CommandError(CODES.NamespaceNotFound, 'ns not found')
      engine.catalog.drop(collection)
      return { nIndexesWas: collection.indexes.length, ns: collection.namespace }
    })
  },
}

export const dropDatabase: Command = {
  fields: [],
  run(engine, request) {
    return engine.writer.run((): Reply => {
      for (const collection of engine.catalog.list(request.db)) engine.catalog.drop(collection)
      return { dropped: request.db }
    })
  },
}

/** Explains a find: which index is read, or that everything is scanned. */
export const explain: Command = {
  fields: ['verbosity'],
  async run(engine, request) {
    const inner = getField(request, 'explain')
    if (inner?.isObject !== true || inner.fields.keys().next().value !== 'find')
      throw new CommandError(CODES.NotImplemented, 'only a find can be explained')
    assertFields(inner, ['find', ...GENERIC_FIELDS, ...FIND_FIELDS], 'explain')
    const asked: Request = { ...request, name: 'find', body: inner }
    const collection = engine.catalog.get(request.db, readCollectionName(asked))
    const query = readQuery(asked)
    const plan = planQuery(collection?.indexes ?? [], query.filter, query.sort, query.limit > 0)
    const direction = plan.reverse ? 'backward' : 'forward'
    const inputStage = plan.kind === 'index' && { stage: 'IXSCAN', indexName: plan.index.name, direction }
    const stage = inputStage ? { stage: 'FETCH', inputStage } : { stage: 'COLLSCAN', direction }
    const winningPlan = plan.sorted ? stage : { stage: 'SORT', inputStage: stage }
    const queryPlanner = { namespace: `${request.db}.${readCollectionName(asked)}`, winningPlan, rejectedPlans: [] }
    const verbosity = getField(request, 'verbosity')
    if (verbosity?.type === TYPE.string && verbosity.text === 'queryPlanner') return { queryPlanner }
    let nReturned = 0
    await takeRows(searchRows(engine.disk, collection, query), readDeadline(request), () => {
      nReturned++
      return true
    })
    return { queryPlanner, executionStats: { executionSuccess: true, nReturned } }
  },
}

/** Our own: copies the data file as it is at one moment, while others go on. Never over a file that is there. */
export const embeddedBackup: Command = {
  fields: [],
  async run(engine, request) {
    const path = getField(request, 'embeddedBackup')
    if (path?.type !== TYPE.string || !isAbsolute(path.text))
      throw new CommandError(CODES.BadValue, 'embeddedBackup takes an absolute path')
    if (existsSync(path.text)) throw new CommandError(CODES.BadValue, `${path.text} exists already`)
    await engine.disk.copy(path.text)
    return {}
  },
}
