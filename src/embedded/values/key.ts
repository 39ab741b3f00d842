import { createHash } from 'node:crypto'
import { rank } from './compare.ts'
import { numberKey } from './numbers.ts'
import { TYPE, Value } from './value.ts'

/** LMDB takes keys of 1,978 bytes; the longest of one of ours, without its prefix and record number. */
export const MAX_KEY = 1900

/** The type byte of a place in an index where an array is empty. */
export const EMPTY_ARRAY = new Value(TYPE.undefined, Buffer.alloc(0))

/** A value as bytes whose order is BSON's order, and which end by themselves, so that they can be joined. */
export function keyOf(value: Value): Buffer {
  return Buffer.concat([Buffer.from([rank(value) + 1]), payload(value)])
}

function payload(value: Value): Buffer {
  switch (value.type) {
    case TYPE.int:
    case TYPE.long:
    case TYPE.double:
    case TYPE.decimal:
      return numberKey(value)
    case TYPE.string:
    case TYPE.symbol:
    case TYPE.code:
      return ended(value.bytes.subarray(4, -1))
    case TYPE.date: {
      const bytes = Buffer.allocUnsafe(8)
      bytes.writeBigUInt64BE(BigInt.asUintN(64, value.bytes.readBigInt64LE(0) + 2n ** 63n))
      return bytes
    }
    case TYPE.timestamp:
      return Buffer.from(value.bytes).reverse()
    case TYPE.binary: {
      const length = Buffer.allocUnsafe(4)
      length.writeUInt32BE(value.bytes.readInt32LE(0))
      return Buffer.concat([length, value.bytes.subarray(4)])
    }
    case TYPE.object: {
      const parts: Buffer[] = []
      for (const [name, field] of value.fields)
        parts.push(Buffer.from([rank(field) + 1]), Buffer.from(`${name}\0`), payload(field))
      return Buffer.concat([...parts, Buffer.from([0])])
    }
    case TYPE.array:
      return Buffer.concat([...value.items.map(keyOf), Buffer.from([0])])
    case TYPE.codeWithScope:
    case TYPE.dbPointer:
      return ended(value.bytes)
    default:
      return value.bytes
  }
}

/** Bytes of any content with an end: 00 becomes 00 FF, the end is 00 00. */
function ended(bytes: Buffer): Buffer {
  if (!bytes.includes(0)) return Buffer.concat([bytes, Buffer.from([0, 0])])
  const parts: number[] = []
  for (const byte of bytes) parts.push(...(byte === 0 ? [0, 0xff] : [byte]))
  return Buffer.from([...parts, 0, 0])
}

/** The same bytes for a descending key. */
export function complement(bytes: Buffer): Buffer {
  const result = Buffer.allocUnsafe(bytes.length)
  for (let index = 0; index < bytes.length; index++) result[index] = ~(bytes[index] as number) & 0xff
  return result
}

/** A key that LMDB can hold: what is too long keeps its beginning and is told apart by its hash. */
export function fitted(key: Buffer): { readonly bytes: Buffer; readonly cut: boolean } {
  if (key.length <= MAX_KEY) return { bytes: key, cut: false }
  const hash = createHash('sha256').update(key).digest()
  return { bytes: Buffer.concat([key.subarray(0, MAX_KEY - hash.length), hash]), cut: true }
}
