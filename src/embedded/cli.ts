import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { type Db, MongoClient } from 'mongodb'
import { DATA_FILE, URI_FILE } from './files.ts'
import { EmbeddedError, startEmbedded } from './start.ts'
import { exportCollections, importCollections } from './transfer.ts'

const USAGE = `npm run embedded -- export FOLDER  write each collection to FOLDER/NAME.jsonl as Extended JSON Lines, and the indexes to FOLDER/indexes.json
npm run embedded -- import FOLDER  put them into the database; documents that are there already, by _id, stay as they are
npm run embedded -- backup FILE    copy the embedded data file as it is at one moment; as embedded.mdb in a directory of its own it can be served

The database is the embedded one in DATA_DIR (.data), whether it is being served or not; with MONGODB_URI, that MongoDB.`

const DEFAULT_DATABASE = 'gatehouse'

interface Opened {
  readonly db: Db
  readonly isEmbedded: boolean
  close(): Promise<void>
}

/** Opens the database that the environment names: a MongoDB, or the directory, through whoever serves it or by serving it for this while. */
async function openDatabase(env: NodeJS.ProcessEnv, mayBeNew: boolean): Promise<Opened> {
  const named = env.MONGODB_URI ?? ''
  if (named !== '' && !named.startsWith('embedded:')) return connect(named, false, async () => {})
  const directory = resolve(named.slice('embedded:'.length) || env.DATA_DIR || '.data')
  if (!mayBeNew && !existsSync(join(directory, DATA_FILE)))
    throw new Error(`There is no data in ${directory}. DATA_DIR names another directory, MONGODB_URI a MongoDB.`)
  try {
    const served = await startEmbedded({ directory, database: DEFAULT_DATABASE })
    return await connect(served.uri, true, served.close)
  } catch (error) {
    const file = join(directory, URI_FILE)
    if (!(error instanceof EmbeddedError) || !existsSync(file)) throw error
    return connect(readFileSync(file, 'utf8').trim(), true, async () => {})
  }
}

async function connect(uri: string, isEmbedded: boolean, close: () => Promise<void>): Promise<Opened> {
  const client = await MongoClient.connect(uri, { serverSelectionTimeoutMS: 5000 })
  const { pathname } = new URL(uri.replace(/^mongodb(\+srv)?:\/\/[^/?]*/, 'mongodb://host'))
  return {
    db: client.db(decodeURIComponent(pathname.slice(1)) || DEFAULT_DATABASE),
    isEmbedded,
    close: async () => {
      await client.close()
      await close()
    },
  }
}

async function run(verb: string, path: string, { db, isEmbedded }: Opened): Promise<string> {
  if (verb === 'export') return `${await exportCollections(db, path)} documents written to ${path}`
  if (verb === 'import') {
    const { written, skipped } = await importCollections(db, path)
    return `${written} documents written, ${skipped} were there already`
  }
  if (!isEmbedded) throw new Error('backup copies the embedded data file; for a MongoDB use its own tools, or export')
  await db.command({ embeddedBackup: path })
  return `copied to ${path}`
}

const [verb = '', path = '', ...rest] = process.argv.slice(2)
if (!['export', 'import', 'backup'].includes(verb) || path === '' || rest.length > 0) {
  process.stderr.write(`${USAGE}\n`)
  process.exitCode = 2
} else {
  try {
    const opened = await openDatabase(process.env, verb === 'import')
    try {
      process.stdout.write(`${await run(verb, resolve(path), opened)}\n`)
    } finally {
      await opened.close()
    }
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n`)
    process.exitCode = 1
  }
}
