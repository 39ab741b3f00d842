import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { Dice } from './fuzz.ts'
import { type Home, home } from './kit.ts'
import { frame, section, sequence, Wire } from './wire.ts'

let here: Home
beforeAll(async () => {
  here = await home()
})
afterAll(() => here.close())

function open(): Wire {
  const wire = new Wire(here.embedded.uri)
  onTestFinished(() => wire.end())
  return wire
}

const ping = (id: number, flags = 0) => frame(id, [section({ ping: 1, $db: 'test' })], flags)

test('a frame in single bytes, and many frames in one piece, are answered in their order', async () => {
  const wire = open()
  for (const byte of ping(7)) wire.write(Buffer.from([byte]))
  expect((await wire.read())?.to).toBe(7)
  wire.write(...Array.from({ length: 300 }, (_, id) => ping(id)))
  for (let id = 0; id < 300; id++) expect((await wire.read())?.to).toBe(id)
})

test('writes and reads that were sent together are answered in their order', async () => {
  const wire = open()
  const commands = Array.from({ length: 40 }, (_, n) =>
    n % 2 === 0 ? { insert: 'pipe', documents: [{ _id: n }] } : { count: 'pipe' },
  )
  wire.write(...commands.map((command, id) => frame(id, [section({ ...command, $db: 'test' })])))
  for (let id = 0; id < 40; id++) {
    const answer = await wire.read()
    expect(answer).toMatchObject({ to: id, body: { n: id % 2 === 0 ? 1 : (id + 1) / 2, ok: 1 } })
  }
})

test('both kinds of sections, in either order', async () => {
  const wire = open()
  const command = section({ insert: 'sections', $db: 'test' })
  wire.write(
    frame(1, [command, sequence('documents', [{ _id: 1 }, { _id: 2 }])]),
    frame(2, [sequence('documents', [{ _id: 3 }]), command]),
  )
  expect((await wire.read())?.body).toMatchObject({ n: 2, ok: 1 })
  expect((await wire.read())?.body).toMatchObject({ n: 1, ok: 1 })
})

test('moreToCome gets no answer, and is done', async () => {
  const wire = open()
  wire.write(
    frame(1, [section({ insert: 'quiet', documents: [{ _id: 1 }], $db: 'test', writeConcern: { w: 0 } })], 2),
    ping(2),
  )
  expect((await wire.read())?.to).toBe(2)
  expect(await here.db.collection('quiet').countDocuments({})).toBe(1)
})

test('the old OP_QUERY hello is answered in the old way', async () => {
  const wire = open()
  const rest = Buffer.concat([
    Buffer.from('admin.$cmd\0'),
    Buffer.from([0, 0, 0, 0, 255, 255, 255, 255]),
    section({ ismaster: 1, helloOk: true }).subarray(1),
  ])
  wire.write(frame(5, [rest], 0, 2004))
  const hello = await wire.read()
  expect(hello).toMatchObject({ to: 5, body: { helloOk: true, maxWireVersion: 17, logicalSessionTimeoutMinutes: 30 } })
  expect(hello?.body).not.toHaveProperty('topologyVersion')
})

const length = (size: number) => {
  const bytes = ping(1)
  bytes.writeInt32LE(size, 0)
  return bytes
}
const broken: [string, Buffer][] = [
  ['a length above the limit', length(48_000_001)],
  ['a negative length', length(-1)],
  ['a length below a header', length(15)],
  ['an unknown operation', frame(1, [section({ ping: 1 })], 0, 2012)],
  ['a checksum, which drivers do not send', ping(1, 1)],
  ['an unknown required flag', ping(1, 4)],
  ['no body', frame(1, [sequence('documents', [])])],
  ['two bodies', frame(1, [section({ ping: 1, $db: 'x' }), section({ ping: 1, $db: 'x' })])],
  ['an unknown section', frame(1, [Buffer.from([2, 5, 0, 0, 0, 0])])],
  [
    'a sequence that is in the body too',
    frame(1, [section({ insert: 'c', documents: [], $db: 'x' }), sequence('documents', [])]),
  ],
  ['a document longer than its frame', frame(1, [Buffer.from([0, 200, 0, 0, 0, 0])])],
  [
    'a string longer than its document',
    frame(1, [Buffer.from([0, 16, 0, 0, 0, 2, 97, 0, 99, 0, 0, 0, 98, 0, 0, 0, 0])]),
  ],
]
test.each(broken)('%s ends the connection, and the server lives', async (_name, bytes) => {
  const wire = open()
  wire.write(bytes)
  expect(await wire.read()).toBeUndefined()
  expect(await here.db.command({ ping: 1 })).toMatchObject({ ok: 1 })
})

