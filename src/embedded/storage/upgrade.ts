import { fromBytes, fromPlain } from '../values/build.ts'
import type { Value } from '../values/value.ts'
import type { Disk } from './disk.ts'
import {
  buildEntryPrefix,
  buildRecordPrefix,
  CATALOG_PREFIX,
  DROPPED_PREFIX,
  FORMAT,
  FORMAT_KEY,
  findEnd,
} from './layout.ts'

const DOCUMENTS = Buffer.from([1])

/** Brings a data file of version 1 to this version, in one transaction: a crash leaves the old one. */
export function upgradeFormat(disk: Disk): void {
  disk.runTransaction(() => {
    clearDropped(disk)
    dropUnfinishedIndexes(disk)
    removeChecksums(disk)
    disk.put(FORMAT_KEY, fromPlain(FORMAT).bytes)
  })
}

function clearDropped(disk: Disk): void {
  for (const key of disk.readKeys({ start: DROPPED_PREFIX, end: findEnd(DROPPED_PREFIX) })) {
    const collection = key.readUInt32BE(2)
    if (key.length > 6) disk.removeAll(buildEntryPrefix(collection, key.readUInt16BE(6)))
    else {
      disk.removeAll(buildEntryPrefix(collection))
      disk.removeAll(buildRecordPrefix(collection))
    }
    disk.remove(key)
  }
}

/** Version 1 built indexes in turns, so that a crash could leave one half built. */
function dropUnfinishedIndexes(disk: Disk): void {
  for (const { key, value } of disk.read({ start: CATALOG_PREFIX, end: findEnd(CATALOG_PREFIX) })) {
    const stored = fromBytes(Buffer.from(value)).fields
    const indexes = (stored.get('indexes') as Value).items
    const isUnfinished = (index: Value) => index.fields.get('building')?.bytes[0] === 1
    for (const index of indexes.filter(isUnfinished))
      disk.removeAll(buildEntryPrefix(key.readUInt32BE(2), index.fields.get('id')?.bytes.readInt32LE(0)))
    const kept = indexes.filter((index) => !isUnfinished(index))
    if (kept.length < indexes.length) disk.put(key, fromPlain({ ...Object.fromEntries(stored), indexes: kept }).bytes)
  }
}

function removeChecksums(disk: Disk): void {
  let start = DOCUMENTS
  for (;;) {
    const entries = disk.read({ start, end: findEnd(DOCUMENTS) }, 500)
    for (const { key, value } of entries) disk.put(key, Buffer.from(value.subarray(4)))
    const last = entries.at(-1)
    if (last === undefined) return
    start = Buffer.concat([last.key, Buffer.from([0])])
  }
}
