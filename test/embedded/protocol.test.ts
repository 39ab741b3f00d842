import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { Random } from './fuzz.ts'
import { openServer, type TestServer } from './kit.ts'
import { buildFrame, buildSection, buildSequence, RawConnection } from './wire.ts'

let server: TestServer
beforeAll(async () => {
  server = await openServer()
})
afterAll(() => server.close())

function openConnection(): RawConnection {
  const wire = new RawConnection(server.embedded.uri)
  onTestFinished(() => wire.end())
  return wire
}

const buildPing = (id: number, flags = 0) => buildFrame(id, [buildSection({ ping: 1, $db: 'test' })], flags)

test('a frame sent byte by byte, and many frames sent at once, are answered in order', async () => {
  const wire = openConnection()
  for (const byte of buildPing(7)) wire.write(Buffer.from([byte]))
  expect((await wire.read())?.to).toBe(7)
  wire.write(...Array.from({ length: 300 }, (_, id) => buildPing(id)))
  for (let id = 0; id < 300; id++) expect((await wire.read())?.to).toBe(id)
})

test('writes and reads that are sent together are answered in order', async () => {
  const wire = openConnection()
  const commands = Array.from({ length: 40 }, (_, n) =>
    n % 2 === 0 ? { insert: 'pipe', documents: [{ _id: n }] } : { count: 'pipe' },
  )
  wire.write(...commands.map((command, id) => buildFrame(id, [buildSection({ ...command, $db: 'test' })])))
  for (let id = 0; id < 40; id++) {
    const answer = await wire.read()
    expect(answer).toMatchObject({ to: id, body: { n: id % 2 === 0 ? 1 : (id + 1) / 2, ok: 1 } })
  }
})

test('a message may hold both kinds of sections, in any order', async () => {
  const wire = openConnection()
  const command = buildSection({ insert: 'sections', $db: 'test' })
  wire.write(
    buildFrame(1, [command, buildSequence('documents', [{ _id: 1 }, { _id: 2 }])]),
    buildFrame(2, [buildSequence('documents', [{ _id: 3 }]), command]),
  )
  expect((await wire.read())?.body).toMatchObject({ n: 2, ok: 1 })
  expect((await wire.read())?.body).toMatchObject({ n: 1, ok: 1 })
})

test('a message with moreToCome is executed without an answer', async () => {
  const wire = openConnection()
  wire.write(
    buildFrame(1, [buildSection({ insert: 'quiet', documents: [{ _id: 1 }], $db: 'test', writeConcern: { w: 0 } })], 2),
    buildPing(2),
  )
  expect((await wire.read())?.to).toBe(2)
  expect(await server.db.collection('quiet').countDocuments({})).toBe(1)
})

test('a hello by OP_QUERY is answered by OP_REPLY', async () => {
  const wire = openConnection()
  const rest = Buffer.concat([
    Buffer.from('admin.$cmd\0'),
    Buffer.from([0, 0, 0, 0, 255, 255, 255, 255]),
    buildSection({ ismaster: 1, helloOk: true }).subarray(1),
  ])
  wire.write(buildFrame(5, [rest], 0, 2004))
  const hello = await wire.read()
  expect(hello).toMatchObject({ to: 5, body: { helloOk: true, maxWireVersion: 17, logicalSessionTimeoutMinutes: 30 } })
  expect(hello?.body).not.toHaveProperty('topologyVersion')
})

const buildPingWithLength = (size: number) => {
  const bytes = buildPing(1)
  bytes.writeInt32LE(size, 0)
  return bytes
}
const broken: [string, Buffer][] = [
  ['a length above the limit', buildPingWithLength(48_000_001)],
  ['a negative length', buildPingWithLength(-1)],
  ['a length below a header', buildPingWithLength(15)],
  ['an unknown operation', buildFrame(1, [buildSection({ ping: 1 })], 0, 2012)],
  ['a checksum', buildPing(1, 1)],
  ['an unknown required flag', buildPing(1, 4)],
  ['no body', buildFrame(1, [buildSequence('documents', [])])],
  ['two bodies', buildFrame(1, [buildSection({ ping: 1, $db: 'x' }), buildSection({ ping: 1, $db: 'x' })])],
  ['an unknown section', buildFrame(1, [Buffer.from([2, 5, 0, 0, 0, 0])])],
  [
    'a sequence that repeats a field of the body',
    buildFrame(1, [buildSection({ insert: 'c', documents: [], $db: 'x' }), buildSequence('documents', [])]),
  ],
  ['a document longer than its frame', buildFrame(1, [Buffer.from([0, 200, 0, 0, 0, 0])])],
  [
    'a string longer than its document',
    buildFrame(1, [Buffer.from([0, 16, 0, 0, 0, 2, 97, 0, 99, 0, 0, 0, 98, 0, 0, 0, 0])]),
  ],
]
test.each(broken)('%s ends the connection, but not the server', async (_name, bytes) => {
  const wire = openConnection()
  wire.write(bytes)
  expect(await wire.read()).toBeUndefined()
  expect(await server.db.command({ ping: 1 })).toMatchObject({ ok: 1 })
})

