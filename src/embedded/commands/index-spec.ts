import { CODES, CommandError, refused } from '../errors.ts'
import { type Filter, filterOf } from '../query/filter.ts'
import { fieldPathOf } from '../query/path.ts'
import type { Index } from '../storage/catalog.ts'
import { document, int, TRUE } from '../values/make.ts'
import { isNumber, toNumber, typeName } from '../values/numbers.ts'
import { show } from '../values/show.ts'
import { TYPE, type Value } from '../values/value.ts'
import { boolOf } from './command.ts'

export const INDEX_FIELDS = [
  'key',
  'name',
  'unique',
  'sparse',
  'partialFilterExpression',
  'expireAfterSeconds',
  'v',
  'background',
  'ns',
]

const KNOWN_ELSEWHERE = [
  'collation',
  'hidden',
  'weights',
  'default_language',
  'language_override',
  'textIndexVersion',
  '2dsphereIndexVersion',
  'bits',
  'min',
  'max',
  'wildcardProjection',
  'storageEngine',
  'clustered',
  'prepareUnique',
]

/** Judges one index of a createIndexes command, and gives it as it is kept and listed. */
export function indexSpec(value: Value): Value {
  for (const name of value.fields.keys()) {
    if (KNOWN_ELSEWHERE.includes(name))
      throw refused(CODES.UnknownField, `BSON field 'createIndexes.indexes.${name}' is an unknown field.`)
    if (!INDEX_FIELDS.includes(name))
      throw new CommandError(
        CODES.InvalidIndexSpecificationOption,
        `Error in specification ${show(value)} :: caused by :: The field '${name}' is not valid for an index specification.`,
      )
  }
  const key = value.fields.get('key')
  const name = value.fields.get('name')
  if (key === undefined)
    throw new CommandError(
      CODES.FailedToParse,
      "Error in specification :: caused by :: The 'key' field is a required property of an index specification",
    )
  if (!key.isObject)
    throw new CommandError(CODES.TypeMismatch, `The field 'key' must be an object, but got ${typeName(key)}`)
  if (name === undefined)
    throw new CommandError(
      CODES.FailedToParse,
      "Error in specification :: caused by :: The 'name' field is a required property of an index specification",
    )
  if (name.type !== TYPE.string)
    throw new CommandError(CODES.TypeMismatch, `The field 'name' must be a string, but got ${typeName(name)}`)
  if (name.text === '' || name.text === '*')
    throw new CommandError(
      name.text === '' ? CODES.CannotCreateIndex : CODES.BadValue,
      `The index name '${name.text}' is not valid.`,
    )
  if (name.text.includes('\0'))
    throw new CommandError(
      CODES.CannotCreateIndex,
      'Error in specification :: caused by :: index name cannot contain NUL bytes',
    )
  checkKey(key)
  return kept(value, key, name)
}

function checkKey(key: Value): void {
  if (key.fields.size === 0) throw new CommandError(CODES.CannotCreateIndex, 'Index keys cannot be an empty object.')
  if (key.fields.size > 32) throw new CommandError(13103, 'too many compound keys')
  for (const [name, direction] of key.fields) {
    if (name === '') throw new CommandError(CODES.CannotCreateIndex, 'Index keys cannot contain an empty field.')
    if (direction.type === TYPE.string) {
      if (!['text', '2d', '2dsphere', 'hashed', 'geoHaystack'].includes(direction.text))
        throw new CommandError(CODES.CannotCreateIndex, `Unknown index plugin '${direction.text}'`)
      throw refused(CODES.NotImplemented, `a '${direction.text}' index is not supported`)
    }
    if (!isNumber(direction))
      throw new CommandError(
        CODES.CannotCreateIndex,
        `Values in v:2 index key pattern cannot be of type ${typeName(direction)}. Only numbers > 0, numbers < 0, and strings are allowed.`,
      )
    const number = toNumber(direction)
    if (number === 0 || Number.isNaN(number))
      throw new CommandError(CODES.CannotCreateIndex, 'Values in the index key pattern cannot be 0.')
    if (name.includes('$**')) throw refused(CODES.NotImplemented, 'wildcard indexes are not supported')
    try {
      fieldPathOf(name)
    } catch (error) {
      if (error instanceof CommandError && error.code !== CODES.NotImplemented)
        throw new CommandError(CODES.CannotCreateIndex, error.message)
      throw error
    }
  }
}

