import { CODES, CommandError, refuse } from '../errors.ts'
import { buildArray, buildDocument } from '../values/build.ts'
import type { Value } from '../values/value.ts'
import { type Filter, isMatch } from './filter.ts'

/** Finds the element of an array that `$` in an update means: the first that meets the one condition on that array. */
export function findPosition(filter: Filter, document: Value, path: readonly string[]): number {
  const dotted = path.join('.')
  const conditions = listConditions(filter, dotted)
  if (conditions.length > 1)
    throw refuse(CODES.NotImplemented, `'${dotted}.$' beside several conditions on '${dotted}' is not supported`)
  const [condition] = conditions
  const array = path.reduce<Value | undefined>(
    (value, part) => (value?.isObject === true ? value.fields.get(part) : undefined),
    document,
  )
  const items = array?.isArray === true ? array.items : []
  const position = condition === undefined ? -1 : items.findIndex((item) => isMatch(condition, wrapElement(item, path)))
  if (position === -1)
    throw new CommandError(CODES.BadValue, 'The positional operator did not find the match needed from the query.')
  return position
}

function listConditions(filter: Filter, dotted: string): Filter[] {
  if (filter.kind === 'and') return filter.filters.flatMap((each) => listConditions(each, dotted))
  if ('name' in filter) return filter.name === dotted || filter.name.startsWith(`${dotted}.`) ? [filter] : []
  const nested = 'filter' in filter ? [filter.filter] : filter.filters
  if (nested.some((each) => listConditions(each, dotted).length > 0))
    throw refuse(CODES.NotImplemented, `'${dotted}.$' beside $or, $nor or $not on '${dotted}' is not supported`)
  return []
}

function wrapElement(item: Value, path: readonly string[]): Value {
  return path.reduceRight((inner, part) => buildDocument(new Map([[part, inner]])), buildArray([item]))
}
