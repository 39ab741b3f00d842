import { CODES, CommandError } from '../errors.ts'
import { checkName } from '../storage/catalog.ts'
import type { Steps } from '../storage/writer.ts'
import { document, objectId, raw, timestamp } from '../values/make.ts'
import { TYPE, type Value } from '../values/value.ts'
import { boolField, type Command, collectionName, type Reply, statementsField } from './command.ts'
import { MAX_DOCUMENT } from './hello.ts'
import { statements } from './statements.ts'

export const insert: Command = {
  fields: ['documents', 'ordered'],
  run(engine, request) {
    const name = collectionName(request)
    const documents = statementsField(request, 'documents')
    const ordered = boolField(request, 'ordered', true)
    checkName(request.db, name)
    return engine.writer.run(
      (function* (): Steps<Reply> {
        let inserted = 0
        const writeErrors = yield* statements(documents, ordered, (value) => {
          const prepared = prepare(value)
          engine.catalog.require(request.db, name).insert(prepared)
          inserted++
          return undefined
        })
        return { n: inserted, writeErrors }
      })(),
    )
  },
}

/** The document as it is stored: `_id` first, made where there is none. */
export function prepare(value: Value): Value {
  const fields = value.fields
  const id = fields.get('_id') ?? objectId()
  checkId(id)
  const emptyTimestamps = [...fields].filter(
    ([name, each]) => name !== '_id' && each.type === TYPE.timestamp && each.bytes.readBigUInt64LE(0) === 0n,
  )
  const first = fields.keys().next().value === '_id'
  if (first && emptyTimestamps.length === 0) return checkStored(raw(value.bytes))
  const rest = [...fields].filter(([name]) => name !== '_id')
  const now = rest.map(
    ([name, each]) => [name, emptyTimestamps.some(([empty]) => empty === name) ? timestamp() : each] as const,
  )
  return checkStored(document(new Map([['_id', id], ...now])))
}

function checkId(id: Value): void {
  const names: Record<number, string> = { [TYPE.array]: 'array', [TYPE.regex]: 'regex', [TYPE.undefined]: 'undefined' }
  const name = names[id.type]
  if (name !== undefined) throw new CommandError(CODES.InvalidIdField, `The '_id' value cannot be of type ${name}`)
  const dollar = id.isObject && [...id.fields.keys()].find((each) => each.startsWith('$'))
  if (typeof dollar === 'string')
    throw new CommandError(
      CODES.DollarPrefixedFieldName,
      `_id fields may not contain '$'-prefixed fields: ${dollar} is not valid for storage.`,
    )
}

const MAX_NESTING = 180

/** What may be stored: not too large, not nested too deep. */
export function checkStored(value: Value): Value {
  if (value.size > MAX_DOCUMENT)
    throw new CommandError(
      CODES.BadValue,
      `object to insert too large. size in bytes: ${value.size}, max size: ${MAX_DOCUMENT}`,
    )
  if (deeper(value, MAX_NESTING))
    throw new CommandError(CODES.Overflow, `cannot insert document because it exceeds ${MAX_NESTING} levels of nesting`)
  return value
}

function deeper(value: Value, levels: number): boolean {
  if (levels === 0) return true
  const parts = value.isObject ? value.fields.values() : value.isArray ? value.items : []
  for (const part of parts) if ((part.isObject || part.isArray) && deeper(part, levels - 1)) return true
  return false
}
