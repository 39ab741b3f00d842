import {
  Binary,
  BSONRegExp,
  Decimal128,
  type Document,
  Double,
  Int32,
  Long,
  MaxKey,
  MinKey,
  ObjectId,
  Timestamp,
} from 'mongodb'

/** A repeatable stream of choices. */
export class Dice {
  #state: number

  constructor(seed: number) {
    this.#state = seed >>> 0
  }

  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let value = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state)
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value
    return ((value ^ (value >>> 14)) >>> 0) / 2 ** 32
  }

  below(count: number): number {
    return Math.floor(this.next() * count)
  }

  chance(probability: number): boolean {
    return this.next() < probability
  }

  pick<T>(from: readonly T[]): T {
    return from[this.below(from.length)] as T
  }
}

export const numbers = [
  new Int32(0),
  new Int32(1),
  new Int32(2),
  new Int32(-1),
  new Int32(7),
  new Double(1),
  new Double(1.5),
  new Double(-0),
  new Double(2),
  new Double(Number.NaN),
  new Double(Number.POSITIVE_INFINITY),
  Long.fromNumber(1),
  Long.fromString('9007199254740993'),
  Long.fromNumber(2),
  Decimal128.fromString('1'),
  Decimal128.fromString('1.50'),
  Decimal128.fromString('0.1'),
  new Double(0.1),
  new Int32(2147483647),
  new Double(9007199254740992),
] // prettier-ignore
const others = [
  '',
  'a',
  'b',
  'ab',
  'é',
  'z',
  null,
  null,
  true,
  false,
  new Date(0),
  new Date(1000),
  new MinKey(),
  new MaxKey(),
  new ObjectId('000000000000000000000001'),
  new ObjectId('0000000000000000000000ff'),
  new Binary(Buffer.from('ab')),
  new Binary(Buffer.from('b'), 5),
  new Timestamp({ t: 1, i: 2 }),
  'a\0b',
  '😀',
]
const names = ['a', 'b', 'c', 'l']
const paths = ['a', 'b', 'c', 'l', 'a.b', 'l.a', 'b.c', 'a.b.c', 'l.b']

/** A value of any type, nested a little. */
export function value(dice: Dice, depth = 2): unknown {
  const kind = dice.below(10)
  if (kind < 4) return dice.pick(numbers)
  if (kind < 7 || depth === 0) return dice.pick(others)
  if (kind < 8) return Array.from({ length: dice.below(4) }, () => value(dice, depth - 1))
  const fields: Document = {}
  for (let count = dice.below(3); count > 0; count--) fields[dice.pick(names)] = value(dice, depth - 1)
  return fields
}

/** A document with an `_id`. */
export function document(dice: Dice, id: unknown): Document {
  const fields: Document = { _id: id }
  for (const name of names)
    if (dice.chance(0.7)) fields[name] = name === 'l' && dice.chance(0.7) ? list(dice) : value(dice)
  return fields
}

function list(dice: Dice): unknown[] {
  return Array.from({ length: dice.below(5) }, () => value(dice, 1))
}

const OPERATORS = [
  '$eq',
  '$ne',
  '$gt',
  '$gte',
  '$lt',
  '$lte',
  '$in',
  '$nin',
  '$exists',
  '$not',
  '$regex',
  '$size',
  '$all',
  '$type',
  '$elemMatch',
]

