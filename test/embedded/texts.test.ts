import { Binary, type Document, Double, Long, ObjectId, Timestamp } from 'mongodb'
import { expect, test } from 'vitest'
import { testOnEachServer } from './servers.ts'

// Some programs parse these messages, so they are exactly MongoDB's.
testOnEachServer('embedded_texts', (db) => {
  const readFailure = (command: Document): Promise<Document> =>
    db()
      .command(command)
      .then(
        (reply) => reply.writeErrors[0],
        (error) => error.errorResponse,
      )

  const keys: [unknown, string][] = [
    ['x', '"x"'],
    [1, '1'],
    [new Double(1.5), '1.5'],
    [Long.fromString('9007199254740993'), '9007199254740993'],
    [null, 'null'],
    [true, 'true'],
    [new Date(5), 'new Date(5)'],
    [new ObjectId('000000000000000000000001'), "ObjectId('000000000000000000000001')"],
    [new Timestamp({ t: 1, i: 2 }), 'Timestamp(1, 2)'],
    [new Binary(Buffer.from('ab')), 'BinData(0, 6162)'],
    [{ b: 1, c: 'y' }, '{ b: 1, c: "y" }'],
    [[[1]], '[ 1 ]'],
  ]

  test.each(keys)('the error for a duplicate of %j shows it as %s', async (value, shown) => {
    await db().collection('c').drop()
    await db().collection('c').createIndex({ a: 1 }, { unique: true })
    await db().collection('c').insertOne({ a: value })
    const { code, errmsg } = await readFailure({ insert: 'c', documents: [{ a: value }] })
    expect({ code, errmsg }).toEqual({
      code: 11000,
      errmsg: `E11000 duplicate key error collection: embedded_texts.c index: a_1 dup key: { a: ${shown} }`,
    })
  })

  test('the error for a duplicate names every field of a compound key, also in findAndModify', async () => {
    await db().collection('d').createIndex({ a: 1, 'b.c': -1 }, { unique: true })
    await db()
      .collection('d')
      .insertMany([{ a: 1, b: { c: 2 } }, { a: 2 }])
    const buildText = (key: string) =>
      `E11000 duplicate key error collection: embedded_texts.d index: a_1_b.c_-1 dup key: ${key}`
    expect(await readFailure({ insert: 'd', documents: [{ a: 2 }] })).toMatchObject({
      keyPattern: { a: 1, 'b.c': -1 },
      keyValue: { a: 2, 'b.c': null },
      errmsg: buildText('{ a: 2, b.c: null }'),
    })
    expect(await readFailure({ findAndModify: 'd', query: { a: 2 }, update: { a: 1, b: { c: 2 } } })).toMatchObject({
      code: 11000,
      errmsg: `Plan executor error during findAndModify :: caused by :: ${buildText('{ a: 1, b.c: 2 }')}`,
    })
  })

  test('explain names the index that a find uses', async () => {
    const c = db().collection('e')
    await c.createIndexes([{ key: { a: 1 } }, { key: { b: 1, c: -1 } }])
    await c.insertMany(Array.from({ length: 20 }, (_, n) => ({ a: n, b: n % 2, c: n })))
    const explainPlan = async (filter: Document, sort: Document = {}): Promise<string> => {
      const { queryPlanner } = await c.find(filter).sort(sort).explain('queryPlanner')
      const stages: string[] = []
      for (let stage = queryPlanner.winningPlan; stage !== undefined; stage = stage.inputStage)
        stages.push([stage.stage, stage.indexName].filter(Boolean).join(' '))
      return stages.join(' < ')
    }
    expect(await explainPlan({ a: 3 })).toBe('FETCH < IXSCAN a_1')
    expect(await explainPlan({ a: { $gt: 3 } }, { a: 1 })).toBe('FETCH < IXSCAN a_1')
    expect(await explainPlan({ b: 1 }, { c: -1 })).toBe('FETCH < IXSCAN b_1_c_-1')
    expect(await explainPlan({ z: 1 })).toBe('COLLSCAN')
    expect(await explainPlan({ z: 1 }, { y: 1 })).toBe('SORT < COLLSCAN')
  })
})
