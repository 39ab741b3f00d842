import { createRequire } from 'node:module'
import type { Value } from './value.ts'

/** A finite decimal: coefficient times ten to the exponent. */
export interface Decimal {
  readonly coefficient: bigint
  readonly exponent: number
}

export type DecimalOrNot = Decimal | 'NaN' | 'Infinity' | '-Infinity'

let library: typeof import('bson') | undefined

/** Reads a Decimal128. The library is loaded with the first one: most servers never meet any, and start sooner. */
export function readDecimal(value: Value): DecimalOrNot {
  library ??= createRequire(import.meta.url)('bson') as typeof import('bson')
  const text = new library.Decimal128(value.bytes).toString()
  const match = /^(-?)(\d*)\.?(\d*)(?:E([+-]?\d+))?$/i.exec(text)
  if (match === null) return text as 'NaN'
  const [, sign = '', whole = '', fraction = '', power = '0'] = match
  const coefficient = BigInt(whole + fraction || '0')
  return { coefficient: sign === '-' ? -coefficient : coefficient, exponent: Number(power) - fraction.length }
}

/** Converts a double exactly: every finite double has a decimal. */
export function toDecimal(number: number): Decimal {
  let shifts = 0
  let scaled = number
  while (!Number.isInteger(scaled)) {
    scaled *= 2
    shifts++
  }
  return { coefficient: BigInt(scaled) * 5n ** BigInt(shifts), exponent: -shifts }
}

/** Subtracts exactly. */
export function subtract(a: Decimal, b: Decimal): Decimal {
  const exponent = Math.min(a.exponent, b.exponent)
  const scale = (value: Decimal) => value.coefficient * 10n ** BigInt(value.exponent - exponent)
  return { coefficient: scale(a) - scale(b), exponent }
}
