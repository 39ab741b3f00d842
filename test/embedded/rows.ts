import { Binary, BSONRegExp, type Document, Decimal128, Double, Int32, Long, MaxKey, MinKey, ObjectId, Timestamp } from 'mongodb'

/** Commands on the collection `c`, which is empty before; their answers, and what is in it at the end, must be MongoDB's. */
export interface Row {
  readonly name: string
  readonly commands: readonly Document[]
}

const insert = (...documents: Document[]): Document => ({ insert: 'c', documents })
const find = (filter: Document, more: Document = {}): Document => ({ find: 'c', filter, sort: { _id: 1 }, ...more })
const update = (q: Document, u: Document | Document[], more: Document = {}): Document => ({ update: 'c', updates: [{ q, u, ...more }] })
const index = (key: Document, more: Document = {}): Document => ({
  createIndexes: 'c',
  indexes: [{ key, name: Object.entries(key).flat().join('_'), ...more }],
})
const row = (name: string, ...commands: Document[]): Row => ({ name, commands })

/** One value of every type, in BSON's order. */
const everyType: unknown[] = [
  new MinKey(), null, new Double(Number.NaN), new Double(Number.NEGATIVE_INFINITY), new Int32(-5), new Double(-0.5), new Int32(0), new Double(-0), Decimal128.fromString('0.1'),
  new Double(0.1), new Int32(1), Long.fromNumber(1), new Double(1), Decimal128.fromString('1.0'), new Double(1.5), Long.fromString('9007199254740993'), new Double(9007199254740992),
  Decimal128.fromString('9007199254740992.5'), Decimal128.fromString('1E+6000'), new Double(Number.POSITIVE_INFINITY), '', 'a', 'a\0b', 'ab', 'b', 'é', 'Z', '😀', {}, { a: 1 }, { a: 2 }, { b: 0 }, { a: 'x' },
  { a: 1, b: 1 }, [], [1], [2], [null], [[]], new Binary(Buffer.from('b')), new Binary(Buffer.from('a'), 5), new Binary(Buffer.from('ab')), new ObjectId('000000000000000000000001'),
  new ObjectId('000000000000000000000002'), false, true, new Date(-1000), new Date(0), new Date(1), new Timestamp({ t: 1, i: 1 }), new Timestamp({ t: 2, i: 0 }),
  new BSONRegExp('a', 'i'), new BSONRegExp('b'), new MaxKey(),
] // prettier-ignore
const zoo = insert(...everyType.map((v, _id) => ({ _id, v })), { _id: 100 })

const sample = insert(
  { _id: 1, a: 1, l: [1, 2, 3], d: { x: 1, y: { z: 'q' } }, s: 'Hello' },
  { _id: 2, a: 2, l: [], d: { x: 2 }, s: 'hello\nworld' },
  { _id: 3, a: null, l: [{ k: 1, t: 'a' }, { k: 2, t: 'b' }], d: [] },
  { _id: 4, l: [[1, 2], 5], d: 7, s: 'éa' },
  { _id: 5, a: 'text', l: 2, d: { x: null } },
)

const comparisons = ['$eq', '$ne', '$gt', '$gte', '$lt', '$lte']

