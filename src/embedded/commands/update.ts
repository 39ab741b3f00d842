import { CODES, CommandError } from '../errors.ts'
import { filterField } from '../query/filter.ts'
import type { Engine } from '../storage/engine.ts'
import type { Row } from '../storage/rows.ts'
import type { Steps } from '../storage/writer.ts'
import { updateOf } from '../update/update.ts'
import { from } from '../values/make.ts'
import type { Value } from '../values/value.ts'
import { arrayField, boolField, boolOf, type Command, collectionName, onlyFields, type Reply } from './command.ts'
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
    const updates = arrayField(request, 'updates')?.items ?? []
    for (const each of updates) onlyFields(each, UPDATE_FIELDS, 'update.updates')
    const ordered = boolField(request, 'ordered', true)
    return engine.writer.run(
      (function* (): Steps<Reply> {
        const tally: Tally = { matched: 0, modified: 0, upserted: [] }
        const writeErrors = yield* statements(updates, ordered, (statement, index) =>
          one(engine, request.db, name, statement, index, tally),
        )
        const upserted = tally.upserted.length === 0 ? undefined : tally.upserted
        return { n: tally.matched + tally.upserted.length, nModified: tally.modified, upserted, writeErrors }
      })(),
    )
  },
}

function* one(engine: Engine, db: string, name: string, statement: Value, index: number, tally: Tally): Steps<void> {
  const fields = statement.fields
  const flag = (field: string) => {
    const value = fields.get(field)
    return value !== undefined && boolOf(value, `update.updates.${field}`)
  }
  const spec = fields.get('u')
  if (spec === undefined)
    throw new CommandError(CODES.MissingField, "BSON field 'update.updates.u' is missing but a required field")
  const multi = flag('multi')
  const filter = filterField(fields.get('q'), 'update.updates.q')
  const change = updateOf(spec, multi)
  const collection = engine.catalog.get(db, name)
  const counts = { matched: 0, modified: 0 }
  const act = (row: Row) => {
    if (modify(collection as NonNullable<typeof collection>, row, change).changed) counts.modified++
    counts.matched++
  }
  if (multi) yield* each(engine, collection, filter, act)
  else {
    const row = firstRow(engine, collection, { filter, sort: UNSORTED, skip: 0, limit: 1 })
    if (row !== undefined) act(row)
  }
  tally.matched += counts.matched
  tally.modified += counts.modified
  if (counts.matched > 0 || !flag('upsert')) return
  const made = upsert(engine, db, name, filter, change)
  tally.upserted.push(from({ index, _id: made.fields.get('_id') as Value }))
}
