import { CODES, CommandError } from '../errors.ts'
import { filterField, matches } from '../query/filter.ts'
import { planOf } from '../query/plan.ts'
import type { Collection } from '../storage/collection.ts'
import { rowsFound } from '../storage/engine.ts'
import { from } from '../values/make.ts'
import { TYPE, type Value } from '../values/value.ts'
import { firstBatch, take } from './batch.ts'
import {
  boolField,
  type Command,
  collectionName,
  documentField,
  field,
  onlyFields,
  type Reply,
  type Request,
} from './command.ts'
import { deadlineOf, FIND_FIELDS, queryOf } from './find.ts'
import { sessionOf } from './generic.ts'
import { batchSize } from './indexes.ts'

export const listCollections: Command = {
  fields: ['filter', 'nameOnly', 'authorizedCollections', 'cursor'],
  run(engine, request) {
    const filter = filterField(documentField(request, 'filter'), 'listCollections.filter')
    const nameOnly = boolField(request, 'nameOnly', false)
    const rows = engine.catalog
      .all(request.db)
      .map((each) => described(each, nameOnly))
      .filter((each) => matches(filter, each))
    const source = { namespace: `${request.db}.$cmd.listCollections`, session: sessionOf(request), rows: rows.values() }
    return firstBatch(engine, source, batchSize(documentField(request, 'cursor')), false, deadlineOf(request))
  },
}

function described(collection: Collection, nameOnly: boolean): Value {
  const { name } = collection
  if (nameOnly) return from({ name, type: 'collection' })
  const idIndex = collection.indexes[0]?.spec ?? null
  return from({ name, type: 'collection', options: {}, info: { readOnly: false }, idIndex })
}

export const drop: Command = {
  fields: [],
  run(engine, request) {
    const name = collectionName(request)
    return engine.writer.once((): Reply => {
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
    return engine.writer.once((): Reply => {
      for (const collection of engine.catalog.all(request.db)) engine.catalog.drop(collection)
      return { dropped: request.db }
    })
  },
}

/** Of a find: which index is read, or that all is scanned, and how much was looked at. */
export const explain: Command = {
  fields: ['verbosity'],
  async run(engine, request) {
    const inner = field(request, 'explain') as Value
    if (!inner.isObject || inner.fields.keys().next().value !== 'find')
      throw new CommandError(CODES.NotImplemented, 'only a find can be explained')
    onlyFields(
      inner,
      ['find', '$db', 'lsid', '$readPreference', 'readConcern', 'maxTimeMS', 'comment', ...FIND_FIELDS],
      'explain',
    )
    const asked: Request = { ...request, name: 'find', body: inner }
    const name = collectionName(asked)
    const query = queryOf(asked)
    const collection = engine.catalog.get(request.db, name)
    const plan = planOf(collection?.indexes ?? [], query.filter, query.sort, query.limit > 0)
    const direction = plan.reverse ? 'backward' : 'forward'
    const stage =
      plan.kind === 'scan'
        ? { stage: 'COLLSCAN', direction }
        : {
            stage: 'FETCH',
            inputStage: {
              stage: 'IXSCAN',
              indexName: plan.index.name,
              keyPattern: plan.index.spec.fields.get('key') as Value,
              direction,
            },
          }
    const winningPlan = plan.sorted ? stage : { stage: 'SORT', inputStage: stage }
    const verbosity = field(request, 'verbosity')
    const queryPlanner = { namespace: `${request.db}.${name}`, winningPlan, rejectedPlans: [] }
    if (verbosity?.type === TYPE.string && verbosity.text === 'queryPlanner') return { queryPlanner }
    let nReturned = 0
    await take(rowsFound(engine, collection, query), deadlineOf(request), () => {
      nReturned++
      return true
    })
    return { queryPlanner, executionStats: { executionSuccess: true, nReturned } }
  },
}
