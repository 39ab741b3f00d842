import { CODES, CommandError } from '../errors.ts'
import { MAX_DOCUMENT_BYTES } from '../limits.ts'
import { buildDocument, createObjectId, createTimestamp, fromBytes } from '../values/build.ts'
import { TYPE, type Value } from '../values/value.ts'

const MAX_NESTING = 180

/** Builds the document that is stored: `_id` first, made if there is none; empty timestamps filled. */
export function prepareDocument(value: Value): Value {
  const { fields } = value
  const id = fields.get('_id') ?? createObjectId()
  assertId(id)
  const isEmptyTimestamp = (each: Value) => each.type === TYPE.timestamp && each.bytes.readBigUInt64LE(0) === 0n
  const rest = [...fields].filter(([name]) => name !== '_id')
  const isReady = fields.keys().next().value === '_id' && !rest.some(([, each]) => isEmptyTimestamp(each))
  const filled = rest.map(([name, each]) => [name, isEmptyTimestamp(each) ? createTimestamp() : each] as const)
  const stored = isReady ? fromBytes(value.bytes) : buildDocument(new Map([['_id', id], ...filled]))
  if (stored.size > MAX_DOCUMENT_BYTES)
    throw new CommandError(CODES.BadValue, `a document of ${stored.size} bytes is larger than ${MAX_DOCUMENT_BYTES}`)
  if (isDeeper(stored, MAX_NESTING))
    throw new CommandError(CODES.Overflow, `a document cannot nest deeper than ${MAX_NESTING} levels`)
  return stored
}

function assertId(id: Value): void {
  if (id.isArray || id.type === TYPE.regex || id.type === TYPE.undefined)
    throw new CommandError(CODES.InvalidIdField, "The '_id' value cannot be an array, a regex or undefined")
  if (id.isObject && [...id.fields.keys()].some((name) => name.startsWith('$')))
    throw new CommandError(CODES.DollarPrefixedFieldName, "_id fields may not contain '$'-prefixed fields")
}

function isDeeper(value: Value, levels: number): boolean {
  if (levels === 0) return true
  const parts = value.isObject ? value.fields.values() : value.isArray ? value.items : []
  for (const part of parts) if ((part.isObject || part.isArray) && isDeeper(part, levels - 1)) return true
  return false
}