function kept(value: Value, key: Value, name: Value): Value {
  const fields = new Map<string, Value>([
    ['v', int(2)],
    ['key', key],
    ['name', name],
  ])
  const flag = (field: string) => {
    const given = value.fields.get(field)
    if (given !== undefined && boolOf(given, `createIndexes.indexes.${field}`)) fields.set(field, TRUE)
  }
  flag('unique')
  flag('sparse')
  const expire = value.fields.get('expireAfterSeconds')
  if (expire !== undefined) fields.set('expireAfterSeconds', checkExpire(expire, key))
  const partial = value.fields.get('partialFilterExpression')
  if (partial !== undefined) fields.set('partialFilterExpression', checkPartial(partial, fields))
  const isId =
    key.fields.size === 1 && key.fields.get('_id') !== undefined && toNumber(key.fields.get('_id') as Value) === 1
  const wrong =
    isId &&
    ['unique', 'sparse', 'partialFilterExpression', 'expireAfterSeconds'].find((field) => value.fields.has(field))
  if (typeof wrong === 'string')
    throw new CommandError(
      CODES.InvalidIndexSpecificationOption,
      `The field '${wrong}' is not valid for an _id index specification.`,
    )
  return document(fields)
}

function checkExpire(expire: Value, key: Value): Value {
  if (!isNumber(expire))
    throw new CommandError(
      CODES.CannotCreateIndex,
      `The field 'expireAfterSeconds' must be a number, but got ${typeName(expire)}`,
    )
  const seconds = toNumber(expire)
  if (!(seconds >= 0 && seconds <= 2 ** 31 - 1))
    throw new CommandError(
      CODES.CannotCreateIndex,
      `TTL index 'expireAfterSeconds' option must be within an acceptable range, try a different number than ${seconds}`,
    )
  if (key.fields.size > 1)
    throw new CommandError(
      CODES.CannotCreateIndex,
      'TTL indexes are single-field indexes, compound indexes do not support TTL.',
    )
  return expire
}

function checkPartial(partial: Value, fields: ReadonlyMap<string, Value>): Value {
  if (!partial.isObject)
    throw new CommandError(
      CODES.TypeMismatch,
      `The field 'partialFilterExpression' must be an object, but got ${typeName(partial)}`,
    )
  if (fields.has('sparse'))
    throw new CommandError(CODES.CannotCreateIndex, 'cannot mix "partialFilterExpression" and "sparse" options')
  if (!isSimple(filterOf(partial)))
    throw new CommandError(CODES.CannotCreateIndex, `unsupported expression in partial index: ${show(partial)}`)
  return partial
}

function isSimple(filter: Filter): boolean {
  if (filter.kind === 'and' || filter.kind === 'or') return filter.filters.every(isSimple)
  return filter.kind !== 'not' && filter.kind !== 'nor' && filter.kind !== 'regex'
}

/** Is there an index like this already? True: yes, the same. False: no. Throws where the two cannot both be. */
export function existsAlready(indexes: readonly Index[], spec: Value): boolean {
  const name = (spec.fields.get('name') as Value).text
  const byName = indexes.find((index) => index.name === name)
  if (byName !== undefined) {
    if (!sameIdentity(byName.spec, spec))
      throw new CommandError(
        CODES.IndexKeySpecsConflict,
        `An existing index has the same name as the requested index. When index names are not specified, they are auto generated and can cause conflicts. Please refer to our documentation. Requested index: ${show(spec)}, existing index: ${show(byName.spec)}`,
      )
    if (sameExpiry(byName.spec, spec)) return true
    throw new CommandError(
      CODES.IndexOptionsConflict,
      `An equivalent index already exists with the same name but different options. Requested index: ${show(spec)}, existing index: ${show(byName.spec)}`,
    )
  }
  const byKey = indexes.find((index) => sameIdentity(index.spec, spec))
  if (byKey === undefined) return false
  if (byKey.id === 0) return true
  throw new CommandError(
    CODES.IndexOptionsConflict,
    sameExpiry(byKey.spec, spec)
      ? `Index already exists with a different name: ${byKey.name}`
      : `An equivalent index already exists with a different name and options. Requested index: ${show(spec)}, existing index: ${show(byKey.spec)}`,
  )
}

/** What tells two indexes apart: key, unique, sparse, partial. */
function sameIdentity(a: Value, b: Value): boolean {
  const sameField = (name: string) => {
    const [x, y] = [a.fields.get(name), b.fields.get(name)]
    return x === undefined || y === undefined ? x === y : x.same(y)
  }
  const keys = [a, b].map((spec) =>
    [...(spec.fields.get('key') as Value).fields].map(([name, direction]) => `${name} ${toNumber(direction)}`).join(),
  )
  return keys[0] === keys[1] && ['unique', 'sparse', 'partialFilterExpression'].every(sameField)
}

function sameExpiry(a: Value, b: Value): boolean {
  const seconds = (spec: Value) => {
    const value = spec.fields.get('expireAfterSeconds')
    return value && toNumber(value)
  }
  return seconds(a) === seconds(b)
}
