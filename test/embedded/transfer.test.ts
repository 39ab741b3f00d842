import { execFile } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { Binary, type Db, Decimal128, Double, Int32, Long, MongoClient, ObjectId, Timestamp } from 'mongodb'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startEmbedded } from '../../src/embedded/start.ts'
import { createEmptyDirectory, runCommand, type TestServer } from './kit.ts'
import { findDisagreements } from './verify.ts'

const CLI = fileURLToPath(new URL('../../dist/embedded/cli.js', import.meta.url))

/** Runs the command line tool on a directory; if a server has it, the tool connects to that server. */
async function runTool(directory: string, ...words: string[]): Promise<{ stdout: string; stderr: string }> {
  const { MONGODB_URI: _, ...env } = process.env
  return promisify(execFile)(process.execPath, [CLI, ...words], {
    env: { ...env, DATA_DIR: directory },
  })
}

let source: TestServer
let folder: string
const copies: string[] = []

beforeAll(async () => {
  const directory = createEmptyDirectory()
  const server = await startEmbedded({ directory, database: 'gatehouse' })
  const client = await MongoClient.connect(server.uri)
  const close = async () => {
    await client.close()
    await server.close()
  }
  source = { directory, embedded: server, client, db: client.db(), close }
  folder = join(createEmptyDirectory(), 'all')
  await source.db.collection('types').insertMany([
    {
      _id: 1,
      int: new Int32(1),
      double: new Double(1),
      long: Long.fromNumber(1),
      decimal: Decimal128.fromString('1.10'),
    },
    {
      _id: 'two',
      date: new Date(5),
      binary: new Binary(Buffer.from('x'), 5),
      oid: new ObjectId(),
      nested: { list: [null, { a: /b/i }] },
    },
    { _id: new ObjectId(), when: new Timestamp({ t: 1, i: 2 }), text: 'line\nbreak “quoted”' },
  ] as never[])
  await source.db.collection('users').createIndex({ email: 1 }, { unique: true })
  await source.db.collection('users').createIndex({ at: 1 }, { expireAfterSeconds: 3600, name: 'ttl' })
  await source.db.collection('users').insertMany(Array.from({ length: 1200 }, (_, n) => ({ email: `u${n}`, n })))
})
afterAll(async () => {
  await source.close()
  for (const directory of [source.directory, join(folder, '..'), ...copies])
    rmSync(directory, { recursive: true, force: true })
})

/** Reads everything in a database, with its types. */
async function readEverything(db: Db): Promise<unknown[]> {
  const all: unknown[] = []
  for (const name of ['types', 'users'])
    all.push(
      await runCommand(db, { find: name, sort: { _id: 1 }, batchSize: 5000 }),
      await runCommand(db, { listIndexes: name }),
    )
  return all
}

async function reopenDirectory<T>(directory: string, read: (db: Db) => Promise<T>): Promise<T> {
  const server = await startEmbedded({ directory, database: 'gatehouse' })
  const client = await MongoClient.connect(server.uri)
  try {
    return await read(client.db())
  } finally {
    await client.close()
    await server.close()
  }
}

test('an export can be imported with its types and indexes', { timeout: 30_000 }, async () => {
  const { stdout } = await runTool(source.directory, 'export', folder)
  expect(stdout).toContain('1203 documents written')
  const target = createEmptyDirectory()
  copies.push(target)
  expect((await runTool(target, 'import', folder)).stdout).toContain('1203 documents written, 0 were there already')
  expect((await runTool(target, 'import', folder)).stdout).toContain('0 documents written, 1203 were there already')
  expect(await reopenDirectory(target, readEverything)).toEqual(await readEverything(source.db))
})

test('only the owner can read an export, mongoimport can import it, and it overwrites nothing', async () => {
  expect(readdirSync(folder).sort()).toEqual(['indexes.json', 'types.jsonl', 'users.jsonl'])
  for (const name of readdirSync(folder)) expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600)
  const lines = readFileSync(join(folder, 'users.jsonl'), 'utf8').trim().split('\n')
  expect(lines).toHaveLength(1200)
  expect(JSON.parse(lines[0] as string)).toMatchObject({ _id: { $oid: expect.any(String) }, email: 'u0' })
  await expect(runTool(source.directory, 'export', folder)).rejects.toMatchObject({
    stderr: expect.stringContaining(`The folder ${folder} is not empty`),
  })
})

