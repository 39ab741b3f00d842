import type { Plan } from '../query/plan.ts'
import type { Value } from '../values/value.ts'
import type { Collection } from './collection.ts'
import type { Disk, Entry, Range } from './disk.ts'
import { buildEntryPrefix, buildRecordPrefix, findEnd, readRecord } from './layout.ts'

export interface Row {
  readonly record: number
  readonly value: Value
}

/** A pause in a long search: whoever takes the rows may let others go first, and then goes on. */
export const PAUSE = Symbol('pause')

const FIRST_CHUNK = 8
const CHUNK = 128
const MAX_CHUNK_BYTES = 1 << 20
const NOTHING = Buffer.alloc(0)

/**
 * Reads the documents that a plan leads to, in its order, not yet filtered. They come in chunks, each in the state of its moment;
 * between two chunks nothing is held open, so whoever takes the rows may stop for as long as he likes.
 */
export function* readRows(disk: Disk, collection: Collection, plan: Plan): Generator<Row, undefined> {
  if (plan.kind === 'index') {
    yield* readIndex(disk, collection, plan)
    return
  }
  const prefix = buildRecordPrefix(collection.id)
  for (const { key, value } of readChunks(disk, { start: prefix, end: findEnd(prefix), reverse: plan.reverse }, true))
    yield { record: readRecord(key), value: collection.decode(value) }
}

function* readIndex(
  disk: Disk,
  collection: Collection,
  { index, ranges, reverse }: Plan & { readonly kind: 'index' },
): Generator<Row, undefined> {
  const prefix = buildEntryPrefix(collection.id, index.id)
  const seen = index.multikey ? new Set<number>() : undefined
  for (const range of reverse ? ranges.toReversed() : ranges) {
    const start = Buffer.concat([prefix, range.start])
    const end = range.end.length === 0 ? findEnd(prefix) : Buffer.concat([prefix, range.end])
    for (const { key, value } of readChunks(disk, { start, end, reverse }, index.unique)) {
      const record = readRecord(index.unique ? value : key)
      if (seen?.has(record) === true) continue
      seen?.add(record)
      const found = collection.read(record)
      if (found !== undefined) yield { record, value: found }
    }
  }
}

function* readChunks(disk: Disk, range: Range, withValues: boolean): Generator<Entry, undefined> {
  let { start, end } = range
  for (let limit = FIRST_CHUNK; ; limit = CHUNK) {
    const rest = { start, end, reverse: range.reverse === true }
    const entries = withValues
      ? disk.read(rest, limit, MAX_CHUNK_BYTES)
      : disk.readKeys(rest, limit).map((key) => ({ key, value: NOTHING }))
    yield* entries
    const last = entries.at(-1)
    if (last === undefined) return
    if (range.reverse === true) end = last.key
    else start = Buffer.concat([last.key, Buffer.from([0])])
  }
}