const filters: Row[] = [
  ...everyType.map((v, at) => row(`every comparison with ${describe(v)} (${at})`, zoo, ...comparisons.map((operator) => find({ v: { [operator]: v } }, { projection: { _id: 1 } })))),
  row('$in and $nin over types', zoo, find({ v: { $in: [1, 'a', null, [1], { a: 1 }] } }), find({ v: { $nin: [1, 'a', null] } }), find({ v: { $in: [] } }), find({ v: { $nin: [] } })),
  row('$exists', sample, find({ a: { $exists: true } }), find({ a: { $exists: false } }), find({ 'd.x': { $exists: true } }), find({ 'l.k': { $exists: false } }), find({ a: { $exists: 0 } })),
  row('null and missing', sample, find({ a: null }), find({ 'd.x': null }), find({ 'l.k': null }), find({ zz: null }), find({ a: { $ne: null } }), find({ 'a.b': null })),
  row('arrays match by any element', sample, find({ l: 2 }), find({ l: [1, 2, 3] }), find({ l: [1, 2] }), find({ l: { $gt: 2 } }), find({ l: [] }), find({ l: { $ne: 2 } }), find({ l: { $gte: 3, $lt: 2 } })),
  row('paths through documents and arrays of documents', sample, find({ 'd.y.z': 'q' }), find({ 'l.k': 2 }), find({ 'l.k': { $gt: 1 } }), find({ 'l.t': { $in: ['a'] } }), find({ d: { x: 1 } }), find({ d: { x: 1, y: { z: 'q' } } })),
  row('and, or, nor, not', sample, find({ $or: [{ a: 1 }, { a: 2 }] }), find({ $and: [{ a: 1 }, { l: 2 }] }), find({ $nor: [{ a: 1 }, { s: 'x' }] }), find({ a: { $not: { $gt: 1 } } }), find({ s: { $not: /hello/ } })),
  row('regular expressions', sample, find({ s: /hello/ }), find({ s: { $regex: '^HELLO$', $options: 'i' } }), find({ s: { $regex: '^world', $options: 'm' } }), find({ s: { $regex: 'hello.world' } }), find({ s: { $regex: 'hello.world', $options: 's' } }), find({ s: /^.a$/ }), find({ s: { $in: [/^H/, 'éa'] } }), find({ s: { $regex: new BSONRegExp('h', 'i'), $options: 's' } }), find({ s: { $options: 'i' } }), find({ s: { $regex: '(' } }), find({ s: { $regex: 5 } }), find({ s: { $regex: 'a', $options: 'q' } })),
  row('wrong filters', sample, find({ $or: [] }), find({ $and: {} }), find({ $or: [1] }), find({ a: { $in: 1 } }), find({ a: { $in: [{ $gt: 1 }] } }), find({ a: { $gt: 1, b: 2 } }), find({ a: { $foo: 1 } }), find({ $foo: 1 }), find({ a: { $not: 1 } }), find({ a: { $not: {} } }), find({ a: { $gt: /x/ } }), find({ a: { $ne: /x/ } })),
  row('a document that looks like an operator only later', insert({ _id: 1, a: { b: 1 } }), find({ a: { b: 1 } }), find({ a: {} }), find({ '': 1 })),
]

const sorts: Row[] = [
  row('sort by every type, both ways', zoo, find({}, { sort: { v: 1, _id: 1 } }), find({}, { sort: { v: -1, _id: 1 } }), find({}, { sort: { v: 1, _id: -1 }, skip: 10, limit: 7 })),
  row('the same with an index', zoo, index({ v: 1 }), find({}, { sort: { v: 1, _id: 1 } }), find({}, { sort: { v: -1, _id: 1 } }), find({ v: { $gt: 1 } }, { sort: { v: 1, _id: 1 } })),
  row('sort by array: least up, greatest down', insert({ _id: 1, l: [3, 9] }, { _id: 2, l: [1, 5] }, { _id: 3, l: [] }, { _id: 4 }, { _id: 5, l: 4 }), find({}, { sort: { l: 1 } }), find({}, { sort: { l: -1 } })),
  row('sort by paths and several keys', sample, find({}, { sort: { 'd.x': 1, _id: -1 } }), find({}, { sort: { s: -1, a: 1 } }), find({}, { sort: { $natural: -1 } }), find({}, { sort: { $natural: 1 } })),
  row('wrong sorts', sample, find({}, { sort: { a: 0 } }), find({}, { sort: { a: 'x' } }), find({}, { sort: { '': 1 } }), find({}, { sort: { 'a.': 1 } }), find({}, { sort: { $natural: 1, a: 1 } }), find({}, { sort: { a: 2 } }), find({}, { sort: { $natural: 2 } }), find({}, { sort: 5 })),
  row('two arrays cannot be sorted by', insert({ _id: 1, a: [1], b: [2] }), find({}, { sort: { a: 1, b: 1 } })),
  row('skip, limit, batches', zoo, find({}, { limit: 3 }), find({}, { skip: 50 }), find({}, { batchSize: 0 }), find({}, { batchSize: 2 }), find({}, { limit: 2, singleBatch: true }), find({}, { batchSize: 2, singleBatch: true }), find({}, { limit: -1 }), find({}, { skip: -1 }), find({}, { limit: 'x' })),
]

