import { readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { EJSON } from 'bson'
import { open } from 'lmdb'
import { MongoClient } from 'mongodb'
import { expect, test } from 'vitest'
import { Disk } from '../../src/embedded/storage/disk.ts'
import { FORMAT, FORMAT_KEY } from '../../src/embedded/storage/layout.ts'
import { fromPlain } from '../../src/embedded/values/build.ts'
import { createDirectory, createUsedDirectory, start } from './directories.ts'
import { findDisagreements } from './verify.ts'

/** Enough documents for every kind of page. */
const MANY = [{ text: 'x'.repeat(20_000) }, ...Array.from({ length: 300 }, (_, n) => ({ n, text: 'z'.repeat(200) }))]

async function writeVersion(file: string, version: number): Promise<void> {
  const disk = new Disk(file)
  disk.runTransaction(() => disk.put(FORMAT_KEY, fromPlain({ ...FORMAT, version }).bytes))
  await disk.close()
}

async function writeForeignFile(file: string): Promise<void> {
  rmSync(file)
  const db = open<string, string>({ path: file, noSubdir: true })
  await db.put('name', 'theirs')
  await db.close()
}

const findMiddle = (file: string) => Math.floor(statSync(file).size / 2 / 4096) * 4096
const letter = 'This is somebody’s letter.'.repeat(1000)
const damages: [string, RegExp, (file: string) => unknown][] = [
  ['foreign', /is not a data file of the embedded database/, (file) => writeFileSync(file, letter)],
  ['of another program with LMDB', /is not a data file of the embedded database/, writeForeignFile],
  ['overwritten at its head', /or it is damaged/, (file) => writeFileSync(file, Buffer.alloc(8192), { flag: 'r+' })],
  ['cut to its first page', /its head cannot be read/, (file) => truncateSync(file, 4096)],
  ['cut in half', /it is cut short/, (file) => truncateSync(file, findMiddle(file))],
  ['of a newer version', /format version 3, and this program knows versions up to 2/, (file) => writeVersion(file, 3)],
]

test.each(damages)(
  'a data file that is %s is refused with an error that names its path, and stays unchanged',
  async (_how, reason, damage) => {
    const directory = await createUsedDirectory(MANY)
    const file = join(directory, 'embedded.mdb')
    await damage(file)
    const [before, { mode, mtimeMs }] = [readFileSync(file), statSync(file)]
    const refusal = await start(directory).catch(({ message }) => message)
    expect(refusal).toMatch(reason)
    expect(refusal).toContain(file)
    expect(refusal).toMatch(/restore it from a backup|move the file away/)
    expect(readFileSync(file).equals(before)).toBe(true)
    expect(statSync(file)).toMatchObject({ mode, mtimeMs })
  },
)

test('an empty data file that a crash has left is initialized again', async () => {
  const directory = createDirectory()
  const file = join(directory, 'embedded.mdb')
  await open({ path: file, noSubdir: true }).close()
  await (await start(directory)).close()
  writeFileSync(file, '')
  await (await start(directory)).close()
})

test('a data file of the previous version opens with its documents, types and indexes', async () => {
  const directory = createDirectory()
  const fixture = new URL('./fixtures/version-1.mdb.gz', import.meta.url)
  writeFileSync(join(directory, 'embedded.mdb'), gunzipSync(readFileSync(fixture)))
  for (const opening of ['first', 'second']) {
    const server = await start(directory)
    const client = await MongoClient.connect(server.uri)
    const users = client.db().collection<{ _id: number; email: string }>('users')
    expect(await users.countDocuments({}), opening).toBe(40)
    expect(await users.findOne({ email: 'u7@example.org' })).toMatchObject({ _id: 7, n: 7, tags: ['t1', 'all'] })
    expect(await users.find({ tags: 't2' }).toArray()).toHaveLength(13)
    expect((await users.indexes()).map(({ name }) => name)).toEqual(['_id_', 'email_1', 'tags_-1_n_1', 'at_1'])
    await expect(users.insertOne({ _id: 100, email: 'u7@example.org' })).rejects.toMatchObject({ code: 11000 })
    const typed = await client.db().collection('types').findOne({}, { promoteValues: false })
    expect(EJSON.stringify(typed, { relaxed: false })).toContain('"decimal":{"$numberDecimal":"1.10"}')
    expect(typed).toMatchObject({ nested: { list: [null, true, expect.anything()] }, text: 'x'.repeat(6000) })
    expect((await client.db().listCollections().toArray()).map(({ name }) => name).sort()).toEqual(['types', 'users'])
    await client.close()
    await server.close()
    expect(await findDisagreements(directory)).toEqual([])
  }
})
