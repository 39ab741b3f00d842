import { CommandError } from '../errors.ts'
import { MAX_DOCUMENT_BYTES } from '../limits.ts'
import type { Filter } from '../query/filter.ts'
import { type Query, searchRows } from '../query/search.ts'
import { findSeeds } from '../query/seeds.ts'
import type { Collection } from '../storage/collection.ts'
import type { Engine } from '../storage/engine.ts'
import { PAUSE, type Row } from '../storage/rows.ts'
import { changePath } from '../update/tree.ts'
import type { Update } from '../update/update.ts'
import { buildDocument, createObjectId, fromPlain } from '../values/build.ts'
import type { Value } from '../values/value.ts'
import { prepareDocument } from './document.ts'

/** Runs the statements of a write command. One that fails is an entry in `writeErrors` and the end of an ordered command; those before it stay. */
export function runStatements<T>(
  statements: readonly T[],
  ordered: boolean,
  run: (statement: T, index: number) => void,
): Value[] | undefined {
  const errors: Value[] = []
  for (const [index, statement] of statements.entries()) {
    try {
      run(statement, index)
    } catch (error) {
      if (!(error instanceof CommandError) || error.isDiskFailure) throw error
      errors.push(toWriteError(error, index))
      if (ordered) break
    }
  }
  return errors.length === 0 ? undefined : errors
}

function toWriteError({ code, message, extra }: CommandError, index: number): Value {
  return fromPlain({ index, code, ...(extra as Record<string, Value>), errmsg: message })
}

/** Finds the rows of a query, all of them before any is changed. */
export function findRows(engine: Engine, collection: Collection | undefined, query: Query): Row[] {
  const rows: Row[] = []
  for (const row of searchRows(engine.disk, collection, query)) if (row !== PAUSE) rows.push(row)
  return rows
}

/** Changes one document, and tells whether that made a difference. */
export function updateRow(
  collection: Collection,
  { record, value }: Row,
  update: Update,
): { readonly changed: boolean; readonly after: Value } {
  const { after, counts } = update.apply(value, false)
  assertSize(after, 17419)
  if (after.isSame(value)) return { changed: counts, after: value }
  collection.replace(record, value, after)
  return { changed: true, after }
}

function assertSize(value: Value, code: number): void {
  if (value.size > MAX_DOCUMENT_BYTES)
    throw new CommandError(code, `the document after the update is larger than ${MAX_DOCUMENT_BYTES} bytes`)
}

/** Inserts the document that an upsert makes. */
export function insertUpserted(engine: Engine, db: string, name: string, filter: Filter, update: Update): Value {
  const seeds = [...findSeeds(filter, update.isReplacement)]
  const sorted = seeds.sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
  const used = update.isReplacement ? sorted.filter(([dotted]) => dotted === '_id') : sorted
  const seed = used.reduce(
    (document, [dotted, value]) =>
      changePath(document, dotted.split('.'), { modifier: { creates: true, apply: () => value }, counts: false }),
    buildDocument(),
  )
  const { fields } = update.apply(seed, true).after
  const rest = [...fields].filter(([field]) => field !== '_id')
  const id = fields.get('_id') ?? createObjectId()
  const value = prepareDocument(buildDocument(new Map([['_id', id], ...rest])))
  assertSize(value, 17420)
  engine.catalog.require(db, name).insert(value)
  return value
}
