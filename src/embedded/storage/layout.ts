/**
 * The keys of the one LMDB database, all bytes:
 *
 *     0 0                                   the format: name and version
 *     0 1 collection                        a collection's name and indexes
 *     1 collection record                   a document in BSON
 *     2 collection index key… [record]      an index entry; in a unique index the record is the value
 *
 * Version 1 also had `0 2 collection [index]`, what was dropped and still to be cleared, and a checksum of four bytes before each document.
 */
export const FORMAT = { name: 'gatehouse-embedded', version: 2 } as const

export const FORMAT_KEY = Buffer.from([0, 0])
export const CATALOG_PREFIX = Buffer.from([0, 1])
export const DROPPED_PREFIX = Buffer.from([0, 2])

const RECORD_BYTES = 6

/** Builds the key of a collection in the catalog. */
export function buildCatalogKey(collection: number): Buffer {
  return Buffer.concat([CATALOG_PREFIX, toBytes(collection, 4)])
}

/** Builds what the keys of a collection's documents begin with. */
export function buildRecordPrefix(collection: number): Buffer {
  return Buffer.concat([Buffer.from([1]), toBytes(collection, 4)])
}

/** Builds the key of a document. */
export function buildRecordKey(collection: number, record: number): Buffer {
  const key = Buffer.allocUnsafe(5 + RECORD_BYTES)
  key[0] = 1
  key.writeUInt32BE(collection, 1)
  key.writeUIntBE(record, 5, RECORD_BYTES)
  return key
}

/** Builds what the entries of an index begin with; without an index, those of all indexes of the collection. */
export function buildEntryPrefix(collection: number, index?: number): Buffer {
  const prefix = [Buffer.from([2]), toBytes(collection, 4)]
  return Buffer.concat(index === undefined ? prefix : [...prefix, toBytes(index, 2)])
}

/** Reads the record that a document's key, or a plain entry's key, ends with. */
export function readRecord(key: Buffer): number {
  return key.readUIntBE(key.length - RECORD_BYTES, RECORD_BYTES)
}

/** Writes a record as the end of a key, or as the value in a unique index. */
export function encodeRecord(record: number): Buffer {
  return toBytes(record, RECORD_BYTES)
}

/** Finds the first key behind all that begin with a prefix. */
export function findEnd(prefix: Buffer): Buffer {
  const result = Buffer.from(prefix)
  for (let at = result.length - 1; at >= 0; at--) {
    if (result[at] !== 0xff) {
      result[at] = (result[at] as number) + 1
      return result.subarray(0, at + 1)
    }
  }
  return Buffer.alloc(prefix.length + 1, 0xff)
}

function toBytes(number: number, length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length)
  bytes.writeUIntBE(number, 0, length)
  return bytes
}
