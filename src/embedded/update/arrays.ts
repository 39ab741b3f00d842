import { CODES, CommandError, refused } from '../errors.ts'
import { type Filter, filterOf, matches } from '../query/filter.ts'
import { equal } from '../values/compare.ts'
import { array, document } from '../values/make.ts'
import { isNumber, toNumber, typeName } from '../values/numbers.ts'
import { TYPE, type Value } from '../values/value.ts'
import type { Modifier } from './modifiers.ts'
import { type Applied, lastOf, nameOf } from './tree.ts'

/** `$push`: one value, or with `$each` several and with `$slice` no more than so many kept. */
export function push(operand: Value): Modifier {
  const clauses = clausesOf(operand)
  const values = clauses === undefined ? [operand] : eachOf(clauses, '$push')
  const slice = sliceOf(clauses)
  const apply = (there: Value | undefined, applied: Applied) => {
    if (there !== undefined && !there.isArray)
      throw new CommandError(
        CODES.BadValue,
        `The field '${applied.dotted}' must be an array but is of type ${typeName(there)} in document ${nameOf(applied)}`,
      )
    if (there !== undefined && values.length === 0 && slice === undefined) return there
    const all = [...(there?.items ?? []), ...values]
    applied.counts = true
    return array(slice === undefined ? all : slice >= 0 ? all.slice(0, slice) : all.slice(slice))
  }
  return { creates: true, apply }
}

function clausesOf(operand: Value): Value | undefined {
  if (!operand.isObject || !operand.fields.has('$each')) return undefined
  for (const name of operand.fields.keys())
    if (name !== '$each' && name !== '$slice') {
      if (name === '$position' || name === '$sort')
        throw refused(CODES.FailedToParse, `${name} in $push is not supported`)
      throw new CommandError(CODES.BadValue, `Unrecognized clause in $push: ${name}`)
    }
  return operand
}

function eachOf(clauses: Value, operator: string): readonly Value[] {
  const each = clauses.fields.get('$each') as Value
  if (each.isArray) return each.items
  throw operator === '$push'
    ? new CommandError(
        CODES.BadValue,
        `The argument to $each in $push must be an array but it was of type: ${typeName(each)}`,
      )
    : new CommandError(
        CODES.TypeMismatch,
        `The argument to $each in $addToSet must be an array but it was of type ${typeName(each)}`,
      )
}

function sliceOf(clauses: Value | undefined): number | undefined {
  const slice = clauses?.fields.get('$slice')
  if (slice === undefined) return undefined
  if (!isNumber(slice) || !Number.isInteger(toNumber(slice)))
    throw new CommandError(
      CODES.BadValue,
      `The value for $slice must be an integer value but was given type: ${typeName(slice)}`,
    )
  return toNumber(slice)
}

/** `$addToSet`: values that are not there yet, by value across number types. */
export function addToSet(operand: Value): Modifier {
  const clauses = operand.isObject && operand.fields.has('$each') ? operand : undefined
  const other = clauses && [...clauses.fields.keys()].find((name) => name !== '$each')
  if (other !== undefined)
    throw new CommandError(CODES.BadValue, `Found unexpected fields after $each in $addToSet: ${other}`)
  const values = clauses === undefined ? [operand] : eachOf(clauses, '$addToSet')
  const apply = (there: Value | undefined, applied: Applied) => {
    if (there !== undefined && !there.isArray)
      throw new CommandError(
        CODES.BadValue,
        `Cannot apply $addToSet to non-array field. Field named '${lastOf(applied)}' has non-array type ${typeName(there)}`,
      )
    const all = [...(there?.items ?? [])]
    const before = all.length
    for (const value of values) if (!all.some((each) => equal(each, value))) all.push(value)
    return there !== undefined && all.length === before ? there : array(all)
  }
  return { creates: true, apply }
}

/** `$pull`: takes out what equals a value, or meets comparisons. */
export function pull(operand: Value): Modifier {
  const [first] = operand.isObject ? operand.fields.keys() : []
  if (operand.isObject && first?.startsWith('$') !== true)
    throw refused(CODES.NotImplemented, '$pull by a document is not supported')
  const condition = operand.isObject || operand.type === TYPE.regex ? elementCondition(operand) : undefined
  const goes = (item: Value) =>
    condition === undefined ? equal(item, operand) : matches(condition, document(new Map([['e', item]])))
  const apply = (there: Value | undefined) => {
    if (there === undefined) return undefined
    if (!there.isArray) throw new CommandError(CODES.BadValue, 'Cannot apply $pull to a non-array value')
    const kept = there.items.filter((item) => !goes(item))
    return kept.length === there.items.length ? there : array(kept)
  }
  return { creates: false, apply }
}

function elementCondition(operand: Value): Filter {
  return filterOf(document(new Map([['e', operand]])))
}
