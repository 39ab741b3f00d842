import { CODES, CommandError } from '../errors.ts'
import { readFilter } from '../query/parse-filter.ts'
import { UNSORTED } from '../query/sort.ts'
import { assertCollectionName } from '../storage/catalog.ts'
import type { Collection } from '../storage/collection.ts'
import type { Engine } from '../storage/engine.ts'
import { parseUpdate } from '../update/update.ts'
import { fromPlain } from '../values/build.ts'
import { readWholeNumber } from '../values/numbers.ts'
import type { Value } from '../values/value.ts'
import { prepareDocument } from './document.ts'
import {
  assertFields,
  type Command,
  type Reply,
  type Request,
  readCollectionName,
  readFlag,
  requireField,
  requireStatements,
  toBoolean,
} from './request.ts'
import { findRows, insertUpserted, runStatements, updateRow } from './writes.ts'

export const insert: Command = {
  fields: ['documents', 'ordered'],
  run(engine, request) {
    const name = readCollectionName(request)
    const documents = requireStatements(request, 'documents')
    const ordered = readFlag(request, 'ordered', true)
    assertCollectionName(request.db, name)
    return engine.writer.run((): Reply => {
      let n = 0
      const writeErrors = runStatements(documents, ordered, (value) => {
        const prepared = prepareDocument(value)
        engine.catalog.require(request.db, name).insert(prepared)
        n++
      })
      return { n, writeErrors }
    })
  },
}

export const DELETE_FIELDS = ['q', 'limit']

export const deleteCommand: Command = {
  fields: ['deletes', 'ordered'],
  run(engine, request) {
    const name = readCollectionName(request)
    const deletes = requireStatements(request, 'deletes').map((statement) => {
      assertFields(statement, DELETE_FIELDS, 'delete.deletes')
      return { statement, limit: readLimit(statement) }
    })
    const ordered = readFlag(request, 'ordered', true)
    return engine.writer.run((): Reply => {
      let n = 0
      const collection = engine.catalog.get(request.db, name)
      const writeErrors = runStatements(deletes, ordered, ({ statement, limit }) => {
        const filter = readFilter(statement.fields.get('q'), 'delete.deletes.q')
        for (const { record, value } of findRows(engine, collection, { filter, sort: UNSORTED, skip: 0, limit })) {
          collection?.remove(record, value)
          n++
        }
      })
      return { n, writeErrors }
    })
  },
}

function readLimit(statement: Value): 0 | 1 {
  const limit = readWholeNumber(requireField(statement, 'limit', 'delete.deletes'), 'delete.deletes.limit')
  if (limit !== 0 && limit !== 1)
    throw new CommandError(CODES.FailedToParse, `The limit field in delete objects must be 0 or 1. Got ${limit}`)
  return limit
}

export const UPDATE_FIELDS = ['q', 'u', 'upsert', 'multi']

interface Tally {
  n: number
  nModified: number
  readonly upserted: Value[]
}

export const update: Command = {
  fields: ['updates', 'ordered'],
  run(engine, request) {
    const name = readCollectionName(request)
    const statements = requireStatements(request, 'updates').map(parseStatement)
    const ordered = readFlag(request, 'ordered', true)
    return engine.writer.run((): Reply => {
      const tally: Tally = { n: 0, nModified: 0, upserted: [] }
      const writeErrors = runStatements(statements, ordered, (statement, index) =>
        runUpdate(engine, request, name, statement, index, tally),
      )
      return { ...tally, upserted: tally.upserted.length === 0 ? undefined : tally.upserted, writeErrors }
    })
  },
}

interface Statement {
  readonly query: Value
  readonly spec: Value
  readonly multi: boolean
  readonly upsert: boolean
}

function parseStatement(value: Value): Statement {
  assertFields(value, UPDATE_FIELDS, 'update.updates')
  const readOption = (field: string) => {
    const given = value.fields.get(field)
    return given !== undefined && toBoolean(given, `update.updates.${field}`)
  }
  const query = requireField(value, 'q', 'update.updates')
  const spec = requireField(value, 'u', 'update.updates')
  if (!spec.isObject && !spec.isArray)
    throw new CommandError(CODES.FailedToParse, 'Update argument must be either an object or an array')
  return { query, spec, multi: readOption('multi'), upsert: readOption('upsert') }
}

function runUpdate(
  engine: Engine,
  { db }: Request,
  name: string,
  statement: Statement,
  index: number,
  tally: Tally,
): void {
  const filter = readFilter(statement.query, 'update.updates.q')
  const change = parseUpdate(statement.spec, filter, statement.multi)
  const collection = engine.catalog.get(db, name)
  const query = { filter, sort: UNSORTED, skip: 0, limit: statement.multi ? 0 : 1 }
  const rows = findRows(engine, collection, query)
  const changed = rows.filter((row) => updateRow(collection as Collection, row, change).changed)
  tally.n += rows.length
  tally.nModified += changed.length
  if (rows.length > 0 || !statement.upsert) return
  const made = insertUpserted(engine, db, name, filter, change)
  tally.n++
  tally.upserted.push(fromPlain({ index, _id: made.fields.get('_id') as Value }))
}
