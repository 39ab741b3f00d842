import type { Plan } from '../query/plan.ts'
import type { Value } from '../values/value.ts'
import type { Index } from './catalog.ts'
import type { Collection } from './collection.ts'
import type { Disk, Entry, Range } from './disk.ts'
import { after, entryPrefix, recordIn, recordKey, recordPrefix } from './layout.ts'

export interface Row {
  readonly record: number
  readonly value: Value
}

const FIRST_CHUNK = 8
const CHUNK = 128
const CHUNK_BYTES = 1 << 20

/**
 * The documents that a plan leads to, in its order, not yet filtered. They are read in chunks, each in the state of its moment, and
 * between two chunks nothing is held open: whoever takes the rows may stop at any of them for as long as he likes.
 */
export function* rowsOf(disk: Disk, collection: Collection, plan: Plan): Generator<Row, undefined> {
  if (plan.kind === 'scan') yield* records(disk, collection, plan.reverse)
  else yield* indexed(disk, collection, plan.index, plan.ranges, plan.reverse)
}

function* records(disk: Disk, collection: Collection, reverse: boolean): Generator<Row, undefined> {
  const prefix = recordPrefix(collection.id)
  for (const { key, value } of chunked(disk, { start: prefix, end: after(prefix), reverse }, true))
    yield { record: recordIn(key), value: collection.decode(value) }
}

function* indexed(
  disk: Disk,
  collection: Collection,
  index: Index,
  ranges: readonly { readonly start: Buffer; readonly end: Buffer }[],
  reverse: boolean,
): Generator<Row, undefined> {
  const prefix = entryPrefix(collection.id, index.id)
  const seen = index.multikey ? new Set<number>() : undefined
  for (const range of reverse ? ranges.toReversed() : ranges) {
    const start = Buffer.concat([prefix, range.start])
    const end = range.end.length === 0 ? after(prefix) : Buffer.concat([prefix, range.end])
    for (const { key, value } of chunked(disk, { start, end, reverse }, index.unique)) {
      const record = recordIn(index.unique ? value : key)
      if (seen?.has(record) === true) continue
      seen?.add(record)
      const stored = disk.get(recordKey(collection.id, record))
      if (stored !== undefined) yield { record, value: collection.decode(stored) }
    }
  }
}

const none = Buffer.alloc(0)

function* chunked(disk: Disk, range: Range, values: boolean): Generator<Entry, undefined> {
  let { start, end } = range
  for (let limit = FIRST_CHUNK; ; limit = CHUNK) {
    const here = { start, end, reverse: range.reverse === true }
    const entries = values
      ? disk.read(here, limit, CHUNK_BYTES)
      : disk.keys(here, limit).map((key) => ({ key, value: none }))
    yield* entries
    const last = entries.at(-1)
    if (last === undefined) return
    if (range.reverse === true) end = last.key
    else start = Buffer.concat([last.key, Buffer.from([0])])
  }
}
