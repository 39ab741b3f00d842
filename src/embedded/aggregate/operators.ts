import { CODES, CommandError } from '../errors.ts'
import { isTruthy } from '../query/filter.ts'
import { fromPlain, NULL, toDouble, toInt, toText } from '../values/build.ts'
import { compare } from '../values/compare.ts'
import { addNumbers, getTypeName, isNumber, multiplyNumbers, toNumber } from '../values/numbers.ts'
import { TYPE, Value } from '../values/value.ts'

type Operand = Value | undefined

interface Operator {
  readonly min: number
  readonly max: number
  apply(operands: readonly Operand[]): Operand
}

const MISSING = new Value(TYPE.undefined, Buffer.alloc(0))
const MANY = Number.POSITIVE_INFINITY

function defineComparison(test: (order: number) => boolean): Operator {
  return { min: 2, max: 2, apply: ([a, b]) => fromPlain(test(compareOperands(a, b))) }
}

/** Compares operands; a missing one is below null. */
function compareOperands(a: Operand, b: Operand): number {
  return compare(a ?? MISSING, b ?? MISSING)
}

function defineArithmetic(code: number, combine: (a: Value, b: Value) => Value, max: number): Operator {
  const apply = (operands: readonly Operand[]): Value => {
    const wrong = operands.find((each) => !isNull(each) && !isNumber(each as Value))
    if (operands.some(isNull) && wrong === undefined) return NULL
    if (wrong !== undefined) throw new CommandError(code, `arithmetic takes numbers, not ${getTypeName(wrong)}`)
    return (operands as readonly Value[]).reduce(combine)
  }
  return { min: max === MANY ? 1 : max, max, apply }
}

function isNull(value: Operand): boolean {
  return value === undefined || value.type === TYPE.null || value.type === TYPE.undefined
}

function add(a: Value, b: Value): Value {
  return addNumbers(a, b) ?? toDouble(toNumber(a) + toNumber(b))
}

function concatenate(operands: readonly Operand[]): Value {
  for (const each of operands) {
    if (isNull(each)) return NULL
    if (each?.type !== TYPE.string) throw new CommandError(16702, '$concat only supports strings')
  }
  return toText(operands.map((each) => each?.text).join(''))
}

function countItems([array]: readonly Operand[]): Value {
  if (array?.isArray !== true) throw new CommandError(17124, 'The argument to $size must be an array')
  return toInt(array.items.length)
}

const isTrue = (value: Operand) => isTruthy(value ?? NULL)

/** The operators of expressions, beside `$literal` and `$cond`. */
export const OPERATORS: ReadonlyMap<string, Operator> = new Map<string, Operator>([
  ['$eq', defineComparison((order) => order === 0)],
  ['$ne', defineComparison((order) => order !== 0)],
  ['$gt', defineComparison((order) => order > 0)],
  ['$gte', defineComparison((order) => order >= 0)],
  ['$lt', defineComparison((order) => order < 0)],
  ['$lte', defineComparison((order) => order <= 0)],
  ['$and', { min: 0, max: MANY, apply: (operands) => fromPlain(operands.every(isTrue)) }],
  ['$or', { min: 0, max: MANY, apply: (operands) => fromPlain(operands.some(isTrue)) }],
  ['$not', { min: 1, max: 1, apply: ([operand]) => fromPlain(!isTrue(operand)) }],
  ['$ifNull', { min: 2, max: MANY, apply: (operands) => operands.find((each) => !isNull(each)) ?? operands.at(-1) }],
  ['$add', defineArithmetic(16554, add, MANY)],
  ['$subtract', defineArithmetic(CODES.TypeMismatch, (a, b) => add(a, multiplyNumbers(b, toInt(-1))), 2)],
  ['$multiply', defineArithmetic(CODES.TypeMismatch, multiplyNumbers, MANY)],
  ['$concat', { min: 0, max: MANY, apply: concatenate }],
  ['$size', { min: 1, max: 1, apply: countItems }],
])
