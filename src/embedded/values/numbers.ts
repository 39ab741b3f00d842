import { CODES, CommandError } from '../errors.ts'
import { type DecimalOrNot, decimalOf, decimalValue, exactDecimal, parseDecimal, plus, subtract } from './decimal.ts'
import { double, int, long } from './make.ts'
import { TYPE, type Value } from './value.ts'

/** Is it one of the four types of number? */
export function isNumber(value: Value): boolean {
  return (
    value.type === TYPE.int || value.type === TYPE.double || value.type === TYPE.long || value.type === TYPE.decimal
  )
}

/** The nearest JavaScript number. */
export function toNumber(value: Value): number {
  switch (value.type) {
    case TYPE.int:
      return value.bytes.readInt32LE(0)
    case TYPE.double:
      return value.bytes.readDoubleLE(0)
    case TYPE.long:
      return Number(value.bytes.readBigInt64LE(0))
    case TYPE.decimal: {
      const decimal = decimalOf(value)
      return typeof decimal === 'string' ? Number(decimal) : Number(`${decimal.coefficient}e${decimal.exponent}`)
    }
    default:
      return Number.NaN
  }
}

function exact(value: Value): DecimalOrNot {
  if (value.type === TYPE.decimal) return decimalOf(value)
  if (value.type === TYPE.long) return { coefficient: value.bytes.readBigInt64LE(0), exponent: 0 }
  const number = toNumber(value)
  return Number.isFinite(number) ? exactDecimal(number) : (String(number) as 'NaN')
}

/**
 * The order of numbers as bytes: numbers that are equal, of whatever types, have equal bytes.
 * First the nearest double, then, where a long or a decimal is not a double, what is missing to it.
 */
export function numberKey(value: Value): Buffer {
  const nearest = Math.max(-Number.MAX_VALUE, Math.min(Number.MAX_VALUE, toNumber(value)))
  if (value.type === TYPE.int || value.type === TYPE.double) return withRest(toNumber(value), Buffer.from([0x80]))
  const precise = exact(value)
  if (typeof precise === 'string') return withRest(toNumber(value), Buffer.from([0x80]))
  const rest = subtract(precise, exactDecimal(nearest))
  return withRest(nearest, restKey(rest.coefficient, rest.exponent))
}

function withRest(nearest: number, rest: Buffer): Buffer {
  const bytes = Buffer.allocUnsafe(8 + rest.length)
  bytes.writeDoubleBE(nearest === 0 ? 0 : nearest)
  if (Number.isNaN(nearest)) bytes.fill(0, 0, 8)
  else if ((bytes[0] as number) & 0x80) for (let i = 0; i < 8; i++) bytes[i] = ~(bytes[i] as number) & 0xff
  else bytes[0] = (bytes[0] as number) | 0x80
  bytes.set(rest, 8)
  return bytes
}

/** A sign, the power of ten, the digits, an end; all complemented when negative. */
function restKey(coefficient: bigint, exponent: number): Buffer {
  if (coefficient === 0n) return Buffer.from([0x80])
  const all = String(coefficient < 0n ? -coefficient : coefficient)
  const digits = all.slice(0, 60).replace(/0+$/, '')
  const bytes = Buffer.alloc(digits.length + 4)
  bytes[0] = 0x81
  bytes.writeUInt16BE(exponent + all.length + 0x8000, 1)
  bytes.write(digits, 3, 'latin1')
  if (coefficient < 0n) for (let i = 0; i < bytes.length; i++) bytes[i] = ~(bytes[i] as number) & 0xff
  return bytes
}

/** Orders two numbers of any types; NaN is below all and equal to itself. */
export function compareNumbers(a: Value, b: Value): number {
  if ((a.type === TYPE.int || a.type === TYPE.double) && (b.type === TYPE.int || b.type === TYPE.double)) {
    const x = toNumber(a)
    const y = toNumber(b)
    if (x === y) return 0
    if (x < y) return -1
    if (x > y) return 1
    return Number(Number.isNaN(y)) - Number(Number.isNaN(x))
  }
  return Buffer.compare(numberKey(a), numberKey(b))
}

const MAX_LONG = 2n ** 63n - 1n

/** a + b in MongoDB's promotion; undefined where an int64 overflows. */
export function add(a: Value, b: Value): Value | undefined {
  if (a.type === TYPE.decimal || b.type === TYPE.decimal) return addDecimals(a, b)
  if (a.type === TYPE.double || b.type === TYPE.double) return double(toNumber(a) + toNumber(b))
  const sum = BigInt(integerOf(a)) + BigInt(integerOf(b))
  if (sum > MAX_LONG || sum < -MAX_LONG - 1n) return undefined
  const fits = a.type === TYPE.int && b.type === TYPE.int && sum === BigInt.asIntN(32, sum)
  return fits ? int(Number(sum)) : long(sum)
}

function integerOf(value: Value): bigint | number {
  return value.type === TYPE.long ? value.bytes.readBigInt64LE(0) : toNumber(value)
}

function addDecimals(a: Value, b: Value): Value {
  const x = asDecimal(a)
  const y = asDecimal(b)
  if (typeof x === 'object' && typeof y === 'object') return decimalValue(plus(x, y))
  if (typeof x === 'object') return decimalValue(y)
  if (typeof y === 'object' || x === y) return decimalValue(x)
  return decimalValue('NaN')
}

/** A double enters decimal arithmetic with 15 significant digits. */
function asDecimal(value: Value): DecimalOrNot {
  if (value.type !== TYPE.double) return exact(value)
  const number = toNumber(value)
  if (number === 0) return { coefficient: 0n, exponent: 0 }
  return Number.isFinite(number) ? parseDecimal(number.toPrecision(15)) : (String(number) as 'NaN')
}

/** A whole number for a command's field, or MongoDB's complaint naming the field. */
export function wholeNumber(value: Value, field: string): number {
  if (!isNumber(value))
    throw new CommandError(
      CODES.TypeMismatch,
      `BSON field '${field}' is the wrong type '${typeName(value)}', expected types '[long, int, decimal, double]'`,
    )
  return Math.trunc(toNumber(value)) || 0
}

const typeNames = new Map<number, string>([
  ...Object.entries(TYPE).map(([name, code]) => [code, name] as const),
  [TYPE.binary, 'binData'],
  [TYPE.code, 'javascript'],
  [TYPE.codeWithScope, 'javascriptWithScope'],
])

/** MongoDB's name of a value's type. */
export function typeName(value: Value): string {
  return typeNames.get(value.type) ?? 'unknown'
}