test('importing a folder that is no export is refused with an error that names the file and line', {
  timeout: 30_000,
}, async () => {
  const wrong = join(folder, '..', 'wrong')
  mkdirSync(wrong)
  const readRefusal = (...words: string[]) => runTool(source.directory, ...words).catch(({ stderr }) => stderr)
  expect(await readRefusal('import', wrong)).toContain(`There is no export in ${wrong}: indexes.json is missing.`)
  expect(await readRefusal('export', join(wrong, 'a', 'b'))).toContain(`There is no folder ${join(wrong, 'a')}`)
  writeFileSync(join(wrong, 'indexes.json'), '{}')
  writeFileSync(join(wrong, 'letter.jsonl'), 'Dear reader,\n')
  expect(await readRefusal('import', wrong)).toContain('letter.jsonl:1 is not Extended JSON')
  await expect(runTool(source.directory, 'unknown')).rejects.toMatchObject({ code: 2 })
})

test('without data nothing is exported, and no directory is created', { timeout: 30_000 }, async () => {
  const nowhere = join(folder, '..', 'nowhere')
  for (const verb of ['export', 'backup'])
    await expect(runTool(nowhere, verb, join(folder, '..', 'nothing'))).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`There is no data in ${nowhere}`),
    })
  expect(readdirSync(join(folder, '..'))).not.toEqual(expect.arrayContaining(['nowhere', 'nothing']))
})

test('export and backup work without a running server', { timeout: 30_000 }, async () => {
  const [idle, again, copy] = [copies[0] as string, join(folder, '..', 'again'), createEmptyDirectory()]
  copies.push(copy)
  expect((await runTool(idle, 'export', again)).stdout).toContain('1203 documents written')
  for (const name of readdirSync(folder))
    expect(readFileSync(join(again, name), 'utf8')).toBe(readFileSync(join(folder, name), 'utf8'))
  await runTool(idle, 'backup', join(copy, 'embedded.mdb'))
  expect(statSync(join(copy, 'embedded.mdb')).mode & 0o777).toBe(0o600)
  expect(await reopenDirectory(copy, readEverything)).toEqual(await readEverything(source.db))
})

test('a backup during writes is consistent', { timeout: 30_000 }, async () => {
  const pairs = source.db.collection('pairs')
  await pairs.createIndex({ n: 1 })
  let running = true
  const writing = (async () => {
    for (let n = 0; running; n++) await pairs.insertMany([{ n }, { n }])
  })()
  const copy = createEmptyDirectory()
  copies.push(copy)
  mkdirSync(join(copy, 'data'))
  await runTool(source.directory, 'backup', join(copy, 'data', 'embedded.mdb'))
  running = false
  await writing
  expect(await findDisagreements(join(copy, 'data'))).toEqual([])
  const { total, odd } = await reopenDirectory(join(copy, 'data'), async (db) => {
    const all = await db.collection('pairs').find().toArray()
    const counts = new Map<number, number>()
    for (const { n } of all) counts.set(n, (counts.get(n) ?? 0) + 1)
    return { total: all.length, odd: [...counts.values()].filter((count) => count !== 2) }
  })
  expect(total).toBeGreaterThan(0)
  expect(odd).toEqual([])
  await expect(runTool(source.directory, 'backup', join(copy, 'data', 'embedded.mdb'))).rejects.toMatchObject({
    stderr: expect.stringContaining('exists already'),
  })
})

test.skipIf(process.env.MONGODB_URI === undefined)(
  'an export can be imported into a real server and exported from there without a change',
  { timeout: 60_000 },
  async () => {
    const client = await MongoClient.connect(process.env.MONGODB_URI as string)
    const db = client.db('embedded_moved')
    await db.dropDatabase()
    const uri = new URL(process.env.MONGODB_URI as string)
    uri.pathname = '/embedded_moved'
    const run = (...words: string[]) =>
      promisify(execFile)(process.execPath, [CLI, ...words], {
        env: { ...process.env, MONGODB_URI: uri.href },
      })
    try {
      await run('import', folder)
      expect(await readEverything(db)).toEqual(await readEverything(source.db))
      const back = join(folder, '..', 'back')
      await run('export', back)
      const target = createEmptyDirectory()
      copies.push(target)
      await runTool(target, 'import', back)
      expect(await reopenDirectory(target, readEverything)).toEqual(await readEverything(source.db))
    } finally {
      await db.dropDatabase()
      await client.close()
    }
  },
)