test('random bytes never end the server', { timeout: 20_000 }, async () => {
  const seed = Date.now() % 1e6
  const random = new Random(seed)
  const good = buildFrame(1, [buildSection({ find: 'c', filter: { a: { $in: [1, 'x', { b: 2 }] } }, $db: 'test' })])
  for (let round = 0; round < 300; round++) {
    const wire = new RawConnection(server.embedded.uri)
    const bytes = Buffer.from(good)
    for (let flips = 1 + random.pickInteger(6); flips > 0; flips--)
      bytes[(round % 2 ? 16 : 4) + random.pickInteger(bytes.length - 20)] = random.pickInteger(256)
    wire.write(bytes, buildPing(2))
    await Promise.race([wire.read(), new Promise((resolve) => setTimeout(resolve, 30))])
    wire.end()
  }
  expect(await server.db.command({ ping: 1 }), `seed ${seed}`).toMatchObject({ ok: 1 })
})

test('no batch exceeds the size limit of a document, and a cursor returns every document', async () => {
  const big = server.db.collection('big')
  const text = 'x'.repeat(3_000_000)
  for (let n = 0; n < 12; n++) await big.insertOne({ n, text })
  const first = await server.db.command({ find: 'big', filter: {} })
  expect(first.cursor.firstBatch).toHaveLength(5)
  expect(
    (
      await big
        .find()
        .map(({ n }) => n)
        .toArray()
    ).sort((a, b) => a - b),
  ).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11])
})

test('a document above 16 MB is refused', async () => {
  const wire = openConnection()
  wire.write(
    buildFrame(1, [
      buildSection({ insert: 'large', $db: 'test' }),
      buildSequence('documents', [{ _id: 1, text: 'x'.repeat(16 * 2 ** 20) }]),
    ]),
  )
  expect((await wire.read())?.body).toMatchObject({ n: 0, writeErrors: [{ index: 0, code: 2 }] })
  wire.write(
    buildFrame(2, [
      buildSection({ insert: 'large', documents: [{ text: 'x'.repeat(16 * 2 ** 20 + 17_000) }], $db: 'x' }),
    ]),
  )
  expect(await wire.read()).toMatchObject({ to: 2, body: { ok: 0, code: 10334, codeName: 'BSONObjectTooLarge' } })
  await server.db.collection('large').insertOne({ _id: 2 as never, text: 'x'.repeat(16 * 2 ** 20 - 100) })
  await expect(
    server.db.collection('large').updateOne({ _id: 2 as never }, { $set: { more: 'x'.repeat(200) } }),
  ).rejects.toMatchObject({ code: 17419 })
})

test('a document with too many levels is refused', async () => {
  const nest = (levels: number): object => (levels === 0 ? {} : { a: nest(levels - 1) })
  await server.db.collection('deep').insertOne({ d: nest(100) })
  await expect(server.db.collection('deep').insertOne({ d: nest(185) })).rejects.toMatchObject({ code: 15 })
  await expect(server.db.command({ insert: 'deep', documents: [{ d: nest(250) }] })).rejects.toMatchObject({ code: 15 })
  expect(await server.db.command({ ping: 1 })).toMatchObject({ ok: 1 })
})

test('a cursor of another collection and a killed cursor are refused', async () => {
  await server.db.collection('cursors').insertMany(Array.from({ length: 10 }, (_, n) => ({ n })))
  const open = async () => (await server.db.command({ find: 'cursors', batchSize: 2, filter: {} })).cursor.id
  const getMore = (id: unknown, collection = 'cursors') => server.db.command({ getMore: id, collection })
  const id = await open()
  await expect(getMore(id, 'elsewhere')).rejects.toMatchObject({ code: 13 })
  expect((await getMore(id)).cursor.nextBatch).toHaveLength(8)
  const again = await open()
  const killed = await server.db.command({ killCursors: 'cursors', cursors: [again] })
  expect(killed).toMatchObject({ cursorsKilled: [again], cursorsNotFound: [] })
  await expect(getMore(again)).rejects.toMatchObject({ code: 43 })
})

test('aborted requests do no harm', async () => {
  const slow = server.db.collection('slow')
  await slow.insertMany(Array.from({ length: 2000 }, (_, n) => ({ n, text: 'x'.repeat(100) })))
  const outcomes = await Promise.allSettled(
    Array.from({ length: 20 }, (_, n) =>
      slow.find({ text: { $regex: 'y$' } }, { signal: AbortSignal.timeout(n % 5) }).toArray(),
    ),
  )
  expect(outcomes).toHaveLength(20)
  expect(await slow.countDocuments({})).toBe(2000)
})

test('maxTimeMS ends a search', async () => {
  const long = server.db.collection('long')
  await long.insertMany(Array.from({ length: 20_000 }, (_, n) => ({ n, text: `${'ab'.repeat(30)}${n}` })))
  await expect(
    long.find({ text: { $regex: '(a|b)*c$' }, n: { $gte: 0 } }, { maxTimeMS: 1 }).toArray(),
  ).rejects.toMatchObject({ code: 50 })
})
