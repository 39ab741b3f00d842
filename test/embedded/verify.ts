import { join } from 'node:path'
import { matches } from '../../src/embedded/query/filter.ts'
import { Catalog, type Index } from '../../src/embedded/storage/catalog.ts'
import type { Collection } from '../../src/embedded/storage/collection.ts'
import { Disk } from '../../src/embedded/storage/disk.ts'
import { keysOf } from '../../src/embedded/storage/index-keys.ts'
import { after, entryPrefix, recordBytes, recordIn, recordPrefix } from '../../src/embedded/storage/layout.ts'

/** Compares the index entries in a data file that nobody serves with those its documents should have; gives what disagrees. */
export async function disagreements(directory: string): Promise<string[]> {
  const disk = new Disk(join(directory, 'embedded.mdb'))
  try {
    return new Catalog(disk)
      .all()
      .flatMap((collection) => collection.indexes.flatMap((index) => compareIndex(disk, collection, index)))
  } finally {
    await disk.close()
  }
}

function compareIndex(disk: Disk, collection: Collection, index: Index): string[] {
  const prefix = entryPrefix(collection.id, index.id)
  const there = disk.read({ start: prefix, end: after(prefix) }, Number.MAX_SAFE_INTEGER)
  const found = new Set(there.map(({ key, value }) => Buffer.concat([key, value]).toString('hex')))
  const wanted = new Set(expected(disk, collection, index, prefix))
  const name = `${collection.namespace} ${index.name}`
  return [
    ...[...wanted].filter((entry) => !found.has(entry)).map((entry) => `${name}: missing ${entry}`),
    ...[...found].filter((entry) => !wanted.has(entry)).map((entry) => `${name}: left over ${entry}`),
  ]
}

function* expected(disk: Disk, collection: Collection, index: Index, prefix: Buffer): Generator<string> {
  const records = recordPrefix(collection.id)
  for (const { key, value } of disk.read({ start: records, end: after(records) }, Number.MAX_SAFE_INTEGER)) {
    const document = collection.decode(value)
    if (index.partial !== undefined && !matches(index.partial, document)) continue
    const { keys, absent } = keysOf(index.fields, document)
    if (index.sparse && absent) continue
    for (const { bytes } of keys) yield Buffer.concat([prefix, bytes, recordBytes(recordIn(key))]).toString('hex')
  }
}
