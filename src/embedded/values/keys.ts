import { createHash } from 'node:crypto'
import { rankType } from './compare.ts'
import { encodeNumber } from './numbers.ts'
import { TYPE, Value } from './value.ts'

/** Longest key in bytes, without its prefix and record number; LMDB takes 1,978. */
export const MAX_KEY_BYTES = 1900

/** Stands in an index for an empty array. */
export const EMPTY_ARRAY = new Value(TYPE.undefined, Buffer.alloc(0))

/** Encodes a value as bytes that sort in BSON's order and end by themselves, so that they can be joined. */
export function encodeKey(value: Value): Buffer {
  return Buffer.concat([Buffer.from([rankType(value) + 1]), encodePayload(value)])
}

function encodePayload(value: Value): Buffer {
  switch (value.type) {
    case TYPE.int:
    case TYPE.long:
    case TYPE.double:
    case TYPE.decimal:
      return encodeNumber(value)
    case TYPE.string:
      return terminate(value.bytes.subarray(4, -1))
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
        parts.push(Buffer.from([rankType(field) + 1]), Buffer.from(`${name}\0`), encodePayload(field))
      return Buffer.concat([...parts, Buffer.from([0])])
    }
    case TYPE.array:
      return Buffer.concat([...value.items.map(encodeKey), Buffer.from([0])])
    default:
      return value.bytes
  }
}

/** Ends bytes of any content: 00 becomes 00 FF, the end is 00 00. */
function terminate(bytes: Buffer): Buffer {
  if (!bytes.includes(0)) return Buffer.concat([bytes, Buffer.from([0, 0])])
  const parts: number[] = []
  for (const byte of bytes) parts.push(...(byte === 0 ? [0, 0xff] : [byte]))
  return Buffer.from([...parts, 0, 0])
}

/** Inverts a key for descending order. */
export function invertKey(bytes: Buffer): Buffer {
  const result = Buffer.allocUnsafe(bytes.length)
  for (let index = 0; index < bytes.length; index++) result[index] = ~(bytes[index] as number) & 0xff
  return result
}

/** Shortens a key that LMDB cannot hold to its beginning and a hash. */
export function fitKey(key: Buffer): { readonly bytes: Buffer; readonly cut: boolean } {
  if (key.length <= MAX_KEY_BYTES) return { bytes: key, cut: false }
  const hash = createHash('sha256').update(key).digest()
  return { bytes: Buffer.concat([key.subarray(0, MAX_KEY_BYTES - hash.length), hash]), cut: true }
}
