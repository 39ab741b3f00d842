import { CODES, CommandError } from '../errors.ts'
import { filterField } from '../query/filter.ts'
import type { Steps } from '../storage/writer.ts'
import { wholeNumber } from '../values/numbers.ts'
import type { Value } from '../values/value.ts'
import { boolField, type Command, collectionName, onlyFields, type Reply, statementsField } from './command.ts'
import { each, firstRow, UNSORTED } from './modify.ts'
import { statements } from './statements.ts'

export const DELETE_FIELDS = ['q', 'limit']

export const deleteCommand: Command = {
  fields: ['deletes', 'ordered'],
  run(engine, request) {
    const name = collectionName(request)
    const deletes = statementsField(request, 'deletes')
    for (const statement of deletes) {
      onlyFields(statement, DELETE_FIELDS, 'delete.deletes')
      limitOf(statement)
    }
    const ordered = boolField(request, 'ordered', true)
    return engine.writer.run(
      (function* (): Steps<Reply> {
        let removed = 0
        const writeErrors = yield* statements(deletes, ordered, function* (statement) {
          const collection = engine.catalog.get(request.db, name)
          const filter = filterField(statement.fields.get('q'), 'delete.deletes.q')
          if (limitOf(statement) === 0)
            yield* each(engine, collection, filter, ({ record, value }) => {
              collection?.remove(record, value)
              removed++
            })
          else {
            const row = firstRow(engine, collection, { filter, sort: UNSORTED, skip: 0, limit: 1 })
            if (row === undefined) return
            collection?.remove(row.record, row.value)
            removed++
          }
        })
        return { n: removed, writeErrors }
      })(),
    )
  },
}

function limitOf(statement: Value): 0 | 1 {
  const value = statement.fields.get('limit')
  if (value === undefined)
    throw new CommandError(CODES.MissingField, "BSON field 'delete.deletes.limit' is missing but a required field")
  const limit = wholeNumber(value, 'delete.deletes.limit')
  if (limit !== 0 && limit !== 1)
    throw new CommandError(CODES.FailedToParse, `The limit field in delete objects must be 0 or 1. Got ${limit}`)
  return limit
}
