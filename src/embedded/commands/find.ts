import type { Documents } from '../aggregate/stage.ts'
import { CODES, CommandError, refuse } from '../errors.ts'
import { readFilter } from '../query/parse-filter.ts'
import { type Projection, parseProjection } from '../query/project.ts'
import { type Query, type Rows, searchRows } from '../query/search.ts'
import { parseSort } from '../query/sort.ts'
import { PAUSE } from '../storage/rows.ts'
import { toLong } from '../values/build.ts'
import { TYPE, type Value } from '../values/value.ts'
import { FIRST_BATCH, openCursor, readBatch } from './batch.ts'
import {
  type Command,
  getDocument,
  getField,
  type Request,
  readCollectionName,
  readCount,
  readDeadline,
  readFlag,
  requireField,
} from './request.ts'

export const FIND_FIELDS = [
  'filter',
  'sort',
  'projection',
  'skip',
  'limit',
  'singleBatch',
  'batchSize',
  'noCursorTimeout',
]

/** Reads what a find asks for. */
export function readQuery(request: Request): Query {
  return {
    filter: readFilter(getDocument(request, 'filter'), 'find.filter'),
    sort: parseSort(getDocument(request, 'sort')),
    skip: readCount(request, 'skip', 0),
    limit: readCount(request, 'limit', 0),
  }
}

export const find: Command = {
  fields: FIND_FIELDS,
  async run(engine, request) {
    const name = readCollectionName(request)
    if (readFlag(request, 'noCursorTimeout', false))
      throw refuse(CODES.UnknownField, 'noCursorTimeout: true is not supported')
    const rows = searchRows(engine.disk, engine.catalog.get(request.db, name), readQuery(request))
    const documents = projectRows(rows, parseProjection(getDocument(request, 'projection')))
    const size = readCount(request, 'batchSize', FIRST_BATCH)
    const single = readFlag(request, 'singleBatch', false)
    return openCursor(engine, { namespace: `${request.db}.${name}`, documents }, readDeadline(request), size, single)
  },
}

function* projectRows(rows: Rows, projection: Projection): Documents {
  for (const row of rows) yield row === PAUSE ? row : projection(row.value)
}

export const getMore: Command = {
  fields: ['collection', 'batchSize'],
  async run(engine, request) {
    const id = toCursorId(getField(request, 'getMore'))
    const namespace = `${request.db}.${requireField(request.body, 'collection', 'getMore').text}`
    const cursor = engine.cursors.get(id)
    if (cursor === undefined) throw new CommandError(CODES.CursorNotFound, `cursor id ${id} not found`)
    if (cursor.namespace !== namespace)
      throw new CommandError(CODES.Unauthorized, `the cursor is not one of the collection '${namespace}'`)
    const size = readCount(request, 'batchSize', 0) || Number.POSITIVE_INFINITY
    engine.cursors.end(id)
    const { documents, ended } = await readBatch(cursor, size, readDeadline(request))
    if (!ended) engine.cursors.restore(id, cursor)
    return { cursor: { nextBatch: documents, id: toLong(ended ? 0n : id), ns: namespace } }
  },
}

function toCursorId(value: Value | undefined): bigint {
  if (value?.type === TYPE.long) return value.bytes.readBigInt64LE(0)
  throw new CommandError(CODES.TypeMismatch, 'a cursor id must be a long')
}

export const killCursors: Command = {
  fields: ['cursors'],
  run(engine, request) {
    const ids = getField(request, 'cursors')?.items ?? []
    const killed = ids.filter((id) => engine.cursors.end(toCursorId(id)))
    const missing = ids.filter((id) => !killed.includes(id))
    return { cursorsKilled: killed, cursorsNotFound: missing, cursorsAlive: [], cursorsUnknown: [] }
  },
}
