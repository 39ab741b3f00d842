import { CODES, CommandError, refused } from '../errors.ts'
import { type Filter, filterField } from '../query/filter.ts'
import type { Engine } from '../storage/engine.ts'
import { rowsFound } from '../storage/engine.ts'
import { from, long } from '../values/make.ts'
import { isNumber, toNumber, wholeNumber } from '../values/numbers.ts'
import { TYPE, type Value } from '../values/value.ts'
import { take } from './batch.ts'
import {
  arrayField,
  type Command,
  collectionName,
  countField,
  documentField,
  onlyFields,
  type Request,
} from './command.ts'
import { deadlineOf } from './find.ts'
import { UNSORTED } from './modify.ts'

async function counted(
  engine: Engine,
  request: Request,
  name: string,
  filter: Filter,
  skip: number,
  limit: number,
): Promise<number> {
  const rows = rowsFound(engine, engine.catalog.get(request.db, name), { filter, sort: UNSORTED, skip, limit })
  let count = 0
  await take(rows, deadlineOf(request), () => {
    count++
    return true
  })
  return count
}

export const count: Command = {
  fields: ['query', 'skip', 'limit'],
  async run(engine, request) {
    const filter = filterField(documentField(request, 'query'), 'count.query')
    const n = await counted(
      engine,
      request,
      collectionName(request),
      filter,
      countField(request, 'skip', 0),
      countField(request, 'limit', 0),
    )
    return { n }
  },
}

/** Exactly the pipeline of a driver's countDocuments. */
export const aggregate: Command = {
  fields: ['pipeline', 'cursor'],
  async run(engine, request) {
    const pipeline = arrayField(request, 'pipeline')
    if (pipeline === undefined)
      throw new CommandError(CODES.MissingField, "BSON field 'aggregate.pipeline' is missing but a required field")
    const stages = pipeline.items.map(stageOf)
    const name = collectionName(request)
    const cursor = documentField(request, 'cursor')
    if (cursor === undefined)
      throw new CommandError(
        CODES.FailedToParse,
        "The 'cursor' option is required, except for aggregate with the explain argument",
      )
    onlyFields(cursor, ['batchSize'], 'cursor')
    const order = stages.map(([stage]) => stage).join(' ')
    if (!/^(\$match )?(\$skip )?(\$limit )?\$group$/.test(order))
      throw refused(CODES.NotImplemented, "an aggregation other than countDocuments' own is not supported")
    const operand = (stage: string) => stages.find(([each]) => each === stage)?.[1]
    const filter = filterField(operand('$match'), '$match')
    const n = await counted(
      engine,
      request,
      name,
      filter,
      amount(operand('$skip'), '$skip'),
      amount(operand('$limit'), '$limit'),
    )
    const [group] = [operand('$group') as Value]
    const id = group.fields.get('_id') as Value
    const batch = n === 0 ? [] : [from({ _id: id, n })]
    return { cursor: { firstBatch: batch, id: long(0n), ns: `${request.db}.${name}` } }
  },
}

function stageOf(stage: Value): readonly [string, Value] {
  const [first, another] = stage.isObject ? stage.fields : []
  if (first === undefined || another !== undefined)
    throw new CommandError(40323, 'A pipeline stage specification object must contain exactly one field.')
  const [name, operand] = first
  if (name === '$changeStream')
    throw refused(CODES.ChangeStream, 'The $changeStream stage is only supported on replica sets')
  if (!['$match', '$skip', '$limit', '$group'].includes(name))
    throw refused(CODES.UnknownStage, `Unrecognized pipeline stage name: '${name}'`)
  if (name === '$match' && !operand.isObject)
    throw new CommandError(15959, 'the match filter must be an expression in an object')
  if (name === '$group' && !isCount(operand))
    throw refused(CODES.NotImplemented, 'a $group other than {_id: 1, n: {$sum: 1}} is not supported')
  return first
}

function isCount(group: Value): boolean {
  if (!group.isObject || [...group.fields.keys()].join() !== '_id,n') return false
  const sum = group.fields.get('n')
  const one = sum?.isObject === true && sum.fields.size === 1 ? sum.fields.get('$sum') : undefined
  return one !== undefined && isNumber(one) && toNumber(one) === 1 && isConstant(group.fields.get('_id') as Value)
}

function isConstant(id: Value): boolean {
  return isNumber(id) || id.type === TYPE.null
}

function amount(value: Value | undefined, stage: string): number {
  if (value === undefined) return 0
  if (!isNumber(value))
    throw new CommandError(
      stage === '$skip' ? 5107200 : 5107201,
      `invalid argument to ${stage} stage: Expected a number`,
    )
  const number = wholeNumber(value, stage)
  if (number < 0)
    throw new CommandError(
      stage === '$skip' ? 5107200 : 5107201,
      `invalid argument to ${stage} stage: Expected a non-negative number`,
    )
  if (stage === '$limit' && number === 0) throw new CommandError(15958, 'the limit must be positive')
  return number
}
