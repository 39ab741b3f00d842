import { createWriteStream } from 'node:fs'
import { finished } from 'node:stream/promises'
import { type Document, deserialize, serialize } from 'bson'
import type { Collection, Db } from 'mongodb'
import { compare } from '../values/compare.ts'
import { raw } from '../values/make.ts'
import type { Value } from '../values/value.ts'
import { documentLine, type Header, headerLine, linesOf, resumePoint } from './lines.ts'

/** Told of what has been done so far. */
export type Progress = (collection: string, documents: number) => void

const TYPED = { promoteValues: false, promoteBuffers: false, bsonRegExp: true } as const
const BATCH = 500

/** Writes all collections of a database to a file; one that was begun goes on behind its last document. */
export async function exportTo(db: Db, file: string, progress: Progress): Promise<number> {
  const resume = await resumePoint(file)
  const out = createWriteStream(file, { flags: 'a', mode: 0o600 })
  const closed = finished(out)
  const names = (await db.listCollections({}, { nameOnly: true }).toArray()).map(({ name }) => name).sort()
  let total = 0
  for (const name of names) {
    if (resume !== undefined && name < resume.collection) continue
    const resumed = resume?.collection === name
    if (!resumed) await write(out, headerLine(await headerOf(db.collection(name))))
    const last = resumed && resume.last !== undefined ? idOf(resume.last) : undefined
    total += await exportCollection(db.collection(name), out, last, (count) => progress(name, count))
  }
  out.end()
  await closed
  return total
}

async function headerOf(collection: Collection): Promise<Header> {
  const indexes = await collection.listIndexes().toArray()
  const own = indexes.filter(({ name }) => name !== '_id_').map(({ v, ns, background, ...spec }) => spec)
  return { collection: collection.collectionName, indexes: own }
}

async function exportCollection(
  collection: Collection,
  out: NodeJS.WritableStream,
  last: Value | undefined,
  progress: (count: number) => void,
): Promise<number> {
  let count = 0
  for await (const bytes of collection.find({}, { raw: true }).sort({ _id: 1 }).batchSize(BATCH)) {
    const stored = bytes as unknown as Buffer
    if (last !== undefined && compare(raw(stored).fields.get('_id') as Value, last) <= 0) continue
    await write(out, documentLine(deserialize(stored, TYPED)))
    if (++count % BATCH === 0) progress(count)
  }
  progress(count)
  return count
}

function write(out: NodeJS.WritableStream, text: string): Promise<void> | undefined {
  if (out.write(text)) return undefined
  return new Promise((resolve) => out.once('drain', resolve))
}

/** Puts the collections of a file into a database, their indexes first; documents that are there already, by `_id`, stay as they are. */
export async function importFrom(
  db: Db,
  file: string,
  progress: Progress,
): Promise<{ written: number; skipped: number }> {
  const total = { written: 0, skipped: 0 }
  let collection: Collection | undefined
  let batch: Document[] = []
  let count = 0
  const flush = async () => {
    if (collection === undefined || batch.length === 0) return
    const written = await insertMissing(collection, batch)
    total.written += written
    total.skipped += batch.length - written
    batch = []
    progress(collection.collectionName, count)
  }
  for await (const line of linesOf(file)) {
    if ('header' in line) {
      await flush()
      collection = db.collection(line.header.collection)
      count = 0
      await createIndexes(db, line.header)
      continue
    }
    if (collection === undefined) throw new Error(`${file} is not an export: it does not begin with a collection`)
    batch.push(line.document)
    count++
    if (batch.length >= BATCH) await flush()
  }
  await flush()
  return total
}

async function createIndexes(db: Db, { collection, indexes }: Header): Promise<void> {
  if (indexes.length > 0) await db.command({ createIndexes: collection, indexes })
}

async function insertMissing(collection: Collection, batch: readonly Document[]): Promise<number> {
  const there = await collection
    .find({ _id: { $in: batch.map(({ _id }) => _id) } }, { raw: true, projection: { _id: 1 } })
    .map((bytes) => (raw(bytes as unknown as Buffer).fields.get('_id') as Value).bytes.toString('hex'))
    .toArray()
  const known = new Set(there)
  const missing = batch.filter((document) => !known.has(idOf(document).bytes.toString('hex')))
  if (missing.length > 0) await collection.insertMany(missing, { writeConcern: { w: 'majority', journal: true } })
  return missing.length
}

function idOf(document: Document): Value {
  return raw(Buffer.from(serialize({ _id: document._id }))).fields.get('_id') as Value
}
