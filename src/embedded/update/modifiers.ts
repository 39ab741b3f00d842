import { CODES, CommandError, refused } from '../errors.ts'
import { compare } from '../values/compare.ts'
import { date, timestamp } from '../values/make.ts'
import { add, isNumber, toNumber, typeName } from '../values/numbers.ts'
import { show } from '../values/show.ts'
import { TYPE, type Value } from '../values/value.ts'
import { addToSet, pull, push } from './arrays.ts'
import { type Applied, lastOf, nameOf } from './tree.ts'

/** What an update operator does at its path: takes the value that is there, if any, and gives the new one, or undefined for none. */
export interface Modifier {
  apply(there: Value | undefined, applied: Applied): Value | undefined
  /** It makes what is missing. */
  readonly creates: boolean
  /** A scalar on the way is no error. */
  readonly ignoresObstacles?: boolean
}

type Make = (operand: Value, dotted: string) => Modifier

const modifiers = new Map<string, Make>([
  ['$set', set],
  ['$setOnInsert', set],
  ['$unset', () => ({ creates: false, ignoresObstacles: true, apply: () => undefined })],
  ['$inc', increment],
  ['$min', (operand) => bound(operand, -1)],
  ['$max', (operand) => bound(operand, 1)],
  ['$currentDate', currentDate],
  ['$push', push],
  ['$addToSet', addToSet],
  ['$pull', pull],
])

/** The update operators, for the table of the scope. */
export const updateOperators: readonly string[] = [...modifiers.keys()]

export function modifierOf(operator: string): Make {
  const make = modifiers.get(operator)
  if (make === undefined)
    throw refused(
      CODES.FailedToParse,
      `Unknown modifier: ${operator}. Expected a valid update modifier or pipeline-style update specified as an array`,
    )
  return make
}

function set(operand: Value): Modifier {
  return { creates: true, apply: (there) => (there?.same(operand) === true ? there : operand) }
}

function bound(operand: Value, direction: 1 | -1): Modifier {
  const apply = (there: Value | undefined) =>
    there !== undefined && compare(operand, there) * direction <= 0 ? there : operand
  return { creates: true, apply }
}

function increment(operand: Value, dotted: string): Modifier {
  if (!isNumber(operand))
    throw new CommandError(
      CODES.TypeMismatch,
      `Cannot increment with non-numeric argument: {${dotted}: ${show(operand)}}`,
    )
  const apply = (there: Value | undefined, applied: Applied) => {
    if (there === undefined) return operand
    if (!isNumber(there))
      throw new CommandError(
        CODES.TypeMismatch,
        `Cannot apply $inc to a value of non-numeric type. ${nameOf(applied)} has the field '${lastOf(applied)}' of non-numeric type ${typeName(there)}`,
      )
    const sum = add(there, operand)
    if (sum === undefined)
      throw new CommandError(
        CODES.BadValue,
        `Failed to apply $inc operations to current value ((NumberLong)${show(there)}) for document ${nameOf(applied)}`,
      )
    if (Number.isNaN(toNumber(sum))) applied.counts = true
    return sum.same(there) ? there : sum
  }
  return { creates: true, apply }
}

function currentDate(operand: Value): Modifier {
  const asked = operand.isObject ? operand.fields.get('$type') : undefined
  const other = operand.isObject && [...operand.fields.keys()].find((name) => name !== '$type')
  if (typeof other === 'string') throw new CommandError(CODES.BadValue, `Unrecognized $currentDate option: ${other}`)
  if (operand.type !== TYPE.bool && !operand.isObject)
    throw new CommandError(
      CODES.BadValue,
      `${typeName(operand)} is not valid type for $currentDate. Please use a boolean ('true') or a $type expression ({$type: 'timestamp/date'}).`,
    )
  const type = asked?.type === TYPE.string ? asked.text : undefined
  if (operand.isObject && type !== 'date' && type !== 'timestamp')
    throw new CommandError(
      CODES.BadValue,
      "The '$type' string field is required to be 'date' or 'timestamp': {$currentDate: {field : {$type: 'date'}}}",
    )
  return { creates: true, apply: () => (type === 'timestamp' ? timestamp() : date(Date.now())) }
}
