import { createReadStream, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { type Document, EJSON } from 'bson'
import { type Collection, type Db, MongoBulkWriteError } from 'mongodb'

const INDEXES_FILE = 'indexes.json'
const SUFFIX = '.jsonl'
const BATCH = 500
const TYPED = { promoteValues: false, promoteBuffers: false, bsonRegExp: true } as const

/** Writes each collection to a file that `mongoimport` reads, and the indexes to one; gives the number of documents. */
export async function exportCollections(db: Db, folder: string): Promise<number> {
  if (!existsSync(dirname(folder)))
    throw new Error(`There is no folder ${dirname(folder)} to make ${basename(folder)} in.`)
  if (existsSync(folder) && readdirSync(folder).length > 0)
    throw new Error(`The folder ${folder} is not empty. Choose another one.`)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const indexes: Document = {}
  let total = 0
  for (const { name } of await db.listCollections({}, { nameOnly: true }).toArray()) {
    const specs = await db.collection(name).listIndexes().toArray()
    indexes[name] = specs.filter((spec) => spec.name !== '_id_').map(({ v, ns, ...spec }) => spec)
    total += await exportCollection(db.collection(name), join(folder, encodeURIComponent(name) + SUFFIX))
  }
  writeFileSync(join(folder, INDEXES_FILE), EJSON.stringify(indexes, { relaxed: false }), { mode: 0o600, flag: 'wx' })
  return total
}

async function exportCollection(collection: Collection, path: string): Promise<number> {
  const file = await open(path, 'wx', 0o600)
  try {
    let count = 0
    for await (const document of collection.find({}, TYPED).sort({ _id: 1 }).batchSize(BATCH)) {
      await file.write(`${EJSON.stringify(document, { relaxed: false })}\n`)
      count++
    }
    return count
  } finally {
    await file.close()
  }
}

interface Imported {
  written: number
  skipped: number
}

/** Puts the collections of a folder into a database, indexes first; documents that are there already, by `_id`, stay as they are. */
export async function importCollections(db: Db, folder: string): Promise<Imported> {
  const indexesFile = join(folder, INDEXES_FILE)
  if (!existsSync(indexesFile)) throw new Error(`There is no export in ${folder}: ${INDEXES_FILE} is missing.`)
  const indexes = EJSON.parse(readFileSync(indexesFile, 'utf8'), { relaxed: false }) as Record<string, Document[]>
  const total = { written: 0, skipped: 0 }
  for (const file of readdirSync(folder).filter((each) => each.endsWith(SUFFIX))) {
    const name = decodeURIComponent(file.slice(0, -SUFFIX.length))
    const specs = indexes[name] ?? []
    if (specs.length > 0) await db.command({ createIndexes: name, indexes: specs })
    for await (const batch of readBatches(join(folder, file))) await insertMissing(db.collection(name), batch, total)
  }
  return total
}

async function* readBatches(path: string): AsyncGenerator<Document[]> {
  let batch: Document[] = []
  let number = 0
  for await (const line of createInterface({ input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY })) {
    number++
    if (line !== '') batch.push(parseLine(line, `${path}:${number}`))
    if (batch.length < BATCH) continue
    yield batch
    batch = []
  }
  if (batch.length > 0) yield batch
}

function parseLine(line: string, place: string): Document {
  try {
    return EJSON.parse(line, { relaxed: false }) as Document
  } catch {
    throw new Error(`${place} is not Extended JSON; was the export cut short?`)
  }
}

async function insertMissing(collection: Collection, batch: readonly Document[], total: Imported): Promise<void> {
  try {
    total.written += (await collection.insertMany([...batch], { ordered: false })).insertedCount
  } catch (error) {
    if (!(error instanceof MongoBulkWriteError)) throw error
    const errors = Array.isArray(error.writeErrors) ? error.writeErrors : [error.writeErrors]
    if (errors.some(({ code, errmsg }) => code !== 11000 || !errmsg?.includes(' index: _id_ '))) throw error
    total.written += error.insertedCount
    total.skipped += errors.length
  }
}
