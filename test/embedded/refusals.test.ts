import { Code, Decimal128, type Document } from 'mongodb'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openServer, type TestServer } from './kit.ts'

let server: TestServer
beforeAll(async () => {
  server = await openServer()
  await server.db.collection('c').insertMany([{ _id: 1 as never, n: 1, l: [1, { k: 1 }], d: [{ x: 1 }] }])
})
afterAll(() => server.close())

const find = (more: Document): Document => ({ find: 'c', filter: {}, ...more })
const update = (u: unknown, more: Document = {}): Document => ({ update: 'c', updates: [{ q: {}, u, ...more }] })
const aggregate = (...pipeline: Document[]): Document => ({ aggregate: 'c', pipeline, cursor: {} })
const positional = { update: 'c', updates: [{ q: { l: 1, 'l.k': 1 }, u: { $set: { 'l.$': 2 } } }] }
const createIndex = (more: Document): Document => ({
  createIndexes: 'c',
  indexes: [{ key: { a: 1 }, name: 'a', ...more }],
})

const refusals: [string, number, Document][] = [
  ['startTransaction', 20, find({ startTransaction: true, autocommit: false, txnNumber: 1 })],
  ['autocommit: false', 20, { insert: 'c', documents: [{}], autocommit: false }],
  ['a transaction of an unknown command', 20, { commitTransaction: 1, autocommit: false }],
  ['a transaction number', 20, { insert: 'c', documents: [{}], txnNumber: 1 }],
  ['change streams', 40573, { aggregate: 'c', pipeline: [{ $changeStream: {} }], cursor: {} }],
  ['an unknown command', 59, { mapReduce: 'c' }],
  ['authentication', 59, { saslStart: 1, mechanism: 'SCRAM-SHA-256', payload: '' }],
  ['an unknown field', 40415, find({ bogus: 1 })],
  ['collation', 40415, find({ collation: { locale: 'en' } })],
  ['hint', 40415, find({ hint: { a: 1 } })],
  ['let', 40415, find({ let: {} })],
  ['a cursor without a timeout', 40415, find({ noCursorTimeout: true })],
  ['tailable', 40415, find({ tailable: true })],
  ['collation of an update', 40415, update({ $set: { a: 1 } }, { collation: { locale: 'en' } })],
  ['array filters', 40415, update({ $set: { a: 1 } }, { arrayFilters: [] })],
  ['hint of a delete', 40415, { delete: 'c', deletes: [{ q: {}, limit: 0, hint: {} }] }],
  ['collation of an index', 40415, createIndex({ collation: { locale: 'en' } })],
  ['an unsupported stage', 40324, aggregate({ $facet: { a: [] } })],
  ['a stage with variables', 238, aggregate({ $lookup: { from: 'c', let: {}, pipeline: [], as: 'x' } })],
  ['an unsupported accumulator', 15952, aggregate({ $group: { _id: 1, n: { $stdDevPop: '$a' } } })],
  ['an unsupported expression', 168, aggregate({ $project: { x: { $trim: { input: '$a' } } } })],
  ['a variable', 238, aggregate({ $project: { x: '$$NOW' } })],
  ['a computed field in a subdocument', 238, aggregate({ $project: { 'x.y': '$a' } })],
  ['arithmetic with decimals', 238, update({ $inc: { n: Decimal128.fromString('1') } })],
  ['code', 238, { insert: 'c', documents: [{ f: new Code('x') }] }],
  ['several index names', 238, { dropIndexes: 'c', index: ['a', 'b'] }],
  ['collation of distinct', 40415, { distinct: 'c', key: 'a', collation: { locale: 'en' } }],
  ['a positional update with several array conditions', 238, positional],
  ['a text index', 238, createIndex({ key: { a: 'text' } })],
  ['a 2d index', 238, createIndex({ key: { a: '2d' } })],
  ['a wildcard index', 238, createIndex({ key: { '$**': 1 } })],
  ['$where', 2, find({ filter: { $where: '1' } })],
  ['$expr', 2, find({ filter: { $expr: {} } })],
  ['$text', 2, find({ filter: { $text: { $search: 'a' } } })],
  ['$mod', 2, find({ filter: { l: { $mod: [2, 0] } } })],
  ['regex option x', 2, find({ filter: { l: { $regex: 'a', $options: 'x' } } })],
  ['a pattern that JavaScript does not support', 2, find({ filter: { l: { $regex: '(?i)a' } } })],
  ['a numeric path in a sort', 238, find({ sort: { 'l.0': 1 } })],
  ['an all-positional update', 238, update({ $set: { 'l.$[]': 1 } })],
  ['a positional projection', 238, find({ projection: { 'l.$': 1 } })],
  ['a computed projection', 238, find({ projection: { x: '$a' } })],
  ['$slice in a projection', 2, find({ projection: { l: { $slice: 1 } } })],
  ['a pipeline update', 238, update([{ $set: { a: 1 } }])],
  ['$rename', 9, update({ $rename: { a: 'b' } })],
  ['$mul', 9, update({ $mul: { a: 2 } })],
  ['$pop', 9, update({ $pop: { l: 1 } })],
  ['$pullAll', 9, update({ $pullAll: { l: [1] } })],
  ['$bit', 9, update({ $bit: { a: { and: 1 } } })],
  ['$push with $position', 9, update({ $push: { l: { $each: [1], $position: 0 } } })],
  ['$push with $sort', 9, update({ $push: { l: { $each: [1], $sort: 1 } } })],
  ['sorting across an array of documents', 238, find({ sort: { 'd.x': 1 } })],
  ['read concern linearizable', 238, find({ readConcern: { level: 'linearizable' } })],
]

test.each(refusals)('%s is refused with code %i and changes nothing', async (_name, code, command) => {
  const before = await server.db.collection('c').find().toArray()
  const reply = await server.db.command(command).catch((error) => error)
  const error = reply.writeErrors?.[0] ?? reply
  expect(error.code, String(error.errmsg ?? error.message)).toBe(code)
  expect(error.errmsg ?? error.message).toMatch(/not in the embedded database; MONGODB_URI takes a MongoDB server\)$/)
  expect(await server.db.collection('c').find().toArray()).toEqual(before)
})
