import { join } from 'node:path'
import { isMatch } from '../../src/embedded/query/filter.ts'
import { Catalog } from '../../src/embedded/storage/catalog.ts'
import type { Collection } from '../../src/embedded/storage/collection.ts'
import { Disk } from '../../src/embedded/storage/disk.ts'
import { buildIndexKeys } from '../../src/embedded/storage/index-keys.ts'
import type { Index } from '../../src/embedded/storage/indexes.ts'
import {
  buildEntryPrefix,
  buildRecordPrefix,
  encodeRecord,
  findEnd,
  readRecord,
} from '../../src/embedded/storage/layout.ts'

/** Finds the index entries of a closed data file that do not match its documents. */
export async function findDisagreements(directory: string): Promise<string[]> {
  const disk = new Disk(join(directory, 'embedded.mdb'))
  try {
    return new Catalog(disk)
      .list()
      .flatMap((collection) => collection.indexes.flatMap((index) => compareIndex(disk, collection, index)))
  } finally {
    await disk.close()
  }
}

function compareIndex(disk: Disk, collection: Collection, index: Index): string[] {
  const prefix = buildEntryPrefix(collection.id, index.id)
  const there = disk.read({ start: prefix, end: findEnd(prefix) })
  const found = new Set(there.map(({ key, value }) => Buffer.concat([key, value]).toString('hex')))
  const wanted = new Set(listExpected(disk, collection, index, prefix))
  const name = `${collection.namespace} ${index.name}`
  return [
    ...[...wanted].filter((entry) => !found.has(entry)).map((entry) => `${name}: missing ${entry}`),
    ...[...found].filter((entry) => !wanted.has(entry)).map((entry) => `${name}: left over ${entry}`),
  ]
}

function* listExpected(disk: Disk, collection: Collection, index: Index, prefix: Buffer): Generator<string> {
  const records = buildRecordPrefix(collection.id)
  for (const { key, value } of disk.read({ start: records, end: findEnd(records) })) {
    const document = collection.decode(value)
    if (index.partial !== undefined && !isMatch(index.partial, document)) continue
    const { keys, absent } = buildIndexKeys(index.fields, document)
    if (index.sparse && absent) continue
    for (const { bytes } of keys) yield Buffer.concat([prefix, bytes, encodeRecord(readRecord(key))]).toString('hex')
  }
}