const projections: Row[] = [
  row('include', sample, find({}, { projection: { a: 1 } }), find({}, { projection: { s: 1, a: 1, _id: 0 } }), find({}, { projection: { 'd.x': 1 } }), find({}, { projection: { 'l.k': 1 } }), find({}, { projection: { d: { y: { z: 1 } } } }), find({}, { projection: { _id: 1 } })),
  row('exclude', sample, find({}, { projection: { a: 0 } }), find({}, { projection: { 'd.x': 0, l: 0 } }), find({}, { projection: { 'l.k': 0 } }), find({}, { projection: { _id: 0 } }), find({}, { projection: {} })),
  row('wrong projections', sample, find({}, { projection: { a: 1, b: 0 } }), find({}, { projection: { a: 0, b: 1 } }), find({}, { projection: { a: 1, 'a.b': 1 } }), find({}, { projection: { 'a.b': 1, a: 1 } }), find({}, { projection: { '': 1 } }), find({}, { projection: { 'a.': 1 } })),
  row('truth of numbers', sample, find({}, { projection: { a: 1.5 } }), find({}, { projection: { a: true, _id: false } }), find({}, { projection: { a: Long.fromNumber(0) } })),
]

const subject = { _id: 1, n: new Int32(5), d: new Double(2.5), s: 'x', l: [1, 2, 2], o: { a: 1, b: { c: 2 } }, z: null }
/** An update of the subject and of a document that has nothing, and the same as an upsert. */
const onSubject = (u: Document): Document[] => [insert(subject, { _id: 2 }), update({ _id: 1 }, u), update({ _id: 2 }, u), update({ _id: 3 }, u, { upsert: true })]
const updates: [string, Document][] = [
  ['$set', { $set: { n: 6, new: 1 } }], ['$set to the same', { $set: { s: 'x' } }], ['$set another number type', { $set: { n: new Double(5) } }], ['$set a path', { $set: { 'o.b.c': 3, 'p.q.r': 1 } }],
  ['$set through a scalar', { $set: { 'n.a': 1 } }], ['$set through null', { $set: { 'z.a': 1 } }], ['$set through an array', { $set: { 'l.a': 1 } }], ['$set _id', { $set: { _id: 9 } }], ['$set _id to its own', { $set: { _id: 1 } }], ['$set in _id', { $set: { '_id.a': 1 } }],
  ['$set nothing', { $set: {} }], ['$set many new', { $set: { z2: 1, a2: 2, 10: 1, 9: 2, B: 3 } }], ['$set a scalar operand', { $set: 5 }], ['$setOnInsert', { $setOnInsert: { k: 1 }, $set: { m: 2 } }],
  ['$inc', { $inc: { n: 1, fresh: 2 } }], ['$inc by double', { $inc: { n: 0.5 } }], ['$inc by decimal', { $inc: { n: Decimal128.fromString('0.1') } }], ['$inc double by decimal', { $inc: { d: Decimal128.fromString('0.1') } }], ['$inc by long', { $inc: { n: Long.fromNumber(1) } }], ['$inc past int32', { $inc: { n: new Int32(2147483647) } }],
  ['$inc past int64', { $inc: { n: Long.MAX_VALUE } }], ['$inc a string', { $inc: { s: 1 } }], ['$inc by a string', { $inc: { n: 'x' } }], ['$inc by zero', { $inc: { n: 0 } }], ['$inc null', { $inc: { z: 1 } }], ['$inc _id', { $inc: { _id: 1 } }],
  ['$unset', { $unset: { n: '', 'o.a': 1, none: 1 } }], ['$unset through a scalar', { $unset: { 's.a': 1 } }], ['$unset _id', { $unset: { _id: 1 } }], ['$min', { $min: { n: 3, fresh: 1 } }], ['$min no change', { $min: { n: 7 } }], ['$max', { $max: { n: 7.5, s: 1 } }], ['$min over types', { $min: { s: 5, z: 1 } }], ['$max equal of another type', { $max: { n: new Double(5) } }],
  ['$currentDate', { $currentDate: { at: true, ts: { $type: 'timestamp' }, da: { $type: 'date' } } }], ['$currentDate wrong', { $currentDate: { at: 'x' } }], ['$currentDate wrong type', { $currentDate: { at: { $type: 'x' } } }],
  ['$push', { $push: { l: 3, fresh: 1 } }], ['$push each', { $push: { l: { $each: [4, 5] } } }], ['$push each slice', { $push: { l: { $each: [4, 5], $slice: -2 } } }], ['$push slice first', { $push: { l: { $each: [], $slice: 1 } } }], ['$push slice zero', { $push: { l: { $each: [1], $slice: 0 } } }], ['$push nothing', { $push: { l: { $each: [] } } }], ['$push to a scalar', { $push: { n: 1 } }], ['$push each of a scalar', { $push: { l: { $each: 1 } } }], ['$push wrong slice', { $push: { l: { $each: [1], $slice: 'x' } } }], ['$push unknown clause', { $push: { l: { $each: [1], $x: 1 } } }],
  ['$addToSet', { $addToSet: { l: 3, fresh: 1 } }], ['$addToSet there, as double', { $addToSet: { l: new Double(2) } }], ['$addToSet each', { $addToSet: { l: { $each: [2, 7, new Double(7), 8] } } }], ['$addToSet to a scalar', { $addToSet: { s: 1 } }], ['$addToSet each of a scalar', { $addToSet: { l: { $each: 1 } } }], ['$addToSet each none', { $addToSet: { fresh: { $each: [] } } }],
  ['$pull', { $pull: { l: 2 } }], ['$pull as double', { $pull: { l: new Double(2) } }], ['$pull a comparison', { $pull: { l: { $gte: 2 } } }], ['$pull in', { $pull: { l: { $in: [1, 9] } } }], ['$pull none', { $pull: { l: 77, fresh: 1 } }], ['$pull from a scalar', { $pull: { s: 1 } }], ['$pull through a scalar', { $pull: { 's.a': 1 } }],
  ['conflict: same path', { $set: { a: 1 }, $inc: { a: 1 } }], ['conflict: a path and its part', { $set: { a: 1, 'a.b': 2 } }], ['empty name', { $set: { '': 1 } }], ['empty part', { $set: { 'a..b': 1 } }], ['unknown modifier', { $foo: { a: 1 } }], ['modifier and field', { $set: { a: 1 }, b: 1 }],
  ['replacement', { a: 1, b: [1] }], ['replacement with its _id', { _id: 1, a: 1 }], ['replacement with another _id', { _id: 7, a: 1 }], ['replacement by nothing', {}], ['replacement with a dollar', { a: 1, $b: 1 }],
] // prettier-ignore

