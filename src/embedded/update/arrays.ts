import { CODES, CommandError, refuse } from '../errors.ts'
import { isMatch } from '../query/filter.ts'
import { parseFilter } from '../query/parse-filter.ts'
import { buildArray, buildDocument } from '../values/build.ts'
import { isEqual } from '../values/compare.ts'
import { isNumber, toNumber } from '../values/numbers.ts'
import { TYPE, type Value } from '../values/value.ts'
import type { Application, Modifier } from './modifier.ts'

function assertArray(present: Value | undefined, operator: string): void {
  if (present !== undefined && !present.isArray)
    throw new CommandError(CODES.BadValue, `Cannot apply ${operator} to a value that is no array`)
}

/** Builds `$push`: one value, or with `$each` several and with `$slice` no more than so many kept. */
export function buildPush(operand: Value): Modifier {
  const hasClauses = operand.isObject && operand.fields.has('$each')
  if (hasClauses) assertClauses(operand, ['$each', '$slice'])
  const values = hasClauses ? readEach(operand, '$push') : [operand]
  const slice = hasClauses ? readSlice(operand) : undefined
  const apply = (present: Value | undefined, application: Application) => {
    assertArray(present, '$push')
    if (present !== undefined && values.length === 0 && slice === undefined) return present
    const all = [...(present?.items ?? []), ...values]
    application.counts = true
    return buildArray(slice === undefined ? all : slice >= 0 ? all.slice(0, slice) : all.slice(slice))
  }
  return { creates: true, apply }
}

function assertClauses(operand: Value, allowed: readonly string[]): void {
  for (const name of operand.fields.keys()) {
    if (allowed.includes(name)) continue
    if (name === '$position' || name === '$sort') throw refuse(CODES.FailedToParse, `${name} in $push is not supported`)
    throw new CommandError(CODES.BadValue, `Unrecognized clause beside $each: ${name}`)
  }
}

function readEach(operand: Value, operator: '$push' | '$addToSet'): readonly Value[] {
  const each = operand.fields.get('$each') as Value
  if (each.isArray) return each.items
  const code = operator === '$push' ? CODES.BadValue : CODES.TypeMismatch
  throw new CommandError(code, `The argument to $each in ${operator} must be an array`)
}

function readSlice(operand: Value): number | undefined {
  const slice = operand.fields.get('$slice')
  if (slice === undefined) return undefined
  if (!isNumber(slice) || !Number.isInteger(toNumber(slice)))
    throw new CommandError(CODES.BadValue, 'The value for $slice must be an integer')
  return toNumber(slice)
}

/** Builds `$addToSet`: values that are not there yet, compared across number types. */
export function buildAddToSet(operand: Value): Modifier {
  const hasEach = operand.isObject && operand.fields.has('$each')
  if (hasEach && operand.fields.size > 1)
    throw new CommandError(CODES.BadValue, 'Found unexpected fields after $each in $addToSet')
  const values = hasEach ? readEach(operand, '$addToSet') : [operand]
  const apply = (present: Value | undefined) => {
    assertArray(present, '$addToSet')
    const all = [...(present?.items ?? [])]
    const before = all.length
    for (const value of values) if (!all.some((each) => isEqual(each, value))) all.push(value)
    return present !== undefined && all.length === before ? present : buildArray(all)
  }
  return { creates: true, apply }
}

const LOGICAL = new Set(['$and', '$or', '$nor'])

/** Tells which elements a `$pull` takes: documents that match a filter, what meets comparisons, or what equals a value. */
function buildTest(operand: Value): (item: Value) => boolean {
  const [first] = operand.isObject ? operand.fields.keys() : []
  if (operand.isObject && (first?.startsWith('$') !== true || LOGICAL.has(first))) {
    const filter = parseFilter(operand)
    return (item) => item.isObject && isMatch(filter, item)
  }
  if (!operand.isObject && operand.type !== TYPE.regex) return (item) => isEqual(item, operand)
  const wrap = (item: Value) => buildDocument(new Map([['e', item]]))
  const condition = parseFilter(wrap(operand))
  return (item) => isMatch(condition, wrap(item))
}

/** Builds `$pull`. */
export function buildPull(operand: Value): Modifier {
  const goes = buildTest(operand)
  const apply = (present: Value | undefined) => {
    if (present === undefined) return undefined
    assertArray(present, '$pull')
    const kept = present.items.filter((item) => !goes(item))
    return kept.length === present.items.length ? present : buildArray(kept)
  }
  return { creates: false, apply }
}
