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

/** A seeded source of random choices. */
export class Random {
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

  pickInteger(count: number): number {
    return Math.floor(this.next() * count)
  }

  decide(probability: number): boolean {
    return this.next() < probability
  }

  pick<T>(from: readonly T[]): T {
    return from[this.pickInteger(from.length)] as T
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

/** Creates a value of any type, with little nesting. */
export function createValue(random: Random, depth = 2): unknown {
  const kind = random.pickInteger(10)
  if (kind < 4) return random.pick(numbers)
  if (kind < 7 || depth === 0) return random.pick(others)
  if (kind < 8) return Array.from({ length: random.pickInteger(4) }, () => createValue(random, depth - 1))
  const fields: Document = {}
  for (let count = random.pickInteger(3); count > 0; count--)
    fields[random.pick(names)] = createValue(random, depth - 1)
  return fields
}

export function createDocument(random: Random, id: unknown): Document {
  const fields: Document = { _id: id }
  for (const name of names)
    if (random.decide(0.7)) fields[name] = name === 'l' && random.decide(0.7) ? createList(random) : createValue(random)
  return fields
}

function createList(random: Random): unknown[] {
  return Array.from({ length: random.pickInteger(5) }, () => createValue(random, 1))
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

function createCondition(random: Random): Document {
  const fields: Document = {}
  for (let count = 1 + random.pickInteger(2); count > 0; count--) {
    const operator = random.pick(OPERATORS)
    if (operator === '$in' || operator === '$nin')
      fields[operator] = Array.from({ length: random.pickInteger(4) }, () => createValue(random, 1))
    else if (operator === '$size') fields[operator] = random.pickInteger(4)
    else if (operator === '$all')
      fields[operator] = Array.from({ length: 1 + random.pickInteger(2) }, () => createValue(random, 1))
    else if (operator === '$type')
      fields[operator] = random.pick(['int', 'array', 'number', 'object', 'null', 2, 'bool'])
    else if (operator === '$elemMatch')
      fields[operator] = random.decide(0.5)
        ? { $gte: createValue(random, 0) }
        : { [random.pick(names)]: createValue(random, 0) }
    else if (operator === '$exists') fields[operator] = random.pick([true, false, 1, 0])
    else if (operator === '$not') fields[operator] = random.decide(0.2) ? new BSONRegExp('^a') : createCondition(random)
    else if (operator === '$regex')
      Object.assign(
        fields,
        { $regex: random.pick(['^a', 'b$', '.', 'A', '^$']) },
        random.decide(0.3) ? { $options: 'i' } : {},
      )
    else fields[operator] = createValue(random, 1)
    // With a sparse index MongoDB misses documents here; this server does not.
    if (fields[operator] === null && /^\$[gl]te$/.test(operator)) fields[operator] = 1
  }
  return fields
}

export function createFilter(random: Random, depth = 2): Document {
  const fields: Document = {}
  for (let count = random.pickInteger(3); count > 0; count--) {
    if (depth > 0 && random.decide(0.2))
      fields[random.pick(['$and', '$or', '$nor'])] = Array.from({ length: 1 + random.pickInteger(2) }, () =>
        createFilter(random, depth - 1),
      )
    else if (random.decide(0.15)) fields._id = random.pickInteger(12)
    else fields[random.pick(paths)] = random.decide(0.5) ? createCondition(random) : createValue(random, 1)
  }
  return fields
}

/** Creates an update, valid or not. */
export function createUpdate(random: Random): Document {
  if (random.decide(0.1))
    return {
      ...(random.decide(0.2) ? { _id: random.pickInteger(12) } : {}),
      a: createValue(random),
      z: createValue(random),
    }
  const operators: Document = {}
  for (let count = 1 + random.pickInteger(2); count > 0; count--) {
    const operator = random.pick([
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
    for (let paths = 1 + random.pickInteger(2); paths > 0; paths--)
      fields[pickPath(random, operator)] = createArgument(random, operator)
    operators[operator] = fields
  }
  return operators
}

function pickPath(random: Random, operator: string): string {
  if (operator === '$push' || operator === '$addToSet') return random.pick([...paths, 'e.f', 'l'])
  return random.decide(0.05) ? random.pick(['_id', 'x.', '']) : random.pick([...paths, 'd', 'e.f', 'l'])
}

function createArgument(random: Random, operator: string): unknown {
  if (operator === '$inc') return random.decide(0.9) ? random.pick(numbers) : createValue(random, 0)
  if (operator === '$push' && random.decide(0.5))
    return {
      $each: random.decide(0.95) ? createList(random) : 1,
      ...(random.decide(0.5) ? { $slice: random.pick([0, 1, 2, -1, -2, 1.5]) } : {}),
    }
  if (operator === '$addToSet' && random.decide(0.4)) return { $each: createList(random) }
  if (operator === '$pull') return random.decide(0.3) ? { $in: createList(random) } : pickScalar(random)
  return createValue(random, 1)
}

function pickScalar(random: Random): unknown {
  return random.decide(0.5) ? random.pick(numbers) : random.pick(others)
}

/** Creates a sort by up to two keys, with `_id` to break ties. */
export function createSort(random: Random): Document {
  const keys: Document = {}
  for (let count = random.pickInteger(3); count > 0; count--)
    keys[random.pick(['a', 'b', 'c', 'a.b', 'b.c'])] = random.pick([1, -1])
  return { ...keys, _id: 1 }
}

export function createProjection(random: Random): Document {
  const fields: Document = {}
  for (let count = random.pickInteger(3); count > 0; count--) fields[random.pick(paths)] = random.decide(0.9) ? 1 : 0
  if (random.decide(0.3)) for (const name of Object.keys(fields)) fields[name] = 0
  if (random.decide(0.3)) fields._id = random.pick([0, 1])
  return fields
}