function operand(dice: Dice): Document {
  const fields: Document = {}
  for (let count = 1 + dice.below(2); count > 0; count--) {
    const operator = dice.pick(OPERATORS)
    if (operator === '$in' || operator === '$nin')
      fields[operator] = Array.from({ length: dice.below(4) }, () => value(dice, 1))
    else if (operator === '$size') fields[operator] = dice.below(4)
    else if (operator === '$all') fields[operator] = Array.from({ length: 1 + dice.below(2) }, () => value(dice, 1))
    else if (operator === '$type') fields[operator] = dice.pick(['int', 'array', 'number', 'object', 'null', 2, 'bool'])
    else if (operator === '$elemMatch')
      fields[operator] = dice.chance(0.5) ? { $gte: value(dice, 0) } : { [dice.pick(names)]: value(dice, 0) }
    else if (operator === '$exists') fields[operator] = dice.pick([true, false, 1, 0])
    else if (operator === '$not') fields[operator] = dice.chance(0.2) ? new BSONRegExp('^a') : operand(dice)
    else if (operator === '$regex')
      Object.assign(
        fields,
        { $regex: dice.pick(['^a', 'b$', '.', 'A', '^$']) },
        dice.chance(0.3) ? { $options: 'i' } : {},
      )
    else fields[operator] = value(dice, 1)
    // MongoDB misses documents here when the index is sparse; this server does not.
    if (fields[operator] === null && /^\$[gl]te$/.test(operator)) fields[operator] = 1
  }
  return fields
}

/** A filter. */
export function filter(dice: Dice, depth = 2): Document {
  const fields: Document = {}
  for (let count = dice.below(3); count > 0; count--) {
    if (depth > 0 && dice.chance(0.2))
      fields[dice.pick(['$and', '$or', '$nor'])] = Array.from({ length: 1 + dice.below(2) }, () =>
        filter(dice, depth - 1),
      )
    else if (dice.chance(0.15)) fields._id = dice.below(12)
    else fields[dice.pick(paths)] = dice.chance(0.5) ? operand(dice) : value(dice, 1)
  }
  return fields
}

/** An update, right or wrong. */
export function update(dice: Dice): Document {
  if (dice.chance(0.1)) return { ...(dice.chance(0.2) ? { _id: dice.below(12) } : {}), a: value(dice), z: value(dice) }
  const operators: Document = {}
  for (let count = 1 + dice.below(2); count > 0; count--) {
    const operator = dice.pick([
      '$set',
      '$set',
      '$setOnInsert',
      '$inc',
      '$inc',
      '$unset',
      '$min',
      '$max',
      '$push',
      '$push',
      '$addToSet',
      '$addToSet',
      '$pull',
      '$pull',
    ])
    const fields: Document = {}
    for (let paths = 1 + dice.below(2); paths > 0; paths--) fields[path(dice, operator)] = argument(dice, operator)
    operators[operator] = fields
  }
  return operators
}

function path(dice: Dice, operator: string): string {
  if (operator === '$push' || operator === '$addToSet') return dice.pick([...paths, 'e.f', 'l'])
  return dice.chance(0.05) ? dice.pick(['_id', 'x.', '']) : dice.pick([...paths, 'd', 'e.f', 'l'])
}

function argument(dice: Dice, operator: string): unknown {
  if (operator === '$inc') return dice.chance(0.9) ? dice.pick(numbers) : value(dice, 0)
  if (operator === '$push' && dice.chance(0.5))
    return {
      $each: dice.chance(0.95) ? list(dice) : 1,
      ...(dice.chance(0.5) ? { $slice: dice.pick([0, 1, 2, -1, -2, 1.5]) } : {}),
    }
  if (operator === '$addToSet' && dice.chance(0.4)) return { $each: list(dice) }
  if (operator === '$pull') return dice.chance(0.3) ? { $in: list(dice) } : scalar(dice)
  return value(dice, 1)
}

function scalar(dice: Dice): unknown {
  return dice.chance(0.5) ? dice.pick(numbers) : dice.pick(others)
}

/** A sort by one or two keys, and `_id` to settle ties. */
export function sort(dice: Dice): Document {
  const keys: Document = {}
  for (let count = dice.below(3); count > 0; count--)
    keys[dice.pick(['a', 'b', 'c', 'a.b', 'b.c'])] = dice.pick([1, -1])
  return { ...keys, _id: 1 }
}

/** A projection. */
export function projection(dice: Dice): Document {
  const fields: Document = {}
  for (let count = dice.below(3); count > 0; count--) fields[dice.pick(paths)] = dice.chance(0.9) ? 1 : 0
  if (dice.chance(0.3)) for (const name of Object.keys(fields)) fields[name] = 0
  if (dice.chance(0.3)) fields._id = dice.pick([0, 1])
  return fields
}