const seeds: Document[] = [
  { a: 1 }, { a: { $eq: 1 } }, { $and: [{ a: 1 }, { b: 2 }] }, { 'a.b': 1, 'a.c': 2 }, { a: { $in: [1] } }, { a: { $in: [1, 2] } }, { $or: [{ a: 1 }] }, { $or: [{ a: 1 }, { b: 1 }] }, { a: { $gt: 1 } }, { a: /x/ }, { a: { $not: { $gt: 1 } } }, { $nor: [{ a: 1 }] },
  { a: 1, $and: [{ a: 2 }] }, { a: 1, $and: [{ a: 1 }] }, { a: 1, 'a.b': 2 }, { a: { x: 1 } }, { _id: 5 }, { _id: { $gt: 5 } }, { _id: 5, a: { $exists: false } }, { a: null }, { 'b.c': 1, a: 2 }, { a: { $eq: 1, $gt: 0 } }, { a: { $in: [1, 1] } },
] // prettier-ignore

const writes: Row[] = [
  ...updates.map(([name, u]) => row(`update: ${name}`, ...onSubject(u))),
  ...seeds.map((q) => row(`upsert seeds: ${JSON.stringify(q)}`, update(q, { $set: { x: 1 } }, { upsert: true }), update(q, { y: 1 }, { upsert: true }), update(q, { $setOnInsert: { a: 9 } }, { upsert: true }))),
  row('multi', sample, update({ a: { $exists: true } }, { $set: { m: 1 } }, { multi: true }), update({}, { $set: { m: 1 } }, { multi: true }), update({}, { a: 1 }, { multi: true }), update({ q: 1 }, { $set: { m: 2 } }, { multi: true, upsert: true })),
  row('several statements, ordered', sample, { update: 'c', updates: [{ q: { _id: 1 }, u: { $set: { a: 9 } } }, { q: { _id: 2 }, u: { $inc: { s: 1 } } }, { q: { _id: 3 }, u: { $set: { a: 9 } } }] }),
  row('several statements, unordered', sample, { update: 'c', ordered: false, updates: [{ q: { _id: 1 }, u: { $set: { a: 9 } } }, { q: { _id: 2 }, u: { $inc: { s: 1 } } }, { q: { _id: 3 }, u: { $set: { a: 9 } } }, { q: { n: 1 }, u: { $set: { a: 1 } }, upsert: true }] }),
  row('insert, ordered and not', insert({ _id: 1 }, { _id: 1 }, { _id: 2 }), { ...insert({ _id: 3 }, { _id: 3 }, { _id: 4 }), ordered: false }, insert({ _id: 1.0 }), insert({ _id: Long.fromNumber(4) })),
  row('_id first, made, refused', insert({ a: 1, _id: 7 }), insert({ a: 1 }), insert({ _id: [1] }), insert({ _id: /x/ }), insert({ _id: { $a: 1 } }), insert({ _id: null }), insert({ _id: { a: 1 } }), insert({ _id: '' })),
  row('an empty timestamp is filled', insert({ _id: 1, t: new Timestamp({ t: 0, i: 0 }), d: { t: new Timestamp({ t: 0, i: 0 }) } })),
  row('delete', sample, { delete: 'c', deletes: [{ q: { _id: 1 }, limit: 1 }] }, { delete: 'c', deletes: [{ q: { l: 2 }, limit: 0 }] }, { delete: 'c', deletes: [{ q: {}, limit: 2 }] }, { delete: 'c', deletes: [{ q: { none: 1 }, limit: 0 }] }, { delete: 'c', deletes: [{ q: {}, limit: 0 }] }),
  row('findAndModify', sample, { findAndModify: 'c', query: { _id: 1 }, update: { $inc: { a: 1 } } }, { findAndModify: 'c', query: { _id: 1 }, update: { $inc: { a: 1 } }, new: true }, { findAndModify: 'c', query: { a: { $gt: 0 } }, sort: { _id: -1 }, update: { $set: { f: 1 } }, new: true, fields: { f: 1 } }, { findAndModify: 'c', query: { _id: 2 }, remove: true }, { findAndModify: 'c', query: { _id: 2 }, remove: true }, { findAndModify: 'c', query: { _id: 2 }, update: { $set: { a: 1 } } }, { findAndModify: 'c', query: { _id: 2 }, update: { $set: { a: 1 } }, upsert: true }, { findAndModify: 'c', query: { _id: 12 }, update: { $set: { a: 1 } }, upsert: true, new: true }, { findAndModify: 'c', query: { _id: 1 }, update: { a: 'new' }, new: true }),
  row('findAndModify wrong', sample, { findAndModify: 'c', query: {} }, { findAndModify: 'c', query: {}, remove: true, update: {} }, { findAndModify: 'c', query: {}, remove: true, new: true }, { findAndModify: 'c', query: { _id: 1 }, update: { $set: { _id: 2 } } }, { findAndModify: 'c', query: { _id: 1 }, update: { $inc: { s: 1 } } }, { findAndModify: 'c', query: {}, remove: true, upsert: true }),
] // prettier-ignore

