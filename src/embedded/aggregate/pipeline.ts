import { CODES, CommandError, refuse } from '../errors.ts'
import { isMatch } from '../query/filter.ts'
import { parseFilter } from '../query/parse-filter.ts'
import { parseProjection } from '../query/project.ts'
import { createSortError, type Query } from '../query/search.ts'
import { buildSortKey, parseSort, type Sort, UNSORTED } from '../query/sort.ts'
import type { Engine } from '../storage/engine.ts'
import { PAUSE } from '../storage/rows.ts'
import { buildDocument, toInt } from '../values/build.ts'
import { isNumber, readWholeNumber } from '../values/numbers.ts'
import { TYPE, type Value } from '../values/value.ts'
import { parseExpression } from './expression.ts'
import { parseGroup } from './group.ts'
import { parseLookup } from './lookup.ts'
import type { Documents, Stage } from './stage.ts'
import { parseUnwind } from './unwind.ts'

type Parse = (operand: Value, engine: Engine, db: string) => Stage

const STAGES: ReadonlyMap<string, Parse> = new Map<string, Parse>([
  ['$match', (operand) => filterDocuments(parseFilter(assertMatch(operand)))],
  ['$sort', (operand) => sortDocuments(parseStageSort(operand))],
  ['$skip', (operand) => skipDocuments(parseAmount('$skip', operand))],
  ['$limit', (operand) => limitDocuments(parseAmount('$limit', operand))],
  ['$project', parseProject],
  ['$unwind', parseUnwind],
  ['$group', parseGroup],
  ['$count', parseCount],
  ['$lookup', (operand, engine, db) => parseLookup(engine, db, operand)],
])

/** The stages that are served, for the table of the scope. */
export const STAGE_NAMES: readonly string[] = [...STAGES.keys()]

export interface Pipeline {
  /** What its first stages ask of the collection, so that an index can serve them. */
  readonly query: Query
  readonly stages: readonly Stage[]
}

/** Parses a pipeline. @throws CommandError for a stage that is wrong or outside the scope. */
export function parsePipeline(items: readonly Value[], engine: Engine, db: string): Pipeline {
  const stages = items.map(readStage)
  const parsed = stages.map(([name, operand]) => (STAGES.get(name) as Parse)(operand, engine, db))
  const leading = (at: number, name: string) => (stages[at]?.[0] === name ? stages[at]?.[1] : undefined)
  const match = leading(0, '$match')
  const sort = leading(match === undefined ? 0 : 1, '$sort')
  const query = {
    filter: match === undefined ? ({ kind: 'and', filters: [] } as const) : parseFilter(match),
    sort: sort === undefined ? UNSORTED : parseSort(sort),
    skip: 0,
    limit: 0,
  }
  return { query, stages: parsed.slice([match, sort].filter((each) => each !== undefined).length) }
}

function readStage(stage: Value): readonly [string, Value] {
  const [first, another] = stage.isObject ? stage.fields : []
  if (first === undefined || another !== undefined)
    throw new CommandError(40323, 'A pipeline stage must be an object with exactly one field')
  const [name] = first
  if (name === '$changeStream') throw refuse(CODES.ChangeStream, '$changeStream needs a replica set')
  if (!STAGES.has(name)) throw refuse(CODES.UnknownStage, `Unrecognized pipeline stage name: '${name}'`)
  return first
}

function assertMatch(operand: Value): Value {
  if (!operand.isObject) throw new CommandError(15959, 'the match filter must be an expression in an object')
  return operand
}

function filterDocuments(filter: ReturnType<typeof parseFilter>): Stage {
  return function* (documents): Documents {
    for (const document of documents) if (document === PAUSE || isMatch(filter, document)) yield document
  }
}

function parseStageSort(operand: Value): Sort {
  if (!operand.isObject) throw new CommandError(15973, 'the $sort key specification must be an object')
  if (operand.fields.size === 0) throw new CommandError(15976, '$sort stage must have at least one sort key')
  const sort = parseSort(operand)
  if (sort.natural !== undefined) throw refuse(CODES.NotImplemented, '$natural in $sort is not supported')
  return sort
}

const MAX_SORT_BYTES = 100 * 2 ** 20

function sortDocuments(sort: Sort): Stage {
  return function* (documents): Documents {
    const kept: { readonly key: Buffer; readonly document: Value }[] = []
    let bytes = 0
    for (const document of documents) {
      if (document === PAUSE) {
        yield document
        continue
      }
      bytes += document.size
      if (bytes > MAX_SORT_BYTES) throw createSortError()
      kept.push({ key: buildSortKey(sort, document), document })
    }
    for (const { document } of kept.sort((a, b) => Buffer.compare(a.key, b.key))) yield document
  }
}

function parseAmount(stage: '$skip' | '$limit', operand: Value): number {
  const code = stage === '$skip' ? 5107200 : 5107201
  if (!isNumber(operand)) throw new CommandError(code, `${stage} takes a number`)
  const amount = readWholeNumber(operand, stage)
  if (amount < 0) throw new CommandError(code, `${stage} takes a non-negative number`)
  if (stage === '$limit' && amount === 0) throw new CommandError(15958, 'the limit must be positive')
  return amount
}

function skipDocuments(amount: number): Stage {
  return function* (documents): Documents {
    let skipped = 0
    for (const document of documents) if (document === PAUSE || skipped++ >= amount) yield document
  }
}

function limitDocuments(amount: number): Stage {
  return function* (documents): Documents {
    let given = 0
    for (const document of documents) {
      yield document
      if (document !== PAUSE && ++given === amount) return
    }
  }
}

function parseProject(operand: Value): Stage {
  if (!operand.isObject) throw new CommandError(15969, '$project specification must be an object')
  if (operand.fields.size === 0) throw new CommandError(51272, 'a $project must have at least one field')
  const projection = parseProjection(operand, parseExpression)
  return function* (documents): Documents {
    for (const document of documents) yield document === PAUSE ? document : projection(document)
  }
}

function parseCount(operand: Value): Stage {
  const name = operand.type === TYPE.string ? operand.text : ''
  if (name === '')
    throw new CommandError(operand.type === TYPE.string ? 40157 : 40156, 'the count field must be a non-empty string')
  if (name.startsWith('$')) throw new CommandError(40158, "the count field cannot start with '$'")
  if (name.includes('.')) throw new CommandError(40160, "the count field cannot contain '.'")
  return function* (documents): Documents {
    let count = 0
    for (const document of documents) {
      if (document === PAUSE) yield document
      else count++
    }
    if (count > 0) yield buildDocument(new Map([[name, toInt(count)]]))
  }
}
