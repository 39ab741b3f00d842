import type { Document } from 'mongodb'
import {
  createDocument,
  createFilter,
  createProjection,
  createSort,
  createUpdate,
  numbers,
  type Random,
} from './fuzz.ts'

const expressions = ['$a', '$b', '$c', '$l', '$a.b', '$l.a', '$none']

/** Creates a pipeline whose results have a defined order. */
export function createPipeline(random: Random): Document[] {
  const stages: Document[] = []
  if (random.decide(0.7)) stages.push({ $match: createFilter(random) })
  stages.push({ $sort: createSort(random) })
  if (random.decide(0.3)) stages.push({ $skip: 1 + random.pickInteger(2) })
  if (random.decide(0.3)) stages.push({ $limit: 1 + random.pickInteger(4) })
  if (random.decide(0.3))
    stages.push({
      $unwind: {
        path: random.pick(['$l', '$a', '$a.b']),
        preserveNullAndEmptyArrays: random.decide(0.5),
        ...(random.decide(0.3) ? { includeArrayIndex: 'at' } : {}),
      },
    })
  const last = random.pickInteger(5)
  if (last === 0) stages.push({ $count: 'n' })
  if (last === 1) stages.push({ $project: { ...createProjection(random), made: random.pick(expressions) } })
  if (last === 2)
    stages.push({
      $lookup: { from: 'c', localField: random.pick(['a', 'b', 'a.b']), foreignField: '_id', as: 'found' },
    })
  if (last === 3) stages.push(createGroup(random), { $sort: { _id: 1 } })
  return stages
}

function createGroup(random: Random): Document {
  const pickOperand = () => random.pick(expressions)
  const accumulators = {
    $first: pickOperand(),
    $last: pickOperand(),
    $min: pickOperand(),
    $max: pickOperand(),
    $push: pickOperand(),
  }
  const [name, value] = random.pick(Object.entries(accumulators))
  return { $group: { _id: pickOperand(), n: { $sum: 1 }, one: { [name]: value } } }
}

/** Creates a command on the collection `c`. */
export function createCommand(random: Random): Document {
  switch (random.pickInteger(10)) {
    case 0:
      return {
        insert: 'c',
        documents: [createDocument(random, random.pickInteger(14)), createDocument(random, random.pickInteger(14))],
        ordered: random.decide(0.5),
      }
    case 1:
    case 2: {
      const multi = random.decide(0.3)
      const upsert = random.decide(0.3)
      // The choice among several matches is undefined, so at most one matches, or all are changed.
      const one = upsert && random.decide(0.7) ? { never: random.pick(numbers) } : { _id: random.pickInteger(14) }
      const q = multi ? createFilter(random) : { ...createFilter(random), ...one }
      return { update: 'c', updates: [{ q, u: createUpdate(random), upsert, multi }], ordered: random.decide(0.5) }
    }
    case 3:
      return {
        delete: 'c',
        deletes: [{ q: { _id: random.pickInteger(14), ...createFilter(random, 0) }, limit: random.pick([0, 1]) }],
      }
    case 4: {
      const change = random.decide(0.3)
        ? { remove: true }
        : { update: createUpdate(random), new: random.decide(0.5), upsert: random.decide(0.3) }
      return {
        findAndModify: 'c',
        query: createFilter(random),
        sort: createSort(random),
        ...change,
        ...(random.decide(0.3) ? { fields: createProjection(random) } : {}),
      }
    }
    case 5:
      return {
        count: 'c',
        query: createFilter(random),
        ...(random.decide(0.3) ? { skip: 1 } : {}),
        ...(random.decide(0.3) ? { limit: 2 } : {}),
      }
    case 6:
      return { aggregate: 'c', pipeline: createPipeline(random), cursor: {} }
    case 7:
      // With an index MongoDB returns null for missing values; these paths have none.
      return { distinct: 'c', key: random.pick(['b.c', 'a.b.c', 'l.b', 'z']), query: createFilter(random) }
    default:
      return {
        find: 'c',
        filter: createFilter(random),
        sort: createSort(random),
        ...(random.decide(0.3) ? { projection: createProjection(random) } : {}),
        ...(random.decide(0.3) ? { skip: random.pickInteger(3) } : {}),
        ...(random.decide(0.3) ? { limit: random.pickInteger(4) } : {}),
      }
  }
}

const indexes: Document[] = [
  { key: { a: 1 }, name: 'a_1' },
  { key: { l: 1 }, name: 'l_1' },
  { key: { a: 1, b: -1 }, name: 'a_1_b_-1' },
  { key: { 'l.a': 1 }, name: 'la' },
  { key: { b: -1 }, name: 'b', sparse: true },
  { key: { c: 1 }, name: 'c', unique: true, sparse: true },
  { key: { b: 1 }, name: 'bu', unique: true, partialFilterExpression: { b: { $gt: 1 } } },
  { key: { 'a.b': 1, c: 1 }, name: 'abc', partialFilterExpression: { c: { $exists: true } } },
]

/** Creates the first commands: documents, and some indexes. */
export function createStart(random: Random): Document[] {
  const documents = Array.from({ length: 8 }, (_, id) => createDocument(random, id))
  const commands: Document[] = [{ insert: 'c', documents, ordered: false }]
  if (random.decide(0.6)) commands.push({ createIndexes: 'c', indexes: [random.pick(indexes)] })
  if (random.decide(0.3)) commands.push({ createIndexes: 'c', indexes: [random.pick(indexes)] })
  return commands
}
