import { CODES, CommandError, refuse } from '../errors.ts'
import { toDouble, toInt, toLong } from './build.ts'
import { type DecimalOrNot, readDecimal, subtract, toDecimal } from './decimals.ts'
import { TYPE, type Value } from './value.ts'

/** Tells whether a value is one of the four types of number. */
export function isNumber(value: Value): boolean {
  return (
    value.type === TYPE.int || value.type === TYPE.double || value.type === TYPE.long || value.type === TYPE.decimal
  )
}

/** Converts to the nearest JavaScript number. */
export function toNumber(value: Value): number {
  switch (value.type) {
    case TYPE.int:
      return value.bytes.readInt32LE(0)
    case TYPE.double:
      return value.bytes.readDoubleLE(0)
    case TYPE.long:
      return Number(value.bytes.readBigInt64LE(0))
    case TYPE.decimal: {
      const decimal = readDecimal(value)
      return typeof decimal === 'string' ? Number(decimal) : Number(`${decimal.coefficient}e${decimal.exponent}`)
    }
    default:
      return Number.NaN
  }
}

function toExact(value: Value): DecimalOrNot {
  if (value.type === TYPE.decimal) return readDecimal(value)
  if (value.type === TYPE.long) return { coefficient: value.bytes.readBigInt64LE(0), exponent: 0 }
  const number = toNumber(value)
  return Number.isFinite(number) ? toDecimal(number) : (String(number) as 'NaN')
}

/** Encodes a number so that bytes sort as numbers and equal numbers of all types have equal bytes: the nearest double, then what a long or a decimal lacks to it. */
export function encodeNumber(value: Value): Buffer {
  const nearest = Math.max(-Number.MAX_VALUE, Math.min(Number.MAX_VALUE, toNumber(value)))
  if (value.type === TYPE.int || value.type === TYPE.double) return joinRest(toNumber(value), Buffer.from([0x80]))
  const precise = toExact(value)
  if (typeof precise === 'string') return joinRest(toNumber(value), Buffer.from([0x80]))
  const rest = subtract(precise, toDecimal(nearest))
  return joinRest(nearest, encodeRest(rest.coefficient, rest.exponent))
}

function joinRest(nearest: number, rest: Buffer): Buffer {
  const bytes = Buffer.allocUnsafe(8 + rest.length)
  bytes.writeDoubleBE(nearest === 0 ? 0 : nearest)
  if (Number.isNaN(nearest)) bytes.fill(0, 0, 8)
  else if ((bytes[0] as number) & 0x80) for (let i = 0; i < 8; i++) bytes[i] = ~(bytes[i] as number) & 0xff
  else bytes[0] = (bytes[0] as number) | 0x80
  bytes.set(rest, 8)
  return bytes
}

/** Encodes a sign, the power of ten, the digits and an end; all inverted when negative. */
function encodeRest(coefficient: bigint, exponent: number): Buffer {
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

/** Compares two numbers of any types; NaN is below all and equal to itself. */
export function compareNumbers(a: Value, b: Value): number {
  if ((a.type === TYPE.int || a.type === TYPE.double) && (b.type === TYPE.int || b.type === TYPE.double)) {
    const x = toNumber(a)
    const y = toNumber(b)
    if (x === y) return 0
    if (x < y) return -1
    if (x > y) return 1
    return Number(Number.isNaN(y)) - Number(Number.isNaN(x))
  }
  return Buffer.compare(encodeNumber(a), encodeNumber(b))
}

/** Adds in MongoDB's promotion; undefined where an int64 overflows. */
export function addNumbers(a: Value, b: Value): Value | undefined {
  assertNoDecimal(a, b)
  if (a.type === TYPE.double || b.type === TYPE.double) return toDouble(toNumber(a) + toNumber(b))
  const sum = toBigInt(a) + toBigInt(b)
  if (sum !== BigInt.asIntN(64, sum)) return undefined
  const fits = a.type === TYPE.int && b.type === TYPE.int && sum === BigInt.asIntN(32, sum)
  return fits ? toInt(Number(sum)) : toLong(sum)
}

/** Multiplies in MongoDB's promotion; past int64 it becomes a double. */
export function multiplyNumbers(a: Value, b: Value): Value {
  assertNoDecimal(a, b)
  if (a.type === TYPE.double || b.type === TYPE.double) return toDouble(toNumber(a) * toNumber(b))
  const product = toBigInt(a) * toBigInt(b)
  if (product !== BigInt.asIntN(64, product)) return toDouble(Number(product))
  const fits = a.type === TYPE.int && b.type === TYPE.int && product === BigInt.asIntN(32, product)
  return fits ? toInt(Number(product)) : toLong(product)
}

function assertNoDecimal(a: Value, b: Value): void {
  if (a.type === TYPE.decimal || b.type === TYPE.decimal)
    throw refuse(CODES.NotImplemented, 'arithmetic with Decimal128 is not supported')
}

function toBigInt(value: Value): bigint {
  return value.type === TYPE.long ? value.bytes.readBigInt64LE(0) : BigInt(toNumber(value))
}

/** Reads the whole number in a command's field. @throws CommandError that names the field. */
export function readWholeNumber(value: Value, field: string): number {
  if (!isNumber(value))
    throw new CommandError(
      CODES.TypeMismatch,
      `BSON field '${field}' is the wrong type '${getTypeName(value)}', expected a number`,
    )
  return Math.trunc(toNumber(value)) || 0
}

const typeNames = new Map<number, string>([
  ...Object.entries(TYPE).map(([name, code]) => [code, name] as const),
  [TYPE.binary, 'binData'],
])

/** Gives MongoDB's name of a value's type. */
export function getTypeName(value: Value): string {
  return typeNames.get(value.type) ?? 'unknown'
}
