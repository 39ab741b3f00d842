import { CODES, refuse } from '../errors.ts'
import { buildArray, NULL, toDouble, toInt } from '../values/build.ts'
import { compare } from '../values/compare.ts'
import { encodeKey } from '../values/keys.ts'
import { addNumbers, isNumber, toNumber } from '../values/numbers.ts'
import { TYPE, type Value } from '../values/value.ts'

/** Gathers one value from each document of a group. */
export interface Accumulator {
  add(value: Value | undefined): void
  finish(): Value
}

/** Adds doubles without losing what rounding cuts off, as MongoDB does. */
class ExactSum {
  #sum = 0
  #rest = 0

  add(number: number): void {
    const sum = this.#sum + number
    const virtual = sum - this.#sum
    this.#rest += this.#sum - (sum - virtual) + (number - virtual)
    this.#sum = sum
  }

  get total(): number {
    return Number.isFinite(this.#sum) ? this.#sum + this.#rest : this.#sum
  }
}

function assertNoDecimal(value: Value): void {
  if (value.type === TYPE.decimal) throw refuse(CODES.NotImplemented, 'arithmetic with Decimal128 is not supported')
}

function createSum(): Accumulator {
  const doubles = new ExactSum()
  let whole: Value | undefined = toInt(0)
  let isDouble = false
  return {
    add(value) {
      if (value === undefined || !isNumber(value)) return
      assertNoDecimal(value)
      doubles.add(toNumber(value))
      isDouble ||= value.type === TYPE.double
      if (!isDouble && whole !== undefined) whole = addNumbers(whole, value)
    },
    finish: () => (isDouble || whole === undefined ? toDouble(doubles.total) : whole),
  }
}

function createAverage(): Accumulator {
  const doubles = new ExactSum()
  let count = 0
  return {
    add(value) {
      if (value === undefined || !isNumber(value)) return
      assertNoDecimal(value)
      doubles.add(toNumber(value))
      count++
    },
    finish: () => (count === 0 ? NULL : toDouble(doubles.total / count)),
  }
}

function createExtreme(direction: 1 | -1): Accumulator {
  let best: Value | undefined
  return {
    add(value) {
      if (value === undefined || value.type === TYPE.null || value.type === TYPE.undefined) return
      if (best === undefined || compare(value, best) * direction > 0) best = value
    },
    finish: () => best ?? NULL,
  }
}

function createEnd(isFirst: boolean): Accumulator {
  let found: { readonly value: Value | undefined } | undefined
  return {
    add(value) {
      if (!isFirst || found === undefined) found = { value }
    },
    finish: () => found?.value ?? NULL,
  }
}

function createList(): Accumulator {
  const items: Value[] = []
  return {
    add(value) {
      if (value !== undefined) items.push(value)
    },
    finish: () => buildArray(items),
  }
}

function createSet(): Accumulator {
  const items = new Map<string, Value>()
  return {
    add(value) {
      const key = value && encodeKey(value).toString('latin1')
      if (value !== undefined && key !== undefined && !items.has(key)) items.set(key, value)
    },
    finish: () => buildArray([...items.values()]),
  }
}

/** The accumulators of `$group`. */
export const ACCUMULATORS: ReadonlyMap<string, () => Accumulator> = new Map<string, () => Accumulator>([
  ['$sum', createSum],
  ['$avg', createAverage],
  ['$min', () => createExtreme(-1)],
  ['$max', () => createExtreme(1)],
  ['$first', () => createEnd(true)],
  ['$last', () => createEnd(false)],
  ['$push', createList],
  ['$addToSet', createSet],
])
