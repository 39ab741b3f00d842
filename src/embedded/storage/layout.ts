/**
 * The keys of the one LMDB database, all bytes:
 *
 *     0 0                                   the format: name and version
 *     0 1 collection                        a collection's name and indexes
 *     0 2 collection [index]                what was dropped and is still being cleared away
 *     1 collection record                   a document: checksum, then BSON
 *     2 collection index key… [record]      an index entry; in a unique index the record is the value
 */
export const FORMAT = { name: 'gatehouse-embedded', version: 1 } as const

export const FORMAT_KEY = Buffer.from([0, 0])
export const CATALOG_PREFIX = Buffer.from([0, 1])
export const DROPPED_PREFIX = Buffer.from([0, 2])

const RECORD_BYTES = 6

export function catalogKey(collection: number): Buffer {
  return numbered(0, 1, collection)
}

export function droppedKey(collection: number, index?: number): Buffer {
  const key = numbered(0, 2, collection)
  return index === undefined ? key : Buffer.concat([key, short(index)])
}

export function recordPrefix(collection: number): Buffer {
  return numbered(1, undefined, collection)
}

export function recordKey(collection: number, record: number): Buffer {
  const key = Buffer.allocUnsafe(5 + RECORD_BYTES)
  key[0] = 1
  key.writeUInt32BE(collection, 1)
  key.writeUIntBE(record, 5, RECORD_BYTES)
  return key
}

/** The record that a record's key, or a plain entry's key, ends with. */
export function recordIn(key: Buffer): number {
  return key.readUIntBE(key.length - RECORD_BYTES, RECORD_BYTES)
}

export function recordBytes(record: number): Buffer {
  const bytes = Buffer.allocUnsafe(RECORD_BYTES)
  bytes.writeUIntBE(record, 0, RECORD_BYTES)
  return bytes
}

export function entryPrefix(collection: number, index: number): Buffer {
  return Buffer.concat([numbered(2, undefined, collection), short(index)])
}

/** All entries of all indexes of a collection. */
export function entriesPrefix(collection: number): Buffer {
  return numbered(2, undefined, collection)
}

/** The first key behind all that begin with a prefix. */
export function after(prefix: Buffer): Buffer {
  const result = Buffer.from(prefix)
  for (let at = result.length - 1; at >= 0; at--) {
    if (result[at] !== 0xff) {
      result[at] = (result[at] as number) + 1
      return result.subarray(0, at + 1)
    }
  }
  return Buffer.alloc(prefix.length + 1, 0xff)
}

function numbered(kind: number, sub: number | undefined, collection: number): Buffer {
  const head = sub === undefined ? [kind] : [kind, sub]
  const key = Buffer.alloc(head.length + 4)
  key.set(head)
  key.writeUInt32BE(collection, head.length)
  return key
}

function short(index: number): Buffer {
  const bytes = Buffer.allocUnsafe(2)
  bytes.writeUInt16BE(index)
  return bytes
}
