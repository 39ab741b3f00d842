import { once } from 'node:events'
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
import { createDirectory, createUsedDirectory, start } from './directories.ts'
import { openServer } from './kit.ts'
import { buildFrame, buildSection } from './wire.ts'

test('the directory is created for its owner only, and holds the connection string while the server runs', async () => {
  const directory = join(createDirectory(), 'new', 'data')
  const server = await start(directory)
  expect(statSync(directory).mode & 0o777).toBe(0o700)
  const file = join(directory, 'mongodb.uri')
  expect(statSync(file).mode & 0o777).toBe(0o600)
  expect(readFileSync(file, 'utf8').trim()).toBe(server.uri)
  expect(server.uri).toMatch(/^mongodb:\/\/[^/]+\.sock\/test$/)
  await server.close()
  expect(readdirSync(directory).filter((name) => !name.startsWith('embedded.mdb'))).toEqual([])
})

test('a second server on one directory is refused in the same process, in another, and through a symbolic link', async () => {
  const directory = createDirectory()
  const server = await start(directory)
  const other = join(createDirectory(), 'link')
  symlinkSync(directory, other)
  const refusal = /in use by another process.*choose another directory/
  await expect(start(directory)).rejects.toThrow(refusal)
  await expect(start(other)).rejects.toThrow(refusal)
  await expect(serve(directory)).rejects.toThrow(refusal)
  await server.close()
  await (await start(directory)).close()
})

test('of four servers that start at once on one directory, one succeeds', async () => {
  const directory = createDirectory()
  const outcomes = await Promise.allSettled(Array.from({ length: 4 }, () => start(directory)))
  const serving = outcomes.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []))
  expect(serving).toHaveLength(1)
  for (const each of outcomes) if (each.status === 'rejected') expect(each.reason).toBeInstanceOf(EmbeddedError)
  await serving[0]?.close()
})

test('a suspended process keeps its directory, and after a crash the directory can be served again', async () => {
  const directory = createDirectory()
  const first = await serve(directory)
  first.process.kill('SIGSTOP')
  await expect(start(directory)).rejects.toThrow(/in use/)
  first.process.kill('SIGCONT')
  await first.kill()
  expect(existsSync(join(directory, 'mongodb.uri'))).toBe(true)
  await (await start(directory)).close()
})

test('a directory whose path is too long for a socket is served and locked, too', async () => {
  const directory = join(createDirectory(), 'long'.repeat(30))
  const server = await start(directory)
  const client = await MongoClient.connect(server.uri)
  expect(await client.db().command({ ping: 1 })).toMatchObject({ ok: 1 })
  await expect(start(directory)).rejects.toThrow(/in use/)
  const socket = decodeURIComponent(/^mongodb:\/\/([^/]+)\//.exec(server.uri)?.[1] as string)
  await client.close()
  await server.close()
  expect(existsSync(socket)).toBe(false)
})

test('data survive a restart', async () => {
  const directory = await createUsedDirectory([{ text: 'x'.repeat(20_000) }])
  const server = await start(directory)
  const client = await MongoClient.connect(server.uri)
  expect(await client.db().collection('c').countDocuments({})).toBe(1)
  await client.close()
  await server.close()
})

test('closing answers pending requests, and acknowledged writes are kept', async () => {
  const directory = createDirectory()
  const server = await start(directory)
  const client = await MongoClient.connect(server.uri, { retryWrites: false })
  const c = client.db().collection<{ _id: number }>('c')
  await c.insertOne({ _id: -1 })
  const writes = Array.from({ length: 400 }, (_, _id) => c.insertOne({ _id }))
  const settled = Promise.allSettled(writes)
  await writes[0]
  await server.close()
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

test('a client that never reads its answers does not keep the server from closing', async () => {
  const server = await start(createDirectory())
  const client = await MongoClient.connect(server.uri)
  await client
    .db()
    .collection('c')
    .insertOne({ text: 'x'.repeat(8_000_000) })
  const deaf = connect(decodeURIComponent(/^mongodb:\/\/([^/]+)/.exec(server.uri)?.[1] as string)).pause()
  await once(deaf, 'connect')
  deaf.write(
    Buffer.concat(Array.from({ length: 20 }, (_, id) => buildFrame(id, [buildSection({ find: 'c', $db: 'test' })]))),
  )
  await client.db().command({ ping: 1 })
  await client.close()
  await server.close()
  deaf.destroy()
})

test('a path that is a file instead of a directory is refused', async () => {
  const file = join(createDirectory(), 'file')
  writeFileSync(file, '')
  await expect(start(file)).rejects.toThrow(/is not a directory/)
})

test.skipIf(process.getuid?.() === 0)('a directory without write permission is refused', async () => {
  const directory = createDirectory()
  chmodSync(directory, 0o500)
  await expect(start(directory)).rejects.toThrow(/cannot be written/)
})

test('writes fail while the directory is missing, and work again when it is back', async () => {
  const server = await openServer()
  const [c, away] = [server.db.collection('c'), join(tmpdir(), `away-${process.pid}`)]
  await c.insertOne({ n: 1 })
  renameSync(server.directory, away)
  await expect(c.insertOne({ n: 2 })).rejects.toMatchObject({
    code: 39,
    message: expect.stringContaining('embedded.mdb'),
  })
  expect(await c.countDocuments({})).toBe(1)
  renameSync(away, server.directory)
  await c.insertOne({ n: 3 })
  expect((await c.find().sort({ n: 1 }).toArray()).map(({ n }) => n)).toEqual([1, 3])
  await server.close()
})
