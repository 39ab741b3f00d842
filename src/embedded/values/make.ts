import { randomBytes } from 'node:crypto'
import { TYPE, Value } from './value.ts'

/** What replies are written in: JavaScript's values, where a whole number is an int32, a bigint an int64. */
export type Plain =
  | Value
  | null
  | boolean
  | number
  | bigint
  | string
  | Date
  | readonly Plain[]
  | { readonly [name: string]: Plain | undefined }

const none = Buffer.alloc(0)

export const NULL = new Value(TYPE.null, none)
export const TRUE = new Value(TYPE.bool, Buffer.from([1]))
export const FALSE = new Value(TYPE.bool, Buffer.from([0]))

export function document(fields: Map<string, Value> = new Map()): Value {
  return new Value(TYPE.object, undefined, fields)
}

export function array(items: readonly Value[]): Value {
  return new Value(TYPE.array, undefined, undefined, items)
}

/** A document that is bytes already, as stored or as received. */
export function raw(bytes: Buffer): Value {
  return new Value(TYPE.object, bytes)
}

export function double(number: number): Value {
  const bytes = Buffer.allocUnsafe(8)
  bytes.writeDoubleLE(number)
  return new Value(TYPE.double, bytes)
}

export function int(number: number): Value {
  const bytes = Buffer.allocUnsafe(4)
  bytes.writeInt32LE(number)
  return new Value(TYPE.int, bytes)
}

export function long(number: bigint): Value {
  const bytes = Buffer.allocUnsafe(8)
  bytes.writeBigInt64LE(number)
  return new Value(TYPE.long, bytes)
}

export function date(milliseconds: number): Value {
  return new Value(TYPE.date, long(BigInt(milliseconds)).bytes)
}

export function string(text: string): Value {
  const bytes = Buffer.allocUnsafe(Buffer.byteLength(text) + 5)
  bytes.writeInt32LE(bytes.length - 4)
  bytes.write(text, 4)
  bytes[bytes.length - 1] = 0
  return new Value(TYPE.string, bytes)
}

let clock = 0
let ticks = 0

/** The present as BSON's timestamp, each later than the one before. */
export function timestamp(): Value {
  const seconds = Math.floor(Date.now() / 1000)
  ticks = seconds > clock ? 1 : ticks + 1
  clock = Math.max(seconds, clock)
  const bytes = Buffer.allocUnsafe(8)
  bytes.writeUInt32LE(ticks, 0)
  bytes.writeUInt32LE(clock, 4)
  return new Value(TYPE.timestamp, bytes)
}

const machine = randomBytes(5)
let counter = randomBytes(3).readUIntBE(0, 3)

/** A new ObjectId, greater than those before it: seconds, random bytes of this process, a counter. */
export function objectId(): Value {
  const bytes = Buffer.allocUnsafe(12)
  bytes.writeUInt32BE(Math.floor(Date.now() / 1000))
  bytes.set(machine, 4)
  counter = (counter + 1) % 2 ** 24
  bytes.writeUIntBE(counter, 9, 3)
  return new Value(TYPE.objectId, bytes)
}

/** The BSON value of a JavaScript value. */
export function from(plain: Plain): Value {
  if (plain instanceof Value) return plain
  if (plain === null) return NULL
  if (typeof plain === 'boolean') return plain ? TRUE : FALSE
  if (typeof plain === 'string') return string(plain)
  if (typeof plain === 'bigint') return long(plain)
  if (typeof plain === 'number') return Number.isInteger(plain) && plain === (plain | 0) ? int(plain) : double(plain)
  if (plain instanceof Date) return date(plain.getTime())
  if (isList(plain)) return array(plain.map(from))
  const fields = new Map<string, Value>()
  for (const [name, value] of Object.entries(plain)) if (value !== undefined) fields.set(name, from(value))
  return document(fields)
}

function isList(plain: object): plain is readonly Plain[] {
  return Array.isArray(plain)
}
