import { CODES, CommandError } from '../errors.ts'
import { filterField } from '../query/filter.ts'
import type { Engine } from '../storage/engine.ts'
import type { Row } from '../storage/rows.ts'
import type { Steps } from '../storage/writer.ts'
import { updateOf } from '../update/update.ts'
import { from } from '../values/make.ts'
import type { Value } from '../values/value.ts'
import { boolField, boolOf, type Command, collectionName, onlyFields, type Reply, statementsField } from './command.ts'
import { each, firstRow, modify, UNSORTED, upsert } from './modify.ts'
import { statements } from './statements.ts'

export const UPDATE_FIELDS = ['q', 'u', 'upsert', 'multi']

interface Tally {
  matched: number
  modified: number
  readonly upserted: Value[]
}

export const update: Command = {
  fields: ['updates', 'ordered'],
  run(engine, request) {
    const name = collectionName(request)
    const updates = statementsField(request, 'updates')
    const parsed = updates.map(statementOf)
    const ordered = boolField(request, 'ordered', true)
    return engine.writer.run(
      (function* (): Steps<Reply> {
        const tally: Tally = { matched: 0, modified: 0, upserted: [] }
        const writeErrors = yield* statements(parsed, ordered, (statement, index) =>
          one(engine, request.db, name, statement, index, tally),
        )
        const upserted = tally.upserted.length === 0 ? undefined : tally.upserted
        return { n: tally.matched + tally.upserted.length, nModified: tally.modified, upserted, writeErrors }
      })(),
    )
  },
}

interface Statement {
  readonly query: Value | undefined
  readonly spec: Value
  readonly multi: boolean
  readonly upsert: boolean
}

function statementOf(value: Value): Statement {
  onlyFields(value, UPDATE_FIELDS, 'update.updates')
  const flag = (field: string) => {
    const given = value.fields.get(field)
    return given !== undefined && boolOf(given, `update.updates.${field}`)
  }
  const query = value.fields.get('q')
  const spec = value.fields.get('u')
  if (query === undefined) throw missing('q')
  if (spec === undefined) throw missing('u')
  if (!spec.isObject && !spec.isArray)
    throw new CommandError(CODES.FailedToParse, 'Update argument must be either an object or an array')
  return { query, spec, multi: flag('multi'), upsert: flag('upsert') }
}

function missing(field: string): CommandError {
  return new CommandError(CODES.MissingField, `BSON field 'update.updates.${field}' is missing but a required field`)
}

function* one(
  engine: Engine,
  db: string,
  name: string,
  statement: Statement,
  index: number,
  tally: Tally,
): Steps<void> {
  const filter = filterField(statement.query, 'update.updates.q')
  const change = updateOf(statement.spec, statement.multi)
  const collection = engine.catalog.get(db, name)
  const counts = { matched: 0, modified: 0 }
  const act = (row: Row) => {
    if (modify(collection as NonNullable<typeof collection>, row, change).changed) counts.modified++
    counts.matched++
  }
  if (statement.multi) yield* each(engine, collection, filter, act)
  else {
    const row = firstRow(engine, collection, { filter, sort: UNSORTED, skip: 0, limit: 1 })
    if (row !== undefined) act(row)
  }
  tally.matched += counts.matched
  tally.modified += counts.modified
  if (counts.matched > 0 || !statement.upsert) return
  const made = upsert(engine, db, name, filter, change)
  tally.upserted.push(from({ index, _id: made.fields.get('_id') as Value }))
}
