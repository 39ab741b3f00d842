import {
  chmodSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MongoClient } from 'mongodb'
import { expect, test } from 'vitest'
import { EmbeddedError } from '../../src/embedded/start.ts'
import { serve } from './child.ts'
import { somewhere, start, used } from './directories.ts'
import { home } from './kit.ts'
import { frame, section } from './wire.ts'

test('the directory is made for its owner, the connection string is kept while it is served', async () => {
  const directory = join(somewhere(), 'new', 'data')
  const here = await start(directory)
  expect(statSync(directory).mode & 0o777).toBe(0o700)
  const file = join(directory, 'mongodb.uri')
  expect(statSync(file).mode & 0o777).toBe(0o600)
  expect(readFileSync(file, 'utf8').trim()).toBe(here.uri)
  expect(here.uri).toMatch(/^mongodb:\/\/[^/]+\.sock\/test$/)
  await here.close()
  expect(readdirSync(directory).filter((name) => !name.startsWith('embedded.mdb'))).toEqual([])
})

test('a second one is refused: in this process, in another, by another name of the directory', async () => {
  const directory = somewhere()
  const here = await start(directory)
  const other = join(somewhere(), 'link')
  symlinkSync(directory, other)
  const refusal = /in use by another process.*choose another directory/
  await expect(start(directory)).rejects.toThrow(refusal)
  await expect(start(other)).rejects.toThrow(refusal)
  await expect(serve(directory)).rejects.toThrow(refusal)
  await here.close()
  await (await start(directory)).close()
})

test('of four that start at once, one serves', async () => {
  const directory = somewhere()
  const outcomes = await Promise.allSettled(Array.from({ length: 4 }, () => start(directory)))
  const serving = outcomes.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []))
  expect(serving).toHaveLength(1)
  for (const each of outcomes) if (each.status === 'rejected') expect(each.reason).toBeInstanceOf(EmbeddedError)
  await serving[0]?.close()
})

test('a crash leaves nothing to clean up, and a stopped process still holds', async () => {
  const directory = somewhere()
  const first = await serve(directory)
  first.process.kill('SIGSTOP')
  await expect(start(directory)).rejects.toThrow(/in use/)
  first.process.kill('SIGCONT')
  await first.kill()
  expect(existsSync(join(directory, 'mongodb.uri'))).toBe(true)
  await (await start(directory)).close()
})

test('a path too long for a socket is served from elsewhere, and is locked all the same', async () => {
  const directory = join(somewhere(), 'long'.repeat(30))
  const here = await start(directory)
  const client = await MongoClient.connect(here.uri)
  expect(await client.db().command({ ping: 1 })).toMatchObject({ ok: 1 })
  await expect(start(directory)).rejects.toThrow(/in use/)
  const socket = decodeURIComponent(/^mongodb:\/\/([^/]+)\//.exec(here.uri)?.[1] as string)
  await client.close()
  await here.close()
  expect(existsSync(socket)).toBe(false)
})

test('data survive a restart, and start again in a moment', async () => {
  const directory = await used([{ text: 'x'.repeat(20_000) }])
  const here = await start(directory)
  const client = await MongoClient.connect(here.uri)
  expect(await client.db().collection('c').countDocuments({})).toBe(1)
  await client.close()
  await here.close()
})

test('closing answers what was asked, and keeps what it answered', async () => {
  const directory = somewhere()
  const here = await start(directory)
  const client = await MongoClient.connect(here.uri, { retryWrites: false })
  const c = client.db().collection<{ _id: number }>('c')
  await c.insertOne({ _id: -1 })
  const writes = Array.from({ length: 400 }, (_, _id) => c.insertOne({ _id }))
  const settled = Promise.allSettled(writes)
  await writes[0]
  await here.close()
  const acknowledged = (await settled).flatMap((each, _id) => (each.status === 'fulfilled' ? [_id] : []))
  await client.close(true)
  const again = await start(directory)
  const reader = await MongoClient.connect(again.uri)
  const kept = (await reader.db().collection<{ _id: number }>('c').find().toArray()).map(({ _id }) => _id)
  await reader.close()
  await again.close()
  expect(acknowledged.length).toBeGreaterThan(0)
  expect(kept).toEqual(expect.arrayContaining(acknowledged))
})

test('a client that asks and never reads does not keep it from closing', async () => {
  const here = await start(somewhere())
  const client = await MongoClient.connect(here.uri)
  await client
    .db()
    .collection('c')
    .insertOne({ text: 'x'.repeat(8_000_000) })
  const deaf = connect(decodeURIComponent(/^mongodb:\/\/([^/]+)/.exec(here.uri)?.[1] as string)).pause()
  deaf.write(Buffer.concat(Array.from({ length: 20 }, (_, id) => frame(id, [section({ find: 'c', $db: 'test' })]))))
  await client.db().command({ ping: 1 })
  await client.close()
  await here.close()
  deaf.destroy()
})

test('a directory that is a file is refused', async () => {
  const file = join(somewhere(), 'file')
  writeFileSync(file, '')
  await expect(start(file)).rejects.toThrow(/is not a directory/)
})

test.skipIf(process.getuid?.() === 0)('a directory that cannot be written is refused', async () => {
  const directory = somewhere()
  chmodSync(directory, 0o500)
  await expect(start(directory)).rejects.toThrow(/cannot be written/)
})

test('a directory taken away fails writes, and they work again when it is back', async () => {
  const here = await home()
  const [c, away] = [here.db.collection('c'), join(tmpdir(), `away-${process.pid}`)]
  await c.insertOne({ n: 1 })
  renameSync(here.directory, away)
  await expect(c.insertOne({ n: 2 })).rejects.toMatchObject({
    code: 39,
    message: expect.stringContaining('embedded.mdb'),
  })
  expect(await c.countDocuments({})).toBe(1)
  renameSync(away, here.directory)
  await c.insertOne({ n: 3 })
  expect((await c.find().sort({ n: 1 }).toArray()).map(({ n }) => n)).toEqual([1, 3])
  await here.close()
})
