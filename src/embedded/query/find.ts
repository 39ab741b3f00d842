import { CODES, CommandError } from '../errors.ts'
import type { Collection } from '../storage/collection.ts'
import type { Disk } from '../storage/disk.ts'
import { type Row, rowsOf } from '../storage/rows.ts'
import { type Filter, matches } from './filter.ts'
import { type Plan, planOf } from './plan.ts'
import { type Sort, sortKeyOf } from './sort.ts'

export interface Query {
  readonly filter: Filter
  readonly sort: Sort
  readonly skip: number
  /** Zero is none. */
  readonly limit: number
}

/** A pause in a long search: whoever takes the rows may let others go first, and then goes on. */
export const PAUSE = Symbol('pause')

const EXAMINED_BETWEEN_PAUSES = 200
const SORT_RUN = 2000
const SORT_MEMORY = 100 * 2 ** 20

/** The rows that a query finds, in its order; between them, pauses. */
export function* search(disk: Disk, collection: Collection, query: Query): Generator<Row | typeof PAUSE, undefined> {
  const plan = planOf(collection.indexes, query.filter, query.sort, query.limit > 0)
  const found = plan.sorted ? matching(disk, collection, plan, query.filter) : sorted(disk, collection, plan, query)
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

function* matching(
  disk: Disk,
  collection: Collection,
  plan: Plan,
  filter: Filter,
): Generator<Row | typeof PAUSE, undefined> {
  let examined = 0
  for (const row of rowsOf(disk, collection, plan)) {
    if (matches(filter, row.value)) yield row
    if (++examined % EXAMINED_BETWEEN_PAUSES === 0) yield PAUSE
  }
}

interface Place {
  readonly key: Buffer
  readonly record: number
}

function byKey(a: Place, b: Place): number {
  return Buffer.compare(a.key, b.key) || a.record - b.record
}

/** Sorts places, not documents, in short runs that are then merged, so that neither memory nor one long sort is taken. */
function* sorted(
  disk: Disk,
  collection: Collection,
  plan: Plan,
  query: Query,
): Generator<Row | typeof PAUSE, undefined> {
  const wanted = query.limit > 0 ? query.limit + query.skip : Number.POSITIVE_INFINITY
  const runs: Place[][] = []
  let run: Place[] = []
  let bytes = 0
  for (const row of matching(disk, collection, plan, query.filter)) {
    if (row === PAUSE) {
      yield row
      continue
    }
    const key = sortKeyOf(query.sort, row.value)
    run.push({ key, record: row.record })
    bytes += key.length
    if (bytes > SORT_MEMORY)
      throw new CommandError(
        CODES.QueryExceededMemoryLimitNoDiskUseAllowed,
        'Sort exceeded memory limit of 104857600 bytes, but did not opt in to external sorting.',
      )
    if (run.length < Math.max(SORT_RUN, 2 * Math.min(wanted, SORT_RUN))) continue
    run.sort(byKey)
    if (wanted <= SORT_RUN) run.length = Math.min(run.length, wanted)
    else {
      runs.push(run)
      run = []
      yield PAUSE
    }
  }
  runs.push(run.sort(byKey))
  yield* reread(collection, merged(runs), query.filter)
}

function* merged(runs: Place[][]): Generator<Place, undefined> {
  if (runs.length === 1) {
    yield* runs[0] as Place[]
    return
  }
  const heads = runs.filter((run) => run.length > 0).map((run) => ({ run, at: 0 }))
  const place = (head: { run: Place[]; at: number }) => head.run[head.at] as Place
  heads.sort((a, b) => byKey(place(a), place(b)))
  while (heads.length > 0) {
    const first = heads[0] as { run: Place[]; at: number }
    yield place(first)
    heads.shift()
    if (++first.at === first.run.length) continue
    let low = 0
    let high = heads.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (byKey(place(heads[middle] as { run: Place[]; at: number }), place(first)) < 0) low = middle + 1
      else high = middle
    }
    heads.splice(low, 0, first)
  }
}

function* reread(
  collection: Collection,
  places: Iterable<Place>,
  filter: Filter,
): Generator<Row | typeof PAUSE, undefined> {
  for (const { record } of places) {
    const value = collection.read(record)
    if (value !== undefined && matches(filter, value)) yield { record, value }
  }
}
