import type { Index } from '../storage/catalog.ts'
import { after } from '../storage/layout.ts'
import { complement } from '../values/key.ts'
import { TYPE } from '../values/value.ts'
import { type Bounds, boundsOf, cutRange, intersection, isPoint, rangeOf } from './bounds.ts'
import { compares, type Filter } from './filter.ts'
import type { Sort } from './sort.ts'

/** How the documents are found. The filter is asked of each of them in any case. */
export type Plan =
  | { readonly kind: 'scan'; readonly reverse: boolean; readonly sorted: boolean }
  | {
      readonly kind: 'index'
      readonly index: Index
      /** Of index keys; an empty end is the end of the index. */
      readonly ranges: readonly { readonly start: Buffer; readonly end: Buffer }[]
      readonly reverse: boolean
      /** The order is the one the sort asks for. */
      readonly sorted: boolean
    }

/** Chooses an index, or none. */
export function planOf(indexes: readonly Index[], filter: Filter, sort: Sort, limited = false): Plan {
  const unsorted = sort.keys.length === 0
  const scan: Plan = { kind: 'scan', reverse: sort.natural === -1, sorted: unsorted }
  if (sort.natural !== undefined) return scan
  const conditions = conditionsOf(filter)
  let best: Plan = scan
  let bestScore = 0
  for (const index of indexes) {
    if (index.building || !covers(index, conditions)) continue
    const candidate = candidateOf(index, conditions, sort)
    const helps = candidate.plan.sorted && !unsorted
    const score = candidate.score + (helps ? (limited ? 6 : 3) : 0)
    if (score > bestScore) {
      best = candidate.plan
      bestScore = score
    }
  }
  return best
}

/** The conditions that all must hold. */
function conditionsOf(filter: Filter): readonly Filter[] {
  return filter.kind === 'and' ? filter.filters.flatMap(conditionsOf) : [filter]
}

function candidateOf(index: Index, conditions: readonly Filter[], sort: Sort): { plan: Plan; score: number } {
  let prefix: Buffer = Buffer.alloc(0)
  let points = 0
  let last: readonly Bounds[] | undefined
  for (const field of index.multikey ? index.fields.slice(0, 1) : index.fields) {
    const found = boundsOn(field.name, conditions, index)
    if (found === undefined) break
    const [only] = found.bounds
    if (found.point && only !== undefined) {
      points++
      prefix = Buffer.concat([prefix, field.direction === 1 ? only.low : complement(only.low)])
      continue
    }
    last = found.bounds
    break
  }
  const ranges = rangesOf(index, prefix, points, last)
  const order = orderOf(index, sort, points)
  const single = index.id === 0 && points === 1 && conditions.length === 1
  const sorted = sort.keys.length === 0 || order !== undefined || single
  const whole = points === 0 && last === undefined
  if (whole && (order === undefined || index.sparse || sort.keys.length === 0))
    return { plan: { kind: 'scan', reverse: false, sorted }, score: -10 }
  const score = points * 10 + (last === undefined ? 0 : 5) + (index.unique && points === index.fields.length ? 100 : 0)
  return { plan: { kind: 'index', index, ranges, reverse: order === -1, sorted }, score }
}

function rangesOf(index: Index, prefix: Buffer, points: number, last: readonly Bounds[] | undefined) {
  if (last !== undefined) {
    const direction = index.fields[points]?.direction ?? 1
    const ranges = last.flatMap((bounds) => rangeOf(prefix, bounds, direction) ?? [])
    return direction === 1 ? ranges : ranges.reverse()
  }
  return [prefix.length === 0 ? { start: prefix, end: prefix } : cutRange(prefix, after(prefix))]
}

/** The bounds on a field. On a field with arrays each condition may be met by another element, so only one of them can be used. */
function boundsOn(
  name: string,
  conditions: readonly Filter[],
  index: Index,
): { bounds: readonly Bounds[]; point: boolean } | undefined {
  let result: { bounds: readonly Bounds[]; point: boolean } | undefined
  for (const condition of conditions) {
    if (!('name' in condition) || condition.name !== name || asksForAbsent(condition, index)) continue
    const bounds = boundsOf(condition)
    if (bounds === undefined) continue
    const point = isPoint(condition)
    if (point) return { bounds, point }
    const [a] = result?.bounds ?? []
    const [b] = bounds
    if (result === undefined) result = { bounds, point }
    else if (!index.multikey && a !== undefined && b !== undefined && result.bounds.length === 1 && bounds.length === 1)
      result = { bounds: [intersection(a, b)], point: false }
  }
  return result
}

/** A sparse index does not know the documents that lack its fields. */
function asksForAbsent(condition: Filter, index: Index): boolean {
  if (!index.sparse) return false
  if (condition.kind === 'in') return condition.values.some(({ type }) => type === TYPE.null)
  return 'value' in condition && condition.value.type === TYPE.null
}

/** 1 or -1 where the index, read forwards or backwards, gives the order of the sort behind so many fixed fields. */
function orderOf(index: Index, sort: Sort, fixed: number): 1 | -1 | undefined {
  if (index.multikey || index.cut || sort.keys.length === 0) return undefined
  const free = index.fields.slice(fixed)
  const fixedNames = index.fields.slice(0, fixed).map(({ name }) => name)
  const wanted = sort.keys.filter(({ name }) => !fixedNames.includes(name))
  let order: 1 | -1 | undefined
  for (const [at, { name, direction }] of wanted.entries()) {
    const field = free[at]
    if (field?.name !== name) return undefined
    const here = field.direction === direction ? 1 : -1
    if (order !== undefined && order !== here) return undefined
    order = here
  }
  return order ?? 1
}

/** A partial index serves a query only if the query asks for no more than the index holds. */
function covers(index: Index, conditions: readonly Filter[]): boolean {
  if (index.partial === undefined) return true
  return conditionsOf(index.partial).every((wanted) => conditions.some((condition) => implies(condition, wanted)))
}

function implies(condition: Filter, wanted: Filter): boolean {
  if (!('name' in condition) || !('name' in wanted) || condition.name !== wanted.name) return false
  if (wanted.kind === 'exists')
    return condition.kind === 'exists' || ('value' in condition && condition.value.type !== TYPE.null)
  if (!('value' in wanted) || !('value' in condition) || condition.value.isArray) return false
  if (condition.kind === 'eq') return compares(wanted.kind, condition.value, wanted.value)
  return condition.kind === wanted.kind && condition.value.same(wanted.value)
}