const uniques: Row[] = [
  row('unique over number types and null', index({ u: 1 }, { unique: true }), insert({ _id: 1, u: 1 }), insert({ _id: 2, u: 1.0 }), insert({ _id: 3, u: Long.fromNumber(1) }), insert({ _id: 4, u: Decimal128.fromString('1.00') }), insert({ _id: 5 }), insert({ _id: 6, u: null }), insert({ _id: 7, u: '1' }), update({ _id: 7 }, { $set: { u: 1 } }), update({ _id: 9 }, { $set: { u: 1 } }, { upsert: true })),
  row('unique compound', index({ a: 1, b: -1 }, { unique: true }), insert({ _id: 1, a: 1, b: 1 }, { _id: 2, a: 1, b: 2 }), insert({ _id: 3, a: 1, b: 2 }), insert({ _id: 4, a: 1 }), insert({ _id: 5, a: 1 })),
  row('unique over arrays', index({ l: 1 }, { unique: true }), insert({ _id: 1, l: [1, 2, 2] }), insert({ _id: 2, l: [2, 3] }), insert({ _id: 3, l: [] }), insert({ _id: 4, l: [] }), insert({ _id: 5, l: 3 })),
  row('unique sparse', index({ u: 1 }, { unique: true, sparse: true }), insert({ _id: 1 }, { _id: 2 }, { _id: 3, u: null }), insert({ _id: 4, u: null })),
  row('unique partial', index({ u: 1 }, { unique: true, partialFilterExpression: { on: true } }), insert({ _id: 1, u: 1 }, { _id: 2, u: 1 }, { _id: 3, u: 1, on: true }), insert({ _id: 4, u: 1, on: true }), update({ _id: 1 }, { $set: { on: true } })),
  row('a unique index on what is not unique', insert({ _id: 1, u: 1 }, { _id: 2, u: 1 }), index({ u: 1 }, { unique: true }), { listIndexes: 'c' }),
  row('two arrays cannot be indexed together', index({ a: 1, b: 1 }), insert({ _id: 1, a: [1], b: [1] }), insert({ _id: 2, a: [1], b: 1 })),
  row('very long keys', index({ u: 1 }, { unique: true }), insert({ _id: 1, u: 'x'.repeat(5000) }), insert({ _id: 2, u: `${'x'.repeat(4999)}y` }), insert({ _id: 3, u: 'x'.repeat(5000) }), find({ u: 'x'.repeat(5000) }, { projection: { _id: 1 } }), find({ u: { $gt: 'x'.repeat(4999) } }, { projection: { _id: 1 } }), find({}, { sort: { u: -1 }, projection: { _id: 1 } })),
]

