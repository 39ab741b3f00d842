import { CODES, CommandError, refuse } from '../errors.ts'
import type { Filter } from '../query/filter.ts'
import { parseFilter } from '../query/parse-filter.ts'
import { parseFieldPath } from '../query/path.ts'
import type { Index } from '../storage/indexes.ts'
import { buildDocument, TRUE, toInt } from '../values/build.ts'
import { isNumber, toNumber } from '../values/numbers.ts'
import { TYPE, type Value } from '../values/value.ts'
import { toBoolean } from './request.ts'

export const INDEX_FIELDS = ['key', 'name', 'unique', 'sparse', 'partialFilterExpression', 'expireAfterSeconds']
/** What drivers and old clients send, and what means nothing here. */
const IGNORED_FIELDS = ['v', 'background', 'ns']
const REFUSED_FIELDS = ['collation', 'hidden', 'weights', 'default_language', 'wildcardProjection', 'storageEngine']

function createIndexError(message: string): CommandError {
  return new CommandError(CODES.CannotCreateIndex, message)
}

/** Judges one index of a createIndexes command, and gives it as it is kept and listed. */
export function parseIndexSpec(value: Value): Value {
  for (const field of value.fields.keys()) {
    if (REFUSED_FIELDS.includes(field)) throw refuse(CODES.UnknownField, `the index option '${field}' is not supported`)
    if (![...INDEX_FIELDS, ...IGNORED_FIELDS].includes(field))
      throw new CommandError(CODES.InvalidIndexSpecificationOption, `the index option '${field}' is not valid`)
  }
  const key = value.fields.get('key')
  const name = value.fields.get('name')
  if (key === undefined || name === undefined)
    throw new CommandError(CODES.FailedToParse, "an index specification requires 'key' and 'name'")
  if (!key.isObject || name.type !== TYPE.string)
    throw new CommandError(CODES.TypeMismatch, "of an index, 'key' must be an object and 'name' a string")
  if (name.text === '*') throw new CommandError(CODES.BadValue, "The index name '*' is not valid.")
  if (name.text === '' || name.text.includes('\0')) throw createIndexError('The index name is not valid.')
  assertKey(key)
  return buildSpec(value, key, name)
}

function assertKey(key: Value): void {
  if (key.fields.size === 0) throw createIndexError('Index keys cannot be an empty object.')
  if (key.fields.size > 32) throw new CommandError(13103, 'too many compound keys')
  for (const [name, direction] of key.fields) {
    if (name === '') throw createIndexError('Index keys cannot contain an empty field.')
    if (direction.type === TYPE.string) {
      if (!['text', '2d', '2dsphere', 'hashed', 'geoHaystack'].includes(direction.text))
        throw createIndexError(`Unknown index plugin '${direction.text}'`)
      throw refuse(CODES.NotImplemented, `a '${direction.text}' index is not supported`)
    }
    if (!isNumber(direction) || !toNumber(direction))
      throw createIndexError('Values in an index key must be numbers other than 0.')
    if (name.includes('$**')) throw refuse(CODES.NotImplemented, 'wildcard indexes are not supported')
    try {
      parseFieldPath(name)
    } catch (error) {
      if (!(error instanceof CommandError) || error.code === CODES.NotImplemented) throw error
      throw createIndexError(error.message)
    }
  }
}

function buildSpec(value: Value, key: Value, name: Value): Value {
  const given = (field: string) => value.fields.get(field)
  const fields = new Map<string, Value>([
    ['v', toInt(2)],
    ['key', key],
    ['name', name],
  ])
  for (const field of ['unique', 'sparse']) {
    const flag = given(field)
    if (flag !== undefined && toBoolean(flag, `createIndexes.indexes.${field}`)) fields.set(field, TRUE)
  }
  const expire = given('expireAfterSeconds')
  if (expire !== undefined) fields.set('expireAfterSeconds', assertExpiry(expire, key))
  const partial = given('partialFilterExpression')
  if (partial !== undefined) fields.set('partialFilterExpression', assertPartial(partial, fields.has('sparse')))
  const id = key.fields.size === 1 ? key.fields.get('_id') : undefined
  const hasOptions = ['unique', 'sparse', 'partialFilterExpression', 'expireAfterSeconds'].some(given)
  if (id !== undefined && toNumber(id) === 1 && hasOptions)
    throw new CommandError(CODES.InvalidIndexSpecificationOption, 'an _id index takes no options')
  return buildDocument(fields)
}

function assertExpiry(expire: Value, key: Value): Value {
  const seconds = isNumber(expire) ? toNumber(expire) : Number.NaN
  if (!(seconds >= 0 && seconds < 2 ** 31)) throw createIndexError("'expireAfterSeconds' must be a number of seconds")
  if (key.fields.size > 1) throw createIndexError('TTL indexes are single-field indexes.')
  return expire
}

function assertPartial(partial: Value, isSparse: boolean): Value {
  if (!partial.isObject) throw new CommandError(CODES.TypeMismatch, "'partialFilterExpression' must be an object")
  if (isSparse) throw createIndexError('cannot mix "partialFilterExpression" and "sparse" options')
  if (!isSimple(parseFilter(partial))) throw createIndexError('unsupported expression in partial index')
  return partial
}

function isSimple(filter: Filter): boolean {
  if (filter.kind === 'and' || filter.kind === 'or') return filter.filters.every(isSimple)
  return !['not', 'nor', 'regex', 'elemMatch', 'size'].includes(filter.kind)
}

/** Tells whether there is such an index already. @throws CommandError if the two cannot both be. */
export function findExisting(indexes: readonly Index[], spec: Value): boolean {
  const name = (spec.fields.get('name') as Value).text
  const byName = indexes.find((index) => index.name === name)
  if (byName !== undefined && !hasSameIdentity(byName.spec, spec))
    throw new CommandError(CODES.IndexKeySpecsConflict, `another index has the name '${name}'`)
  if (byName !== undefined && hasSameExpiry(byName.spec, spec)) return true
  const byKey = byName ?? indexes.find((index) => hasSameIdentity(index.spec, spec))
  if (byKey === undefined) return false
  if (byKey.id === 0) return true
  throw new CommandError(CODES.IndexOptionsConflict, `the index '${byKey.name}' has the same key`)
}

/** Compares what tells two indexes apart: key, unique, sparse, partial. */
function hasSameIdentity(a: Value, b: Value): boolean {
  const isSameField = (name: string) => {
    const [x, y] = [a.fields.get(name), b.fields.get(name)]
    return x === undefined || y === undefined ? x === y : x.isSame(y)
  }
  const [x, y] = [a, b].map((spec) =>
    [...(spec.fields.get('key') as Value).fields].map(([name, direction]) => `${name} ${toNumber(direction)}`).join(),
  )
  return x === y && ['unique', 'sparse', 'partialFilterExpression'].every(isSameField)
}

function hasSameExpiry(a: Value, b: Value): boolean {
  const [x, y] = [a, b].map((spec) => spec.fields.get('expireAfterSeconds'))
  return x === undefined || y === undefined ? x === y : toNumber(x) === toNumber(y)
}
