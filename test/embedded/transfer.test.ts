import { execFile } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { Binary, type Db, Decimal128, Double, Int32, Long, MongoClient, ObjectId, Timestamp } from 'mongodb'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startEmbedded } from '../../src/embedded/start.ts'
import { answer, emptyDirectory, type Home } from './kit.ts'
import { findDisagreements } from './verify.ts'

const CLI = fileURLToPath(new URL('../../dist/embedded/cli.js', import.meta.url))

/** Runs the command line tool; with the directory of a server it speaks to that server. */
async function embedded(directory: string, ...words: string[]): Promise<{ stdout: string; stderr: string }> {
  const { MONGODB_URI: _, ...env } = process.env
  return promisify(execFile)(process.execPath, [CLI, ...words], {
    env: { ...env, DATA_DIR: directory },
  })
}

let here: Home
let folder: string
const copies: string[] = []

beforeAll(async () => {
  const directory = emptyDirectory()
  const server = await startEmbedded({ directory, database: 'gatehouse' })
  const client = await MongoClient.connect(server.uri)
  const close = async () => {
    await client.close()
    await server.close()
  }
  here = { directory, embedded: server, client, db: client.db(), close }
  folder = join(emptyDirectory(), 'all')
  await here.db.collection('types').insertMany([
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
  await here.db.collection('users').createIndex({ email: 1 }, { unique: true })
  await here.db.collection('users').createIndex({ at: 1 }, { expireAfterSeconds: 3600, name: 'ttl' })
  await here.db.collection('users').insertMany(Array.from({ length: 1200 }, (_, n) => ({ email: `u${n}`, n })))
})
afterAll(async () => {
  await here.close()
  for (const directory of [here.directory, join(folder, '..'), ...copies])
    rmSync(directory, { recursive: true, force: true })
})

/** All that is in a database, with types. */
async function everything(db: Db): Promise<unknown[]> {
  const all: unknown[] = []
  for (const name of ['types', 'users'])
    all.push(
      await answer(db, { find: name, sort: { _id: 1 }, batchSize: 5000 }),
      await answer(db, { listIndexes: name }),
    )
  return all
}

async function reopened<T>(directory: string, look: (db: Db) => Promise<T>): Promise<T> {
  const server = await startEmbedded({ directory, database: 'gatehouse' })
  const client = await MongoClient.connect(server.uri)
  try {
    return await look(client.db())
  } finally {
    await client.close()
    await server.close()
  }
}

test('all of it moves through a folder, types and indexes too', { timeout: 30_000 }, async () => {
  const { stdout } = await embedded(here.directory, 'export', folder)
  expect(stdout).toContain('1203 documents written')
  const target = emptyDirectory()
  copies.push(target)
  expect((await embedded(target, 'import', folder)).stdout).toContain('1203 documents written, 0 were there already')
  expect((await embedded(target, 'import', folder)).stdout).toContain('0 documents written, 1203 were there already')
  expect(await reopened(target, everything)).toEqual(await everything(here.db))
})

test('an export is for its owner alone, in files that mongoimport reads, and over nothing that is there', async () => {
  expect(readdirSync(folder).sort()).toEqual(['indexes.json', 'types.jsonl', 'users.jsonl'])
  for (const name of readdirSync(folder)) expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600)
  const lines = readFileSync(join(folder, 'users.jsonl'), 'utf8').trim().split('\n')
  expect(lines).toHaveLength(1200)
  expect(JSON.parse(lines[0] as string)).toMatchObject({ _id: { $oid: expect.any(String) }, email: 'u0' })
  await expect(embedded(here.directory, 'export', folder)).rejects.toMatchObject({
    stderr: expect.stringContaining(`The folder ${folder} is not empty`),
  })
})

test('what is no export is refused by name and line', { timeout: 30_000 }, async () => {
  const wrong = join(folder, '..', 'wrong')
  mkdirSync(wrong)
  const refusal = (...words: string[]) => embedded(here.directory, ...words).catch(({ stderr }) => stderr)
  expect(await refusal('import', wrong)).toContain(`There is no export in ${wrong}: indexes.json is missing.`)
  expect(await refusal('export', join(wrong, 'a', 'b'))).toContain(`There is no folder ${join(wrong, 'a')}`)
  writeFileSync(join(wrong, 'indexes.json'), '{}')
  writeFileSync(join(wrong, 'letter.jsonl'), 'Dear reader,\n')
  expect(await refusal('import', wrong)).toContain('letter.jsonl:1 is not Extended JSON')
  await expect(embedded(here.directory, 'unknown')).rejects.toMatchObject({ code: 2 })
})

test('where there are no data, nothing is exported, and no directory is made', { timeout: 30_000 }, async () => {
  const nowhere = join(folder, '..', 'nowhere')
  for (const verb of ['export', 'backup'])
    await expect(embedded(nowhere, verb, join(folder, '..', 'nothing'))).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`There is no data in ${nowhere}`),
    })
  expect(readdirSync(join(folder, '..'))).not.toEqual(expect.arrayContaining(['nowhere', 'nothing']))
})

test('of a directory that nobody serves, all can be exported and copied', { timeout: 30_000 }, async () => {
  const [idle, again, copy] = [copies[0] as string, join(folder, '..', 'again'), emptyDirectory()]
  copies.push(copy)
  expect((await embedded(idle, 'export', again)).stdout).toContain('1203 documents written')
  for (const name of readdirSync(folder))
    expect(readFileSync(join(again, name), 'utf8')).toBe(readFileSync(join(folder, name), 'utf8'))
  await embedded(idle, 'backup', join(copy, 'embedded.mdb'))
  expect(statSync(join(copy, 'embedded.mdb')).mode & 0o777).toBe(0o600)
  expect(await reopened(copy, everything)).toEqual(await everything(here.db))
})

test('a backup is one moment, taken while others write', { timeout: 30_000 }, async () => {
  const pairs = here.db.collection('pairs')
  await pairs.createIndex({ n: 1 })
  let running = true
  const writing = (async () => {
    for (let n = 0; running; n++) await pairs.insertMany([{ n }, { n }])
  })()
  const copy = emptyDirectory()
  copies.push(copy)
  mkdirSync(join(copy, 'data'))
  await embedded(here.directory, 'backup', join(copy, 'data', 'embedded.mdb'))
  running = false
  await writing
  expect(await findDisagreements(join(copy, 'data'))).toEqual([])
  const { total, odd } = await reopened(join(copy, 'data'), async (db) => {
    const all = await db.collection('pairs').find().toArray()
    const counts = new Map<number, number>()
    for (const { n } of all) counts.set(n, (counts.get(n) ?? 0) + 1)
    return { total: all.length, odd: [...counts.values()].filter((count) => count !== 2) }
  })
  expect(total).toBeGreaterThan(0)
  expect(odd).toEqual([])
  await expect(embedded(here.directory, 'backup', join(copy, 'data', 'embedded.mdb'))).rejects.toMatchObject({
    stderr: expect.stringContaining('exists already'),
  })
})

test.skipIf(process.env.MONGODB_URI === undefined)(
  'all of it moves to a real server and back',
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
      expect(await everything(db)).toEqual(await everything(here.db))
      const back = join(folder, '..', 'back')
      await run('export', back)
      const target = emptyDirectory()
      copies.push(target)
      await embedded(target, 'import', back)
      expect(await reopened(target, everything)).toEqual(await everything(here.db))
    } finally {
      await db.dropDatabase()
      await client.close()
    }
  },
)