const indexes: Row[] = [
  row('index conflicts', index({ a: 1 }), index({ a: 1 }), index({ a: 1 }, { name: 'other' }), index({ a: 1 }, { unique: true }), index({ a: 1 }, { name: 'u', unique: true }), index({ a: 1 }, { expireAfterSeconds: 5 }), index({ b: 1 }, { name: 'a_1' }), index({ a: 1 }, { name: 'p', partialFilterExpression: { b: 1 } }), index({ a: 1 }, { name: 's', sparse: true }), index({ a: -1 }), { listIndexes: 'c' }),
  row('wrong indexes', index({}), index({ a: 0 }), index({ a: 'x' }), index({ a: true }), index({ '': 1 }), { createIndexes: 'c', indexes: [] }, { createIndexes: 'c', indexes: [{ key: { a: 1 } }] }, { createIndexes: 'c', indexes: [{ name: 'x' }] }, index({ a: 1 }, { bogus: 1 }), index({ a: 1, b: 1 }, { expireAfterSeconds: 1 }), index({ a: 1 }, { expireAfterSeconds: -1 }), index({ a: 1 }, { expireAfterSeconds: 'x' }), index({ a: 1 }, { sparse: true, partialFilterExpression: {} }), index({ a: 1 }, { partialFilterExpression: { a: { $ne: 1 } } }), index({ a: 1 }, { partialFilterExpression: 5 })),
  row('dropping', index({ a: 1 }), index({ b: 1 }), index({ c: 1 }), { dropIndexes: 'c', index: 'none' }, { dropIndexes: 'c', index: '_id_' }, { dropIndexes: 'c', index: 'a_1' }, { dropIndexes: 'c', index: { b: 1 } }, { dropIndexes: 'c', index: { q: 1 } }, { dropIndexes: 'c', index: '*' }, { listIndexes: 'c' }, { dropIndexes: 'none', index: '*' }, { listIndexes: 'none' }),
  row('several at once, one twice', { createIndexes: 'c', indexes: [{ key: { a: 1 }, name: 'a' }, { key: { b: 1 }, name: 'b' }] }, { createIndexes: 'c', indexes: [{ key: { a: 1 }, name: 'a' }, { key: { d: 1 }, name: 'd' }] }, { createIndexes: 'c', indexes: [{ key: { _id: 1 }, name: '_id_' }] }),
]

