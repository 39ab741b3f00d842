import { CODES, CommandError, refused } from '../errors.ts'
import { filterField } from '../query/filter.ts'
import { PAUSE, type Query } from '../query/find.ts'
import { type Projection, projectionOf } from '../query/project.ts'
import { sortOf } from '../query/sort.ts'
import { rowsFound } from '../storage/engine.ts'
import type { Row } from '../storage/rows.ts'
import { long } from '../values/make.ts'
import { TYPE, type Value } from '../values/value.ts'
import { batchOf, firstBatch } from './batch.ts'
import { boolField, type Command, collectionName, countField, documentField, field, type Request } from './command.ts'
import { sessionOf } from './generic.ts'

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

const FIRST_BATCH = 101

/** When a command must have its answer, on the clock of `performance`. */
export function deadlineOf(request: Request): number {
  const limit = countField(request, 'maxTimeMS', 0)
  return limit === 0 ? Number.POSITIVE_INFINITY : performance.now() + limit
}

/** What a find asks for. */
export function queryOf(request: Request): Query {
  return {
    filter: filterField(documentField(request, 'filter'), 'find.filter'),
    sort: sortOf(documentField(request, 'sort')),
    skip: countField(request, 'skip', 0),
    limit: countField(request, 'limit', 0),
  }
}

export const find: Command = {
  fields: FIND_FIELDS,
  async run(engine, request) {
    const name = collectionName(request)
    if (boolField(request, 'noCursorTimeout', false))
      throw refused(CODES.UnknownField, 'noCursorTimeout: true is not supported')
    const query = queryOf(request)
    const projection = projectionOf(documentField(request, 'projection'))
    const source = {
      namespace: `${request.db}.${name}`,
      session: sessionOf(request),
      rows: projected(rowsFound(engine, engine.catalog.get(request.db, name), query), projection),
    }
    const size = countField(request, 'batchSize', FIRST_BATCH)
    const single = boolField(request, 'singleBatch', false)
    return firstBatch(engine, source, size, single, deadlineOf(request))
  },
}

function* projected(
  rows: Iterable<Row | typeof PAUSE>,
  projection: Projection,
): Generator<Value | typeof PAUSE, undefined> {
  for (const row of rows) yield row === PAUSE ? row : projection(row.value)
}

export const getMore: Command = {
  fields: ['collection', 'batchSize'],
  async run(engine, request) {
    const id = cursorId(field(request, 'getMore') as Value)
    const collection = field(request, 'collection')
    if (collection === undefined)
      throw new CommandError(CODES.MissingField, "BSON field 'getMore.collection' is missing but a required field")
    const cursor = engine.cursors.get(id)
    if (cursor === undefined) throw new CommandError(CODES.CursorNotFound, `cursor id ${id} not found`)
    const namespace = `${request.db}.${collection.text}`
    if (cursor.namespace !== namespace)
      throw new CommandError(
        CODES.Unauthorized,
        `Requested getMore on namespace '${namespace}', but cursor belongs to a different namespace ${cursor.namespace}`,
      )
    refuseForeign(id, cursor.session, sessionOf(request))
    engine.cursors.end(id)
    const { documents, ended } = await batchOf(
      cursor,
      countField(request, 'batchSize', 0) || Number.POSITIVE_INFINITY,
      deadlineOf(request),
    )
    if (!ended) engine.cursors.restore(cursor)
    return { cursor: { nextBatch: documents, id: long(ended ? 0n : id), ns: cursor.namespace } }
  },
}

function cursorId(value: Value): bigint {
  if (value.type === TYPE.long) return value.bytes.readBigInt64LE(0)
  throw new CommandError(CODES.TypeMismatch, "BSON field 'getMore.getMore' is the wrong type, expected type 'long'")
}

function refuseForeign(id: bigint, owner: string, asking: string): void {
  if (owner === asking) return
  const name = (session: string) => (session === '' ? 'no session' : `session ${session}`)
  const code = owner === '' ? 50736 : asking === '' ? 50737 : 50738
  throw new CommandError(
    code,
    `Cannot run getMore on cursor ${id}, which was created in ${name(owner)}, in ${name(asking)}`,
  )
}

export const killCursors: Command = {
  fields: ['cursors'],
  run(engine, request) {
    const ids = field(request, 'cursors')?.items ?? []
    const killed = ids.filter((id) => engine.cursors.end(cursorId(id)))
    return {
      cursorsKilled: killed,
      cursorsNotFound: ids.filter((id) => !killed.includes(id)),
      cursorsAlive: [],
      cursorsUnknown: [],
    }
  },
}
