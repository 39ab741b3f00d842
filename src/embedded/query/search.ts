import { CODES, CommandError } from '../errors.ts'
import type { Collection } from '../storage/collection.ts'
import type { Disk } from '../storage/disk.ts'
import { PAUSE, type Row, readRows } from '../storage/rows.ts'
import { type Filter, isMatch } from './filter.ts'
import { type Plan, planQuery } from './plan.ts'
import { buildSortKey, type Sort } from './sort.ts'

export interface Query {
  readonly filter: Filter
  readonly sort: Sort
  readonly skip: number
  /** Zero is none. */
  readonly limit: number
}

export type Rows = Generator<Row | typeof PAUSE, undefined>

const MAX_ROWS_BETWEEN_PAUSES = 200
const MAX_SORT_BYTES = 100 * 2 ** 20

/** Finds the rows of a query, in its order, with pauses in between. */
export function* searchRows(disk: Disk, collection: Collection | undefined, query: Query): Rows {
  if (collection === undefined) return
  const plan = planQuery(collection.indexes, query.filter, query.sort, query.limit > 0)
  const found = plan.sorted ? matchRows(disk, collection, plan, query.filter) : sortRows(disk, collection, plan, query)
  let skipped = 0
  let given = 0
  for (const row of found) {
    if (row === PAUSE) yield row
    else if (skipped < query.skip) skipped++
    else {
      yield row
      if (++given === query.limit) return
    }
  }
}

function* matchRows(disk: Disk, collection: Collection, plan: Plan, filter: Filter): Rows {
  let examined = 0
  for (const row of readRows(disk, collection, plan)) {
    if (isMatch(filter, row.value)) yield row
    if (++examined % MAX_ROWS_BETWEEN_PAUSES === 0) yield PAUSE
  }
}

interface Place {
  readonly key: Buffer
  readonly record: number
}

/** Sorts places, not documents, and with a limit keeps no more than it needs; then reads the documents as they are now. */
function* sortRows(disk: Disk, collection: Collection, plan: Plan, query: Query): Rows {
  const wanted = query.limit > 0 ? query.limit + query.skip : Number.POSITIVE_INFINITY
  const places: Place[] = []
  const sort = () => places.sort((a, b) => Buffer.compare(a.key, b.key) || a.record - b.record)
  let bytes = 0
  for (const row of matchRows(disk, collection, plan, query.filter)) {
    if (row === PAUSE) {
      yield row
      continue
    }
    const key = buildSortKey(query.sort, row.value)
    bytes += key.length
    if (bytes > MAX_SORT_BYTES) throw createSortError()
    places.push({ key, record: row.record })
    if (places.length < 2 * wanted + 1000) continue
    sort()
    places.length = wanted
  }
  for (const { record } of sort()) {
    const value = collection.read(record)
    if (value !== undefined && isMatch(query.filter, value)) yield { record, value }
  }
}

/** Creates the error of a sort that needs more memory than it may have. */
export function createSortError(): CommandError {
  return new CommandError(CODES.QueryExceededMemoryLimitNoDiskUseAllowed, 'Sort exceeded its memory limit of 100 MB')
}
