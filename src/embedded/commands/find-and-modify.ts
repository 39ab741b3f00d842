import { CODES, CommandError } from '../errors.ts'
import { filterField } from '../query/filter.ts'
import { projectionOf } from '../query/project.ts'
import { sortOf } from '../query/sort.ts'
import { type Update, updateOf } from '../update/update.ts'
import type { Value } from '../values/value.ts'
import { boolField, type Command, collectionName, documentField, field, type Reply, type Request } from './command.ts'
import { firstRow, modify, upsert } from './modify.ts'

export const findAndModify: Command = {
  fields: ['query', 'update', 'remove', 'new', 'upsert', 'sort', 'fields'],
  run(engine, request) {
    const name = collectionName(request)
    const remove = boolField(request, 'remove', false)
    const change = checked(request, remove)
    const query = {
      filter: filterField(documentField(request, 'query'), 'findAndModify.query'),
      sort: sortOf(documentField(request, 'sort')),
      skip: 0,
      limit: 1,
    }
    const projection = projectionOf(documentField(request, 'fields'))
    const wantsNew = boolField(request, 'new', false)
    const mayUpsert = boolField(request, 'upsert', false)
    return engine.writer.once(
      (): Reply =>
        prefixed(() => {
          const collection = engine.catalog.get(request.db, name)
          const row = firstRow(engine, collection, query)
          if (row !== undefined && collection !== undefined) {
            if (change === undefined) {
              collection.remove(row.record, row.value)
              return { lastErrorObject: { n: 1 }, value: projection(row.value) }
            }
            const { after } = modify(collection, row, change)
            return { lastErrorObject: { n: 1, updatedExisting: true }, value: projection(wantsNew ? after : row.value) }
          }
          if (change === undefined) return { lastErrorObject: { n: 0 }, value: null }
          if (!mayUpsert) return { lastErrorObject: { n: 0, updatedExisting: false }, value: null }
          const made = upsert(engine, request.db, name, query.filter, change)
          const upserted = made.fields.get('_id') as Value
          return {
            lastErrorObject: { n: 1, updatedExisting: false, upserted },
            value: wantsNew ? projection(made) : null,
          }
        }),
    )
  },
}

/** The update, or none where the document is to be removed. */
function checked(request: Request, remove: boolean): Update | undefined {
  const spec = field(request, 'update')
  if (remove && spec !== undefined)
    throw new CommandError(CODES.FailedToParse, 'Cannot specify both an update and remove=true')
  if (remove && boolField(request, 'upsert', false))
    throw new CommandError(CODES.FailedToParse, 'Cannot specify both upsert=true and remove=true ')
  if (remove && boolField(request, 'new', false))
    throw new CommandError(
      CODES.FailedToParse,
      "Cannot specify both new=true and remove=true; 'remove' always returns the deleted document",
    )
  if (remove) return undefined
  if (spec === undefined)
    throw new CommandError(CODES.FailedToParse, 'Either an update or remove=true must be specified')
  return updateOf(spec, false)
}

function prefixed<T>(action: () => T): T {
  try {
    return action()
  } catch (error) {
    if (!(error instanceof CommandError)) throw error
    throw new CommandError(
      error.code,
      `Plan executor error during findAndModify :: caused by :: ${error.message}`,
      error.extra,
    )
  }
}
