import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { EJSON } from 'bson'
import { type Db, type Document, MongoClient, MongoServerError, ObjectId } from 'mongodb'
import { type Embedded, startEmbedded } from '../../src/embedded/start.ts'

export interface TestServer {
  readonly directory: string
  readonly embedded: Embedded
  readonly client: MongoClient
  readonly db: Db
  close(): Promise<void>
}

export function createEmptyDirectory(): string {
  return mkdtempSync(join(tmpdir(), 'emb-'))
}

/** Starts a server on a temporary directory, with a client. */
export async function openServer(options: { directory?: string; ttlSweepMs?: number } = {}): Promise<TestServer> {
  const directory = options.directory ?? createEmptyDirectory()
  const embedded = await startEmbedded({ directory, database: 'test', ttlSweepMs: options.ttlSweepMs ?? 60_000 })
  const client = await MongoClient.connect(embedded.uri)
  const close = async () => {
    await client.close()
    await embedded.close()
    rmSync(directory, { recursive: true, force: true })
  }
  return { directory, embedded, client, db: client.db(), close }
}

/** Keeps BSON types as they arrive. */
const TYPED = { promoteValues: false, promoteLongs: false, bsonRegExp: true } as const

/** Runs a command. Returns its reply or its error, without what may differ between servers. */
export async function runCommand(db: Db, command: Document): Promise<Document> {
  try {
    return normalizeReply(await db.command(command, TYPED))
  } catch (error) {
    if (!(error instanceof MongoServerError)) throw error
    return normalizeReply({ code: error.code, ...pick(error.errorResponse, ['keyPattern', 'keyValue']) })
  }
}

function pick(from: Document, names: readonly string[]): Document {
  return Object.fromEntries(names.filter((name) => name in from).map((name) => [name, from[name]]))
}

const VOLATILE = [
  'ok',
  'errmsg',
  'codeName',
  '$clusterTime',
  'operationTime',
  'localTime',
  'connectionId',
  'ns',
  'serverInfo',
]

/** Runs the commands of a row on an empty collection. Returns the replies and the final documents. */
export async function runCommands(
  db: Db,
  { commands }: { readonly commands: readonly Document[] },
): Promise<Document[]> {
  await db.collection('c').drop()
  const all: Document[] = []
  for (const command of [...commands, { find: 'c', sort: { $natural: 1 }, batchSize: 1000 }])
    all.push(await runCommand(db, command))
  return all
}

/** Removes messages, times and generated ids. */
function normalizeReply(reply: Document): Document {
  const kept = Object.entries(reply).filter(([name]) => !VOLATILE.includes(name))
  const plain = Object.fromEntries(kept.sort(([a], [b]) => (a < b ? -1 : 1)))
  return maskGenerated(JSON.parse(EJSON.stringify(plain, { relaxed: false }))) as Document
}

const FRESH = new Date('2020-01-01').getTime()

function maskGenerated(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(maskGenerated)
  if (typeof value !== 'object' || value === null) return value
  const { $oid, $date, $timestamp } = value as {
    $oid?: string
    $date?: { $numberLong: string }
    $timestamp?: { t: number }
  }
  if ($oid !== undefined && new ObjectId($oid).getTimestamp().getTime() > FRESH) return 'a new id'
  if ($date !== undefined && Number($date.$numberLong) > FRESH) return 'now'
  if ($timestamp !== undefined && $timestamp.t * 1000 > FRESH) return 'now'
  const entries = Object.entries(value).filter(([name]) => !['errmsg', 'ns'].includes(name))
  return Object.fromEntries(
    entries.map(([name, each]) => [
      name,
      name === 'id' && isCursor(value) ? describeCursor(each) : maskGenerated(each),
    ]),
  )
}

function isCursor(value: object): boolean {
  return 'firstBatch' in value || 'nextBatch' in value
}

function describeCursor(id: unknown): string {
  return (id as { $numberLong?: string }).$numberLong === '0' ? 'closed' : 'open'
}
