import { CODES, CommandError, refuse } from '../errors.ts'
import { createTimestamp, toDate } from '../values/build.ts'
import { compare } from '../values/compare.ts'
import { addNumbers, getTypeName, isNumber, toNumber } from '../values/numbers.ts'
import { TYPE, type Value } from '../values/value.ts'
import { buildAddToSet, buildPull, buildPush } from './arrays.ts'
import type { Application, Modifier } from './modifier.ts'

type Build = (operand: Value) => Modifier

const MODIFIERS: ReadonlyMap<string, Build> = new Map<string, Build>([
  ['$set', buildSet],
  ['$setOnInsert', buildSet],
  ['$unset', () => ({ creates: false, ignoresObstacles: true, apply: () => undefined })],
  ['$inc', buildIncrement],
  ['$min', (operand) => buildBound(operand, -1)],
  ['$max', (operand) => buildBound(operand, 1)],
  ['$currentDate', buildCurrentDate],
  ['$push', buildPush],
  ['$addToSet', buildAddToSet],
  ['$pull', buildPull],
])

/** The update operators, for the table of the scope. */
export const UPDATE_OPERATORS: readonly string[] = [...MODIFIERS.keys()]

/** Requires the builder of an update operator. */
export function requireModifier(operator: string): Build {
  const build = MODIFIERS.get(operator)
  if (build === undefined) throw refuse(CODES.FailedToParse, `Unknown modifier: ${operator}`)
  return build
}

function buildSet(operand: Value): Modifier {
  return { creates: true, apply: (present) => (present?.isSame(operand) === true ? present : operand) }
}

function buildBound(operand: Value, direction: 1 | -1): Modifier {
  const apply = (present: Value | undefined) =>
    present !== undefined && compare(operand, present) * direction <= 0 ? present : operand
  return { creates: true, apply }
}

function buildIncrement(operand: Value): Modifier {
  if (!isNumber(operand)) throw new CommandError(CODES.TypeMismatch, 'Cannot increment with a non-numeric argument')
  const apply = (present: Value | undefined, application: Application) => {
    if (present === undefined) return operand
    if (!isNumber(present))
      throw new CommandError(CODES.TypeMismatch, `Cannot apply $inc to a value of type ${getTypeName(present)}`)
    const sum = addNumbers(present, operand)
    if (sum === undefined) throw new CommandError(CODES.BadValue, 'Failed to apply $inc: the sum exceeds 64 bits')
    if (Number.isNaN(toNumber(sum))) application.counts = true
    return sum.isSame(present) ? present : sum
  }
  return { creates: true, apply }
}

function buildCurrentDate(operand: Value): Modifier {
  const type = operand.isObject ? operand.fields.get('$type') : undefined
  const kind = type?.type === TYPE.string ? type.text : undefined
  const isValid = operand.isObject
    ? operand.fields.size === 1 && (kind === 'date' || kind === 'timestamp')
    : operand.type === TYPE.bool
  if (!isValid)
    throw new CommandError(CODES.BadValue, "$currentDate takes a boolean or {$type: 'timestamp'} or {$type: 'date'}")
  return { creates: true, apply: () => (kind === 'timestamp' ? createTimestamp() : toDate(Date.now())) }
}
