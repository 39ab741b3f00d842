import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { type Db, MongoClient } from 'mongodb'
import { DATA_FILE, URI_FILE } from './files.ts'
import { EmbeddedError, startEmbedded } from './start.ts'
import { exportTo, importFrom } from './transfer/transfer.ts'

const USAGE = `npm run embedded -- export FILE    write all collections and their indexes to FILE, as Extended JSON Lines; goes on where it stopped
npm run embedded -- import FILE    put them into the database; documents that are there already, by _id, stay as they are
npm run embedded -- backup FILE    copy the embedded data file as it is at one moment; as embedded.mdb in a directory of its own it can be served

The database is the embedded one in DATA_DIR (.data), whether it is being served or not; with MONGODB_URI, that MongoDB.`

const DEFAULT_DATABASE = 'gatehouse'

interface Opened {
  readonly db: Db
  readonly embedded: boolean
  close(): Promise<void>
}

/** The database that the environment names: a MongoDB, or the directory, through whoever serves it or by serving it for this while. */
async function open(env: NodeJS.ProcessEnv, mayBeNew: boolean): Promise<Opened> {
  const named = env.MONGODB_URI ?? ''
  if (named !== '' && !named.startsWith('embedded:')) return connected(named, false, async () => {})
  const directory = resolve(named.slice('embedded:'.length) || env.DATA_DIR || '.data')
  if (!mayBeNew && !existsSync(join(directory, DATA_FILE)))
    throw new Error(`There is no data in ${directory}. DATA_DIR names another directory, MONGODB_URI a MongoDB.`)
  try {
    const served = await startEmbedded({ directory, database: DEFAULT_DATABASE })
    return await connected(served.uri, true, served.close)
  } catch (error) {
    const uri = error instanceof EmbeddedError ? uriIn(directory) : undefined
    if (uri === undefined) throw error
    return connected(uri, true, async () => {})
  }
}

function uriIn(directory: string): string | undefined {
  try {
    return readFileSync(join(directory, URI_FILE), 'utf8').trim()
  } catch {
    return undefined
  }
}

async function connected(uri: string, embedded: boolean, close: () => Promise<void>): Promise<Opened> {
  const client = await MongoClient.connect(uri, { serverSelectionTimeoutMS: 5000 })
  const named = new URL(uri.replace(/^mongodb(\+srv)?:\/\/[^/?]*/, 'mongodb://host')).pathname.slice(1)
  return {
    db: client.db(decodeURIComponent(named) || DEFAULT_DATABASE),
    embedded,
    close: async () => {
      await client.close()
      await close()
    },
  }
}

/** A line on stderr that is written over, at most ten times a second. */
function progressLine(): { show(collection: string, documents: number): void; end(): void } {
  let last = 0
  let text = ''
  const draw = () => process.stderr.write(`\r\x1b[K${text}`)
  return {
    show(collection, documents) {
      text = `${collection}: ${documents} documents`
      if (Date.now() - last < 100) return
      last = Date.now()
      draw()
    },
    end() {
      draw()
      process.stderr.write('\n')
    },
  }
}

async function run(verb: string, file: string, { db, embedded }: Opened): Promise<string> {
  const progress = progressLine()
  try {
    if (verb === 'export') return `${await exportTo(db, file, progress.show)} documents written to ${file}`
    if (verb === 'import') {
      const { written, skipped } = await importFrom(db, file, progress.show)
      return `${written} documents written, ${skipped} were there already`
    }
    if (!embedded) throw new Error('backup copies the embedded data file; for a MongoDB use its own tools, or export')
    await db.command({ embeddedBackup: file })
    return `copied to ${file}`
  } finally {
    progress.end()
  }
}

const [verb = '', file = '', ...rest] = process.argv.slice(2)
if (!['export', 'import', 'backup'].includes(verb) || file === '' || rest.length > 0) {
  process.stderr.write(`${USAGE}\n`)
  process.exitCode = 2
} else {
  try {
    const opened = await open(process.env, verb === 'import')
    try {
      process.stdout.write(`${await run(verb, resolve(file), opened)}\n`)
    } finally {
      await opened.close()
    }
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n`)
    process.exitCode = 1
  }
}
