import { compareNumbers } from './numbers.ts'
import { TYPE, type Value } from './value.ts'

const ranks = new Map<number, number>([
  [TYPE.minKey, 1],
  [TYPE.undefined, 4],
  [TYPE.null, 5],
  [TYPE.int, 10],
  [TYPE.long, 10],
  [TYPE.double, 10],
  [TYPE.decimal, 10],
  [TYPE.string, 15],
  [TYPE.symbol, 15],
  [TYPE.object, 20],
  [TYPE.array, 25],
  [TYPE.binary, 30],
  [TYPE.objectId, 35],
  [TYPE.bool, 40],
  [TYPE.date, 45],
  [TYPE.timestamp, 47],
  [TYPE.regex, 50],
  [TYPE.dbPointer, 55],
  [TYPE.code, 60],
  [TYPE.codeWithScope, 65],
  [TYPE.maxKey, 127],
])

/** Gives the place of a value's type in BSON's order of types; all numbers share one. */
export function rankType(value: Value): number {
  return ranks.get(value.type) as number
}

/** Compares two values in BSON's order: by type, then by value. */
export function compare(a: Value, b: Value): number {
  const byType = rankType(a) - rankType(b)
  return byType !== 0 ? byType : compareAlike(a, b)
}

/** Tells whether two values are equal for a query: 1 is 1.0, documents field by field. */
export function isEqual(a: Value, b: Value): boolean {
  return a.isSame(b) || compare(a, b) === 0
}

function compareAlike(a: Value, b: Value): number {
  switch (a.type) {
    case TYPE.int:
    case TYPE.long:
    case TYPE.double:
    case TYPE.decimal:
      return compareNumbers(a, b)
    case TYPE.string:
      return Buffer.compare(a.bytes.subarray(4), b.bytes.subarray(4))
    case TYPE.date:
      return toSign(a.bytes.readBigInt64LE(0) - b.bytes.readBigInt64LE(0))
    case TYPE.timestamp:
      return toSign(a.bytes.readBigUInt64LE(0) - b.bytes.readBigUInt64LE(0))
    case TYPE.binary:
      return a.bytes.length - b.bytes.length || Buffer.compare(a.bytes.subarray(4), b.bytes.subarray(4))
    case TYPE.object:
      return compareObjects(a, b)
    case TYPE.array:
      return compareArrays(a.items, b.items)
    case TYPE.null:
    case TYPE.undefined:
    case TYPE.minKey:
    case TYPE.maxKey:
      return 0
    default:
      return Buffer.compare(a.bytes, b.bytes)
  }
}

function toSign(difference: bigint): number {
  return difference < 0n ? -1 : difference > 0n ? 1 : 0
}

function compareObjects(a: Value, b: Value): number {
  const others = b.fields.entries()
  for (const [name, value] of a.fields) {
    const next = others.next()
    if (next.done === true) return 1
    const [otherName, other] = next.value
    const order =
      rankType(value) - rankType(other) ||
      Buffer.compare(Buffer.from(name), Buffer.from(otherName)) ||
      compareAlike(value, other)
    if (order !== 0) return order
  }
  return others.next().done === true ? 0 : -1
}

function compareArrays(a: readonly Value[], b: readonly Value[]): number {
  for (let index = 0; index < a.length; index++) {
    const other = b[index]
    if (other === undefined) return 1
    const order = compare(a[index] as Value, other)
    if (order !== 0) return order
  }
  return a.length - b.length
}