const others: Row[] = [
  row('count and countDocuments', sample, { count: 'c' }, { count: 'c', query: { a: { $exists: true } } }, { count: 'c', skip: 1, limit: 2 }, { count: 'none' }, { aggregate: 'c', pipeline: [{ $match: { a: { $exists: true } } }, { $group: { _id: 1, n: { $sum: 1 } } }], cursor: {} }, { aggregate: 'c', pipeline: [{ $match: {} }, { $skip: 1 }, { $limit: 2 }, { $group: { _id: 1, n: { $sum: 1 } } }], cursor: {} }, { aggregate: 'c', pipeline: [{ $match: { none: 1 } }, { $group: { _id: 1, n: { $sum: 1 } } }], cursor: {} }, { aggregate: 'none', pipeline: [{ $match: {} }, { $group: { _id: 1, n: { $sum: 1 } } }], cursor: {} }),
  row('cursors that are not there', { getMore: Long.fromNumber(12345), collection: 'c' }, { killCursors: 'c', cursors: [Long.fromNumber(12345)] }),
  row('names', find({}), { find: '', filter: {} }, { find: 5, filter: {} }, { insert: 'a$b', documents: [{ _id: 1 }] }, { drop: 'none' }, { nonsense: 1 }, { find: 'c', nonsense: 1 }),
  row('wrong types of fields', { find: 'c', filter: 5 }, { find: 'c', projection: 'x' }, { insert: 'c', documents: 5 }, { update: 'c', updates: [{ q: {}, u: 5 }] }, { update: 'c', updates: [{ q: {} }] }, { delete: 'c', deletes: [{ q: {} }] }, { insert: 'c', documents: [{ _id: 1 }], ordered: 'x' }),
  row('write concerns', { ...insert({ _id: 1 }), writeConcern: { w: 1 } }, { ...insert({ _id: 2 }), writeConcern: { w: 'majority', j: true } }, { ...insert({ _id: 3 }), writeConcern: { w: 2 } }),
] // prettier-ignore

function describe(value: unknown): string {
  return `${(value as { _bsontype?: string } | null)?._bsontype ?? typeof value} ${JSON.stringify(value)?.slice(0, 30)}`
}

/** The table. */
export const rows: readonly Row[] = [...filters, ...sorts, ...projections, ...writes, ...uniques, ...indexes, ...others]
