import { CODES, CommandError } from '../errors.ts'
import type { Filter } from '../query/filter.ts'
import { readFilter } from '../query/parse-filter.ts'
import { parseProjection } from '../query/project.ts'
import { parseSort } from '../query/sort.ts'
import { parseUpdate, type Update } from '../update/update.ts'
import type { Value } from '../values/value.ts'
import {
  type Command,
  getDocument,
  getField,
  type Reply,
  type Request,
  readCollectionName,
  readFlag,
} from './request.ts'
import { findRows, insertUpserted, updateRow } from './writes.ts'

export const findAndModify: Command = {
  fields: ['query', 'update', 'remove', 'new', 'upsert', 'sort', 'fields'],
  run(engine, request) {
    const name = readCollectionName(request)
    const filter = readFilter(getDocument(request, 'query'), 'findAndModify.query')
    const change = readChange(request, filter)
    const query = { filter, sort: parseSort(getDocument(request, 'sort')), skip: 0, limit: 1 }
    const projection = parseProjection(getDocument(request, 'fields'))
    const wantsNew = readFlag(request, 'new', false)
    const mayUpsert = readFlag(request, 'upsert', false)
    const modify = (): Reply => {
      const collection = engine.catalog.get(request.db, name)
      const [row] = findRows(engine, collection, query)
      if (row !== undefined && collection !== undefined) {
        if (change === undefined) {
          collection.remove(row.record, row.value)
          return { lastErrorObject: { n: 1 }, value: projection(row.value) }
        }
        const { after } = updateRow(collection, row, change)
        return { lastErrorObject: { n: 1, updatedExisting: true }, value: projection(wantsNew ? after : row.value) }
      }
      if (change === undefined) return { lastErrorObject: { n: 0 }, value: null }
      if (!mayUpsert) return { lastErrorObject: { n: 0, updatedExisting: false }, value: null }
      const made = insertUpserted(engine, request.db, name, filter, change)
      const upserted = made.fields.get('_id') as Value
      return { lastErrorObject: { n: 1, updatedExisting: false, upserted }, value: wantsNew ? projection(made) : null }
    }
    return engine.writer.run(() => prefixErrors(modify))
  },
}

/** Reads the update; none if the document is to be removed. */
function readChange(request: Request, filter: Filter): Update | undefined {
  const spec = getField(request, 'update')
  if (!readFlag(request, 'remove', false)) {
    if (spec === undefined) throw createParseError('Either an update or remove=true must be specified')
    return parseUpdate(spec, filter)
  }
  if (spec !== undefined) throw createParseError('Cannot specify both an update and remove=true')
  if (readFlag(request, 'upsert', false)) throw createParseError('Cannot specify both upsert=true and remove=true')
  if (readFlag(request, 'new', false)) throw createParseError('Cannot specify both new=true and remove=true')
  return undefined
}

function createParseError(message: string): CommandError {
  return new CommandError(CODES.FailedToParse, message)
}

/** Errors of findAndModify have a prefix in MongoDB, which programs read. */
function prefixErrors<T>(action: () => T): T {
  try {
    return action()
  } catch (error) {
    if (!(error instanceof CommandError)) throw error
    const message = `Plan executor error during findAndModify :: caused by :: ${error.message}`
    throw new CommandError(error.code, message, error.extra)
  }
}
