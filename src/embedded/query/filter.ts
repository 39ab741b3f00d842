import { compare, isEqual, rankType } from '../values/compare.ts'
import { isNumber, toNumber } from '../values/numbers.ts'
import { TYPE, type Value } from '../values/value.ts'
import { type Path, someValue } from './path.ts'
import type { Pattern } from './patterns.ts'

export type Comparison = 'eq' | 'gt' | 'gte' | 'lt' | 'lte'

/** A condition on the values at one path. */
export type Leaf = { readonly name: string; readonly path: Path } & (
  | { readonly kind: Comparison; readonly value: Value }
  | { readonly kind: 'in'; readonly values: readonly Value[]; readonly patterns: readonly Pattern[] }
  | { readonly kind: 'exists' }
  | { readonly kind: 'regex'; readonly pattern: Pattern }
  | { readonly kind: 'type'; readonly types: ReadonlySet<number> }
  | { readonly kind: 'size'; readonly size: number }
  /** Conditions on the fields of one element, or on the element itself. */
  | { readonly kind: 'elemMatch'; readonly filter: Filter; readonly onElement: boolean }
)

/** A filter as a tree. Negations are `not`, so that the rest says what there must be. */
export type Filter =
  | { readonly kind: 'and' | 'or' | 'nor'; readonly filters: readonly Filter[] }
  | { readonly kind: 'not'; readonly filter: Filter }
  | Leaf

export const EVERYTHING: Filter = { kind: 'and', filters: [] }

/** Tells whether a document matches. */
export function isMatch(filter: Filter, document: Value): boolean {
  return evaluate(filter, (leaf) => someValue(document, leaf.path, (value) => meets(leaf, value), isOfWhole(leaf)))
}

function evaluate(filter: Filter, test: (leaf: Leaf) => boolean): boolean {
  switch (filter.kind) {
    case 'and':
      return filter.filters.every((each) => evaluate(each, test))
    case 'or':
      return filter.filters.some((each) => evaluate(each, test))
    case 'nor':
      return !filter.filters.some((each) => evaluate(each, test))
    case 'not':
      return !evaluate(filter.filter, test)
    default:
      return test(filter)
  }
}

function isOfWhole({ kind }: Leaf): boolean {
  return kind === 'exists' || kind === 'size' || kind === 'elemMatch'
}

function meets(leaf: Leaf, value: Value | undefined): boolean {
  switch (leaf.kind) {
    case 'exists':
      return value !== undefined
    case 'regex':
      return matchesPattern(leaf.pattern, value)
    case 'in':
      return (
        leaf.values.some((each) => isRelated('eq', value, each)) ||
        leaf.patterns.some((each) => matchesPattern(each, value))
      )
    case 'type':
      return value !== undefined && leaf.types.has(value.type)
    case 'size':
      return value?.isArray === true && value.items.length === leaf.size
    case 'elemMatch':
      return value?.isArray === true && value.items.some((item) => isElementMatch(leaf.filter, leaf.onElement, item))
    default:
      return isRelated(leaf.kind, value, leaf.value)
  }
}

function isElementMatch(filter: Filter, onElement: boolean, item: Value): boolean {
  if (onElement) return evaluate(filter, (leaf) => meets(leaf, item))
  return (item.isObject || item.isArray) && isMatch(filter, item)
}

function matchesPattern(pattern: Pattern, value: Value | undefined): boolean {
  if (value === undefined) return false
  if (value.type === TYPE.string) return pattern.test(value.text)
  return value.type === TYPE.regex && value.bytes.toString() === `${pattern.source}\0${pattern.options}\0`
}

/** Tells whether a value, or the lack of one, stands in a relation to an operand. Only like types compare. */
export function isRelated(relation: Comparison, value: Value | undefined, operand: Value): boolean {
  const orEqual = relation === 'eq' || relation === 'gte' || relation === 'lte'
  const absent = value === undefined || value.type === TYPE.undefined
  if (absent && operand.type === TYPE.null) return orEqual
  if (operand.type === TYPE.minKey && value?.type !== TYPE.minKey) return relation === 'gt' || relation === 'gte'
  if (operand.type === TYPE.maxKey && value?.type !== TYPE.maxKey) return relation === 'lt' || relation === 'lte'
  if (value === undefined || rankType(value) !== rankType(operand)) return false
  if (relation === 'eq') return isEqual(value, operand)
  if (isNotANumber(value) || isNotANumber(operand)) return orEqual && isNotANumber(value) && isNotANumber(operand)
  const order = compare(value, operand)
  if (order === 0) return orEqual
  return order > 0 ? relation === 'gt' || relation === 'gte' : relation === 'lt' || relation === 'lte'
}

function isNotANumber(value: Value): boolean {
  return isNumber(value) && Number.isNaN(toNumber(value))
}

/** Tells what MongoDB takes for true: all but false, zero, null and undefined. */
export function isTruthy(value: Value): boolean {
  if (value.type === TYPE.bool) return value.bytes[0] === 1
  if (isNumber(value)) return toNumber(value) !== 0
  return value.type !== TYPE.null && value.type !== TYPE.undefined
}