test('rubbish never ends the server', { timeout: 20_000 }, async () => {
  const seed = Date.now() % 1e6
  const dice = new Dice(seed)
  const good = frame(1, [section({ find: 'c', filter: { a: { $in: [1, 'x', { b: 2 }] } }, $db: 'test' })])
  for (let round = 0; round < 300; round++) {
    const wire = new Wire(here.embedded.uri)
    const bytes = Buffer.from(good)
    for (let flips = 1 + dice.below(6); flips > 0; flips--)
      bytes[(round % 2 ? 16 : 4) + dice.below(bytes.length - 20)] = dice.below(256)
    wire.write(bytes, ping(2))
    await Promise.race([wire.read(), new Promise((resolve) => setTimeout(resolve, 30))])
    wire.end()
  }
  expect(await here.db.command({ ping: 1 }), `seed ${seed}`).toMatchObject({ ok: 1 })
})

test('batches are no larger than a document may be, and a cursor gives all of it', async () => {
  const big = here.db.collection('big')
  const text = 'x'.repeat(3_000_000)
  for (let n = 0; n < 12; n++) await big.insertOne({ n, text })
  const first = await here.db.command({ find: 'big', filter: {} })
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

test('a document of 16 MB is too large', async () => {
  const wire = open()
  wire.write(
    frame(1, [
      section({ insert: 'large', $db: 'test' }),
      sequence('documents', [{ _id: 1, text: 'x'.repeat(16 * 2 ** 20) }]),
    ]),
  )
  expect((await wire.read())?.body).toMatchObject({ n: 0, writeErrors: [{ index: 0, code: 2 }] })
  wire.write(
    frame(2, [section({ insert: 'large', documents: [{ text: 'x'.repeat(16 * 2 ** 20 + 17_000) }], $db: 'x' })]),
  )
  expect(await wire.read()).toMatchObject({ to: 2, body: { ok: 0, code: 10334, codeName: 'BSONObjectTooLarge' } })
  await here.db.collection('large').insertOne({ _id: 2 as never, text: 'x'.repeat(16 * 2 ** 20 - 100) })
  await expect(
    here.db.collection('large').updateOne({ _id: 2 as never }, { $set: { more: 'x'.repeat(200) } }),
  ).rejects.toMatchObject({ code: 17419 })
})

test('nesting has a limit', async () => {
  const nested = (levels: number): object => (levels === 0 ? {} : { a: nested(levels - 1) })
  await here.db.collection('deep').insertOne({ d: nested(100) })
  await expect(here.db.collection('deep').insertOne({ d: nested(185) })).rejects.toMatchObject({ code: 15 })
  await expect(here.db.command({ insert: 'deep', documents: [{ d: nested(250) }] })).rejects.toMatchObject({ code: 15 })
  expect(await here.db.command({ ping: 1 })).toMatchObject({ ok: 1 })
})

test('a cursor of another collection and a dead one are refused', async () => {
  await here.db.collection('cursors').insertMany(Array.from({ length: 10 }, (_, n) => ({ n })))
  const open = async () => (await here.db.command({ find: 'cursors', batchSize: 2, filter: {} })).cursor.id
  const next = (id: unknown, collection = 'cursors') => here.db.command({ getMore: id, collection })
  const id = await open()
  await expect(next(id, 'elsewhere')).rejects.toMatchObject({ code: 13 })
  expect((await next(id)).cursor.nextBatch).toHaveLength(8)
  const again = await open()
  const killed = await here.db.command({ killCursors: 'cursors', cursors: [again] })
  expect(killed).toMatchObject({ cursorsKilled: [again], cursorsNotFound: [] })
  await expect(next(again)).rejects.toMatchObject({ code: 43 })
})

test('a caller that gives up is no harm', async () => {
  const slow = here.db.collection('slow')
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
  const long = here.db.collection('long')
  await long.insertMany(Array.from({ length: 20_000 }, (_, n) => ({ n, text: `${'ab'.repeat(30)}${n}` })))
  await expect(
    long.find({ text: { $regex: '(a|b)*c$' }, n: { $gte: 0 } }, { maxTimeMS: 1 }).toArray(),
  ).rejects.toMatchObject({ code: 50 })
})
