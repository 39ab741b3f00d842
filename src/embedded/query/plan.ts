import type { Index } from '../storage/indexes.ts'
import { findEnd } from '../storage/layout.ts'
import { invertKey } from '../values/keys.ts'
import { TYPE } from '../values/value.ts'
import { type Bounds, buildRange, cutRange, findBounds, intersect, isPoint } from './bounds.ts'
import type { Filter } from './filter.ts'
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

/** Chooses an index, or none. A partial index is never read: what it lacks would be missing. */
export function planQuery(indexes: readonly Index[], filter: Filter, sort: Sort, limited = false): Plan {
  const unsorted = sort.keys.length === 0
  const scan: Plan = { kind: 'scan', reverse: sort.natural === -1, sorted: unsorted }
  if (sort.natural !== undefined) return scan
  const conditions = listConditions(filter)
  let best: Plan = scan
  let bestScore = 0
  for (const index of indexes) {
    if (index.partial !== undefined) continue
    const candidate = buildCandidate(index, conditions, sort)
    const helps = candidate.plan.sorted && !unsorted
    const score = candidate.score + (helps ? (limited ? 6 : 3) : 0)
    if (score > bestScore) {
      best = candidate.plan
      bestScore = score
    }
  }
  return best
}

/** Lists the conditions that all must hold. */
function listConditions(filter: Filter): readonly Filter[] {
  return filter.kind === 'and' ? filter.filters.flatMap(listConditions) : [filter]
}

function buildCandidate(index: Index, conditions: readonly Filter[], sort: Sort): { plan: Plan; score: number } {
  let prefix: Buffer = Buffer.alloc(0)
  let points = 0
  let last: readonly Bounds[] | undefined
  for (const field of index.multikey ? index.fields.slice(0, 1) : index.fields) {
    const found = findFieldBounds(field.name, conditions, index)
    if (found === undefined) break
    const [only] = found.bounds
    if (found.point && only !== undefined) {
      points++
      prefix = Buffer.concat([prefix, field.direction === 1 ? only.low : invertKey(only.low)])
      continue
    }
    last = found.bounds
    break
  }
  const ranges = buildRanges(index, prefix, points, last)
  const order = findOrder(index, sort, points)
  const single = index.id === 0 && points === 1 && conditions.length === 1
  const sorted = sort.keys.length === 0 || order !== undefined || single
  const whole = points === 0 && last === undefined
  if (whole && (order === undefined || index.sparse || sort.keys.length === 0))
    return { plan: { kind: 'scan', reverse: false, sorted }, score: -10 }
  const score = points * 10 + (last === undefined ? 0 : 5) + (index.unique && points === index.fields.length ? 100 : 0)
  return { plan: { kind: 'index', index, ranges, reverse: order === -1, sorted }, score }
}

function buildRanges(index: Index, prefix: Buffer, points: number, last: readonly Bounds[] | undefined) {
  if (last !== undefined) {
    const direction = index.fields[points]?.direction ?? 1
    const ranges = last.flatMap((bounds) => buildRange(prefix, bounds, direction) ?? [])
    return direction === 1 ? ranges : ranges.reverse()
  }
  return [prefix.length === 0 ? { start: prefix, end: prefix } : cutRange(prefix, findEnd(prefix))]
}

/** Finds the bounds on a field. In an array each condition may be met by another element, so only one can be used. */
function findFieldBounds(
  name: string,
  conditions: readonly Filter[],
  index: Index,
): { bounds: readonly Bounds[]; point: boolean } | undefined {
  let result: { bounds: readonly Bounds[]; point: boolean } | undefined
  for (const condition of conditions) {
    if (!('name' in condition) || condition.name !== name || isForAbsent(condition, index)) continue
    const bounds = findBounds(condition)
    if (bounds === undefined) continue
    const point = isPoint(condition)
    if (point) return { bounds, point }
    const [a] = result?.bounds ?? []
    const [b] = bounds
    if (result === undefined) result = { bounds, point }
    else if (!index.multikey && a !== undefined && b !== undefined && result.bounds.length === 1 && bounds.length === 1)
      result = { bounds: [intersect(a, b)], point: false }
  }
  return result
}

/** A sparse index does not know the documents that lack its fields. */
function isForAbsent(condition: Filter, index: Index): boolean {
  if (!index.sparse) return false
  if (condition.kind === 'in') return condition.values.some(({ type }) => type === TYPE.null)
  return 'value' in condition && condition.value.type === TYPE.null
}

/** Finds 1 or -1 if the index, read forwards or backwards, gives the order of the sort behind the fixed fields. */
function findOrder(index: Index, sort: Sort, fixed: number): 1 | -1 | undefined {
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
