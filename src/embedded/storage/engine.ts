import { type PAUSE, type Query, search } from '../query/find.ts'
import { Catalog } from './catalog.ts'
import type { Collection } from './collection.ts'
import { Cursors } from './cursors.ts'
import { Disk } from './disk.ts'
import { checkFormat, writeFormat } from './format.ts'
import type { Row } from './rows.ts'
import { Writer } from './writer.ts'

/** The open database: what all commands work on. */
export interface Engine {
  readonly path: string
  readonly disk: Disk
  readonly catalog: Catalog
  readonly writer: Writer
  readonly cursors: Cursors
}

/** Opens the data file, or makes it. Throws with a text for people where the file is not one of ours. */
export function openEngine(path: string): Engine {
  const fresh = checkFormat(path)
  const disk = new Disk(path)
  if (fresh) writeFormat(disk)
  const catalog = new Catalog(disk)
  return { path, disk, catalog, writer: new Writer(disk, catalog), cursors: new Cursors() }
}

/** The rows of a query on a collection that may not be there. */
export function rowsFound(
  engine: Engine,
  collection: Collection | undefined,
  query: Query,
): Generator<Row | typeof PAUSE, undefined> {
  return collection === undefined ? nothing() : search(engine.disk, collection, query)
}

function* nothing(): Generator<never, undefined> {}
