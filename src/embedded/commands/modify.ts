import { CommandError } from '../errors.ts'
import type { Filter } from '../query/filter.ts'
import { matches } from '../query/filter.ts'
import { PAUSE, type Query } from '../query/find.ts'
import { seedsOf } from '../query/seed.ts'
import type { Sort } from '../query/sort.ts'
import type { Collection } from '../storage/collection.ts'
import { type Engine, rowsFound } from '../storage/engine.ts'
import type { Row } from '../storage/rows.ts'
import type { Steps } from '../storage/writer.ts'
import { change } from '../update/tree.ts'
import type { Update } from '../update/update.ts'
import { document, objectId } from '../values/make.ts'
import type { Value } from '../values/value.ts'
import { MAX_DOCUMENT } from './hello.ts'
import { prepare } from './insert.ts'

export const UNSORTED: Sort = { keys: [], natural: undefined }

/** Up to so many documents are changed in one transaction. */
const ATOMIC = 500
const TURN = 10

/** The first row of a query, in a transaction. */
export function firstRow(engine: Engine, collection: Collection | undefined, query: Query): Row | undefined {
  for (const row of rowsFound(engine, collection, query)) if (row !== PAUSE) return row
  return undefined
}

/** Changes one document; true where that made a difference. */
export function modify(
  collection: Collection,
  { record, value }: Row,
  update: Update,
): { changed: boolean; after: Value } {
  const { after, counts } = update.apply(value, false)
  if (after.size > MAX_DOCUMENT)
    throw new CommandError(17419, `Resulting document after update is larger than ${MAX_DOCUMENT}`)
  if (after.same(value)) return { changed: counts, after: value }
  collection.replace(record, value, after)
  return { changed: true, after }
}

/** The document that an upsert makes. */
export function upsert(engine: Engine, db: string, name: string, filter: Filter, update: Update): Value {
  const seeds = seedsOf(filter, update.replacement)
  let seed = document()
  if (update.replacement) {
    const id = seeds.get('_id')
    if (id !== undefined) seed = document(new Map([['_id', id]]))
  } else
    for (const [dotted, value] of [...seeds].sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b))))
      seed = change(seed, dotted.split('.'), {
        modifier: { creates: true, apply: () => value },
        dotted,
        root: seed,
        counts: false,
      })
  const { after: made } = update.apply(seed, true)
  const id = made.fields.get('_id') ?? objectId()
  const value = prepare(document(new Map([['_id', id], ...[...made.fields].filter(([field]) => field !== '_id')])))
  if (value.size > MAX_DOCUMENT) throw new CommandError(17420, `Document to upsert is larger than ${MAX_DOCUMENT}`)
  engine.catalog.require(db, name).insert(value)
  return value
}

/** Does something to every match: first they are gathered, then each is read again; both in turns. */
export function* each(
  engine: Engine,
  collection: Collection | undefined,
  filter: Filter,
  act: (row: Row) => void,
): Steps<void> {
  if (collection === undefined) return
  const records: number[] = []
  let turn = performance.now()
  const late = () => performance.now() > turn + TURN
  for (const row of rowsFound(engine, collection, { filter, sort: UNSORTED, skip: 0, limit: 0 })) {
    if (row !== PAUSE) records.push(row.record)
    else if (late()) {
      yield
      turn = performance.now()
    }
  }
  for (const [at, record] of records.entries()) {
    if (at % ATOMIC === ATOMIC - 1 && late()) {
      yield
      turn = performance.now()
    }
    if (collection.dropped) return
    const value = collection.read(record)
    if (value !== undefined && matches(filter, value)) act({ record, value })
  }
}
