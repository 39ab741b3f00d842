import { randomBytes } from 'node:crypto'
import { TYPE, Value } from './value.ts'

/** JavaScript values that replies are written in: a whole number becomes an int32, a bigint an int64. */
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

export function buildDocument(fields: Map<string, Value> = new Map()): Value {
  return new Value(TYPE.object, undefined, fields)
}

export function buildArray(items: readonly Value[]): Value {
  return new Value(TYPE.array, undefined, undefined, items)
}

/** Wraps the bytes of a document, as stored or as received. */
export function fromBytes(bytes: Buffer): Value {
  return new Value(TYPE.object, bytes)
}

export function toDouble(number: number): Value {
  const bytes = Buffer.allocUnsafe(8)
  bytes.writeDoubleLE(number)
  return new Value(TYPE.double, bytes)
}

export function toInt(number: number): Value {
  const bytes = Buffer.allocUnsafe(4)
  bytes.writeInt32LE(number)
  return new Value(TYPE.int, bytes)
}

export function toLong(number: bigint): Value {
  const bytes = Buffer.allocUnsafe(8)
  bytes.writeBigInt64LE(number)
  return new Value(TYPE.long, bytes)
}

export function toDate(milliseconds: number): Value {
  return new Value(TYPE.date, toLong(BigInt(milliseconds)).bytes)
}

export function toText(text: string): Value {
  const bytes = Buffer.allocUnsafe(Buffer.byteLength(text) + 5)
  bytes.writeInt32LE(bytes.length - 4)
  bytes.write(text, 4)
  bytes[bytes.length - 1] = 0
  return new Value(TYPE.string, bytes)
}

let clock = 0
let ticks = 0

/** Creates a BSON timestamp of now, later than every one before. */
export function createTimestamp(): Value {
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

/** Creates an ObjectId: seconds, random bytes of this process, a counter. */
export function createObjectId(): Value {
  const bytes = Buffer.allocUnsafe(12)
  bytes.writeUInt32BE(Math.floor(Date.now() / 1000))
  bytes.set(machine, 4)
  counter = (counter + 1) % 2 ** 24
  bytes.writeUIntBE(counter, 9, 3)
  return new Value(TYPE.objectId, bytes)
}

/** Converts a JavaScript value to BSON. */
export function fromPlain(plain: Plain): Value {
  if (plain instanceof Value) return plain
  if (plain === null) return NULL
  if (typeof plain === 'boolean') return plain ? TRUE : FALSE
  if (typeof plain === 'string') return toText(plain)
  if (typeof plain === 'bigint') return toLong(plain)
  if (typeof plain === 'number')
    return Number.isInteger(plain) && plain === (plain | 0) ? toInt(plain) : toDouble(plain)
  if (plain instanceof Date) return toDate(plain.getTime())
  if (isList(plain)) return buildArray(plain.map(fromPlain))
  const fields = new Map<string, Value>()
  for (const [name, value] of Object.entries(plain)) if (value !== undefined) fields.set(name, fromPlain(value))
  return buildDocument(fields)
}

function isList(plain: object): plain is readonly Plain[] {
  return Array.isArray(plain)
}
