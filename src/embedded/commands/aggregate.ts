import { type Pipeline, parsePipeline } from '../aggregate/pipeline.ts'
import type { Documents } from '../aggregate/stage.ts'
import { CODES, CommandError } from '../errors.ts'
import { readFilter } from '../query/parse-filter.ts'
import { searchRows } from '../query/search.ts'
import { UNSORTED } from '../query/sort.ts'
import type { Engine } from '../storage/engine.ts'
import { PAUSE } from '../storage/rows.ts'
import { compare } from '../values/compare.ts'
import { encodeKey } from '../values/keys.ts'
import { TYPE, type Value } from '../values/value.ts'
import { openCursor, takeRows } from './batch.ts'
import { readBatchSize } from './indexes.ts'
import {
  assertFields,
  type Command,
  getDocument,
  type Reply,
  readCollectionName,
  readCount,
  readDeadline,
  requireArray,
  requireField,
} from './request.ts'

function* startPipeline(engine: Engine, db: string, name: string, { query }: Pipeline): Documents {
  for (const row of searchRows(engine.disk, engine.catalog.get(db, name), query)) yield row === PAUSE ? row : row.value
}

export const aggregate: Command = {
  fields: ['pipeline', 'cursor'],
  run(engine, request) {
    const pipeline = parsePipeline(requireArray(request, 'pipeline'), engine, request.db)
    const name = readCollectionName(request)
    const cursor = getDocument(request, 'cursor')
    if (cursor === undefined) throw new CommandError(CODES.FailedToParse, "The 'cursor' option is required")
    assertFields(cursor, ['batchSize'], 'cursor')
    const start = startPipeline(engine, request.db, name, pipeline)
    const documents = pipeline.stages.reduce((before, stage) => stage(before), start)
    const source = { namespace: `${request.db}.${name}`, documents }
    return openCursor(engine, source, readDeadline(request), readBatchSize(cursor))
  },
}

export const count: Command = {
  fields: ['query', 'skip', 'limit'],
  async run(engine, request): Promise<Reply> {
    const query = {
      filter: readFilter(getDocument(request, 'query'), 'count.query'),
      sort: UNSORTED,
      skip: readCount(request, 'skip', 0),
      limit: readCount(request, 'limit', 0),
    }
    const collection = engine.catalog.get(request.db, readCollectionName(request))
    let n = 0
    await takeRows(searchRows(engine.disk, collection, query), readDeadline(request), () => {
      n++
      return true
    })
    return { n }
  },
}

export const distinct: Command = {
  fields: ['key', 'query'],
  async run(engine, request): Promise<Reply> {
    const key = requireField(request.body, 'key', 'distinct')
    if (key.type !== TYPE.string)
      throw new CommandError(CODES.TypeMismatch, "BSON field 'distinct.key' must be a string")
    const path = key.text.split('.')
    const filter = readFilter(getDocument(request, 'query'), 'distinct.query')
    const collection = engine.catalog.get(request.db, readCollectionName(request))
    const query = { filter, sort: UNSORTED, skip: 0, limit: 0 }
    const values = new Map<string, Value>()
    await takeRows(searchRows(engine.disk, collection, query), readDeadline(request), ({ value: document }) => {
      for (const value of listValues(document, path)) {
        const bytes = encodeKey(value).toString('latin1')
        if (!values.has(bytes)) values.set(bytes, value)
      }
      return true
    })
    return { values: [...values.values()].sort(compare) }
  },
}

/** Lists the values at a path; of arrays on the way and at the end, the elements, one level each. */
function listValues(value: Value, [name, ...rest]: readonly string[]): Value[] {
  if (name === undefined) return value.isArray ? [...value.items] : [value]
  const position = value.isArray && /^\d+$/.test(name) ? value.items[Number(name)] : undefined
  const inner = value.isObject ? value.fields.get(name) : position
  const across = value.isArray
    ? value.items.flatMap((item) => (item.isObject ? listValues(item, [name, ...rest]) : []))
    : []
  return [...across, ...(inner === undefined ? [] : listValues(inner, rest))]
}
