import { createRequire } from 'node:module'
import { TYPE, Value } from './value.ts'

/** A finite decimal: coefficient times ten to the exponent. */
export interface Decimal {
  readonly coefficient: bigint
  readonly exponent: number
}

export type DecimalOrNot = Decimal | 'NaN' | 'Infinity' | '-Infinity'

const DIGITS = 34

let library: typeof import('bson') | undefined

/** Loaded when the first decimal is met: most servers never meet one, and start sooner. */
function bson(): typeof import('bson') {
  library ??= createRequire(import.meta.url)('bson') as typeof import('bson')
  return library
}

/** Reads the text of a decimal, as `12.5E+3`. */
export function parseDecimal(text: string): DecimalOrNot {
  if (text === 'NaN' || text === 'Infinity' || text === '-Infinity') return text
  const match = /^(-?)(\d*)\.?(\d*)(?:E([+-]?\d+))?$/i.exec(text)
  if (match === null) return 'NaN'
  const [, sign = '', whole = '', fraction = '', power = '0'] = match
  const coefficient = BigInt(whole + fraction || '0')
  return { coefficient: sign === '-' ? -coefficient : coefficient, exponent: Number(power) - fraction.length }
}

/** The decimal in a value of type decimal. */
export function decimalOf(value: Value): DecimalOrNot {
  return parseDecimal(new (bson().Decimal128)(value.bytes).toString())
}

/** The exact decimal of a double: every double has one. */
export function exactDecimal(number: number): Decimal {
  if (Number.isInteger(number)) return { coefficient: BigInt(number), exponent: 0 }
  let shifts = 0
  let scaled = number
  while (!Number.isInteger(scaled)) {
    scaled *= 2
    shifts++
  }
  return { coefficient: BigInt(scaled) * 5n ** BigInt(shifts), exponent: -shifts }
}

/** a - b, exact. */
export function subtract(a: Decimal, b: Decimal): Decimal {
  return plus(a, { coefficient: -b.coefficient, exponent: b.exponent })
}

/** a + b, exact. */
export function plus(a: Decimal, b: Decimal): Decimal {
  const exponent = Math.min(a.exponent, b.exponent)
  const at = (value: Decimal) => value.coefficient * 10n ** BigInt(value.exponent - exponent)
  return { coefficient: at(a) + at(b), exponent }
}

/** A BSON decimal, rounded half to even to 34 digits. */
export function decimalValue(decimal: DecimalOrNot): Value {
  const text = typeof decimal === 'string' ? decimal : textOf(rounded(decimal))
  return new Value(TYPE.decimal, Buffer.from(bson().Decimal128.fromString(text).bytes))
}

function textOf({ coefficient, exponent }: Decimal): string {
  return `${coefficient}E${exponent >= 0 ? '+' : ''}${exponent}`
}

function rounded({ coefficient, exponent }: Decimal): Decimal {
  const negative = coefficient < 0n
  const digits = String(negative ? -coefficient : coefficient)
  const excess = digits.length - DIGITS
  if (excess <= 0) return { coefficient, exponent }
  const unit = 10n ** BigInt(excess)
  const magnitude = BigInt(digits)
  const rest = magnitude % unit
  let kept = magnitude / unit
  if (rest * 2n > unit || (rest * 2n === unit && kept % 2n === 1n)) kept += 1n
  return rounded({ coefficient: negative ? -kept : kept, exponent: exponent + excess })
}
