import type { Document } from 'mongodb'
import { type Dice, document, filter, numbers, projection, sort, update } from './fuzz.ts'

const expressions = ['$a', '$b', '$c', '$l', '$a.b', '$l.a', '$none']

/** A pipeline whose answer has one order. */
export function pipeline(dice: Dice): Document[] {
  const stages: Document[] = []
  if (dice.chance(0.7)) stages.push({ $match: filter(dice) })
  stages.push({ $sort: sort(dice) })
  if (dice.chance(0.3)) stages.push({ $skip: 1 + dice.below(2) })
  if (dice.chance(0.3)) stages.push({ $limit: 1 + dice.below(4) })
  if (dice.chance(0.3))
    stages.push({
      $unwind: {
        path: dice.pick(['$l', '$a', '$a.b']),
        preserveNullAndEmptyArrays: dice.chance(0.5),
        ...(dice.chance(0.3) ? { includeArrayIndex: 'at' } : {}),
      },
    })
  const last = dice.below(5)
  if (last === 0) stages.push({ $count: 'n' })
  if (last === 1) stages.push({ $project: { ...projection(dice), made: dice.pick(expressions) } })
  if (last === 2)
    stages.push({ $lookup: { from: 'c', localField: dice.pick(['a', 'b', 'a.b']), foreignField: '_id', as: 'found' } })
  if (last === 3) stages.push(group(dice), { $sort: { _id: 1 } })
  return stages
}

function group(dice: Dice): Document {
  const operand = () => dice.pick(expressions)
  const gathered = { $first: operand(), $last: operand(), $min: operand(), $max: operand(), $push: operand() }
  const [name, value] = dice.pick(Object.entries(gathered))
  return { $group: { _id: operand(), n: { $sum: 1 }, one: { [name]: value } } }
}

/** Any one command on the collection `c`. */
export function command(dice: Dice): Document {
  switch (dice.below(10)) {
    case 0:
      return {
        insert: 'c',
        documents: [document(dice, dice.below(14)), document(dice, dice.below(14))],
        ordered: dice.chance(0.5),
      }
    case 1:
    case 2: {
      const multi = dice.chance(0.3)
      const upsert = dice.chance(0.3)
      // Which of several matches is changed is nobody's promise, so there is one, or none, or all.
      const one = upsert && dice.chance(0.7) ? { never: dice.pick(numbers) } : { _id: dice.below(14) }
      const q = multi ? filter(dice) : { ...filter(dice), ...one }
      return { update: 'c', updates: [{ q, u: update(dice), upsert, multi }], ordered: dice.chance(0.5) }
    }
    case 3:
      return { delete: 'c', deletes: [{ q: { _id: dice.below(14), ...filter(dice, 0) }, limit: dice.pick([0, 1]) }] }
    case 4: {
      const change = dice.chance(0.3)
        ? { remove: true }
        : { update: update(dice), new: dice.chance(0.5), upsert: dice.chance(0.3) }
      return {
        findAndModify: 'c',
        query: filter(dice),
        sort: sort(dice),
        ...change,
        ...(dice.chance(0.3) ? { fields: projection(dice) } : {}),
      }
    }
    case 5:
      return {
        count: 'c',
        query: filter(dice),
        ...(dice.chance(0.3) ? { skip: 1 } : {}),
        ...(dice.chance(0.3) ? { limit: 2 } : {}),
      }
    case 6:
      return { aggregate: 'c', pipeline: pipeline(dice), cursor: {} }
    case 7:
      // Over an index MongoDB gives null for what is missing; these paths have none.
      return { distinct: 'c', key: dice.pick(['b.c', 'a.b.c', 'l.b', 'z']), query: filter(dice) }
    default:
      return {
        find: 'c',
        filter: filter(dice),
        sort: sort(dice),
        ...(dice.chance(0.3) ? { projection: projection(dice) } : {}),
        ...(dice.chance(0.3) ? { skip: dice.below(3) } : {}),
        ...(dice.chance(0.3) ? { limit: dice.below(4) } : {}),
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

/** A collection's beginning: documents, and some indexes. */
export function beginning(dice: Dice): Document[] {
  const documents = Array.from({ length: 8 }, (_, id) => document(dice, id))
  const commands: Document[] = [{ insert: 'c', documents, ordered: false }]
  if (dice.chance(0.6)) commands.push({ createIndexes: 'c', indexes: [dice.pick(indexes)] })
  if (dice.chance(0.3)) commands.push({ createIndexes: 'c', indexes: [dice.pick(indexes)] })
  return commands
}
