import { readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { open } from 'lmdb'
import { MongoClient } from 'mongodb'
import { expect, test } from 'vitest'
import { Disk } from '../../src/embedded/storage/disk.ts'
import { FORMAT, FORMAT_KEY } from '../../src/embedded/storage/layout.ts'
import { from } from '../../src/embedded/values/make.ts'
import { somewhere, start, used } from './directories.ts'

/** Enough for pages of every kind. */
const MANY = [{ text: 'x'.repeat(20_000) }, ...Array.from({ length: 300 }, (_, n) => ({ n, text: 'z'.repeat(200) }))]

async function stamp(file: string, version: number): Promise<void> {
  const disk = new Disk(file)
  disk.transaction(() => disk.put(FORMAT_KEY, from({ ...FORMAT, version }).bytes))
  await disk.close()
}

/** An LMDB file of somebody else's. */
async function theirs(file: string): Promise<void> {
  rmSync(file)
  const db = open<string, string>({ path: file, noSubdir: true })
  await db.put('name', 'theirs')
  await db.close()
}

const half = (file: string) => Math.floor(statSync(file).size / 2 / 4096) * 4096
const letter = 'This is somebody’s letter.'.repeat(1000)
const damages: [string, RegExp, (file: string) => unknown][] = [
  ['foreign', /is not a data file of the embedded database/, (file) => writeFileSync(file, letter)],
  ['of another program with LMDB', /is not a data file of the embedded database/, theirs],
  ['overwritten at its head', /or it is damaged/, (file) => writeFileSync(file, Buffer.alloc(8192), { flag: 'r+' })],
  ['cut to its first page', /its head cannot be read/, (file) => truncateSync(file, 4096)],
  ['cut in half', /it is cut short/, (file) => truncateSync(file, half(file))],
  ['of a newer version', /format version 2, and this program knows versions up to 1/, (file) => stamp(file, 2)],
  ['of an older version', /the older format version 0/, (file) => stamp(file, 0)],
]

test.each(damages)('D-09: a data file that is %s is refused by name, untouched', async (_how, reason, damage) => {
  const directory = await used(MANY)
  const file = join(directory, 'embedded.mdb')
  await damage(file)
  const [before, { mode, mtimeMs }] = [readFileSync(file), statSync(file)]
  const refusal = await start(directory).catch(({ message }) => message)
  expect(refusal).toMatch(reason)
  expect(refusal).toContain(file)
  expect(refusal).toMatch(/restore it from a backup|move the file away|import it here/)
  expect(readFileSync(file).equals(before)).toBe(true)
  expect(statSync(file)).toMatchObject({ mode, mtimeMs })
})

test('a file that a crash left before anything was in it is begun anew', async () => {
  const directory = somewhere()
  const file = join(directory, 'embedded.mdb')
  await open({ path: file, noSubdir: true }).close()
  await (await start(directory)).close()
  writeFileSync(file, '')
  await (await start(directory)).close()
})

test('D-09: a byte that flipped in a document is found out when it is read', async () => {
  const directory = await used(MANY)
  const file = join(directory, 'embedded.mdb')
  const bytes = readFileSync(file)
  bytes[bytes.indexOf('xxxxxxxxxxxxxxxx') + 5000] = 121
  writeFileSync(file, bytes)
  const here = await start(directory)
  const client = await MongoClient.connect(here.uri)
  await expect(client.db().collection('c').findOne({})).rejects.toThrow(/test\.c is damaged on the disk/)
  await client.close()
  await here.close()
})
