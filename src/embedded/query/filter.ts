import { CODES, CommandError, refused } from '../errors.ts'
import { compare, equal, rank } from '../values/compare.ts'
import { isNumber, toNumber } from '../values/numbers.ts'
import { show } from '../values/show.ts'
import { TYPE, type Value } from '../values/value.ts'
import { type Path, pathOf, some } from './path.ts'
import { type Pattern, patternOf } from './regex.ts'

export type Comparison = 'eq' | 'gt' | 'gte' | 'lt' | 'lte'

/** A filter as a tree. Negations are `not`, so that the rest says what there must be. */
export type Filter =
  | { readonly kind: 'and' | 'or' | 'nor'; readonly filters: readonly Filter[] }
  | { readonly kind: 'not'; readonly filter: Filter }
  | { readonly kind: Comparison; readonly name: string; readonly path: Path; readonly value: Value }
  | {
      readonly kind: 'in'
      readonly name: string
      readonly path: Path
      readonly values: readonly Value[]
      readonly patterns: readonly Pattern[]
    }
  | { readonly kind: 'exists'; readonly name: string; readonly path: Path }
  | { readonly kind: 'regex'; readonly name: string; readonly path: Path; readonly pattern: Pattern }

/** Reads a filter document; what is outside the scope is refused. */
export function filterOf(query: Value): Filter {
  const filters: Filter[] = []
  for (const [name, value] of query.fields) {
    if (name === '$and' || name === '$or' || name === '$nor') filters.push(combined(name, value))
    else if (name.startsWith('$')) throw refused(CODES.BadValue, `unknown top level operator: ${name}`)
    else filters.push(onPath(name, value))
  }
  return filters.length === 1 ? (filters[0] as Filter) : { kind: 'and', filters }
}

function combined(name: '$and' | '$or' | '$nor', value: Value): Filter {
  if (!value.isArray) throw new CommandError(CODES.BadValue, `${name} must be an array`)
  if (value.items.length === 0) throw new CommandError(CODES.BadValue, '$and/$or/$nor must be a nonempty array')
  const filters = value.items.map((item) => {
    if (!item.isObject) throw new CommandError(CODES.BadValue, '$or/$and/$nor entries need to be full objects')
    return filterOf(item)
  })
  return { kind: name.slice(1) as 'and', filters }
}

function onPath(name: string, value: Value): Filter {
  const path = pathOf(name)
  if (value.type === TYPE.regex) return { kind: 'regex', name, path, pattern: patternOf(value) }
  if (!isOperators(value)) return { kind: 'eq', name, path, value }
  return operators(name, path, value)
}

function isOperators(value: Value): boolean {
  if (!value.isObject) return false
  const first = value.fields.keys().next()
  return first.done !== true && first.value.startsWith('$')
}

function operators(name: string, path: Path, value: Value): Filter {
  const filters: Filter[] = []
  for (const [operator, operand] of value.fields) {
    if (operator === '$options') {
      if (!value.fields.has('$regex')) throw new CommandError(CODES.BadValue, '$options needs a $regex')
      continue
    }
    filters.push(operatorOf(name, path, operator, operand, value))
  }
  return filters.length === 1 ? (filters[0] as Filter) : { kind: 'and', filters }
}

function operatorOf(name: string, path: Path, operator: string, value: Value, all: Value): Filter {
  switch (operator) {
    case '$eq':
      return { kind: 'eq', name, path, value }
    case '$gt':
    case '$gte':
    case '$lt':
    case '$lte':
      if (value.type === TYPE.regex)
        throw new CommandError(CODES.BadValue, `Can't have RegEx as arg to predicate over field '${name}'.`)
      return { kind: operator.slice(1) as Comparison, name, path, value }
    case '$ne':
      if (value.type === TYPE.regex) throw new CommandError(CODES.BadValue, "Can't have regex as arg to $ne.")
      return { kind: 'not', filter: { kind: 'eq', name, path, value } }
    case '$in':
      return among(name, path, value, '$in')
    case '$nin':
      return { kind: 'not', filter: among(name, path, value, '$nin') }
    case '$exists':
      return truthy(value) ? { kind: 'exists', name, path } : { kind: 'not', filter: { kind: 'exists', name, path } }
    case '$regex':
      return { kind: 'regex', name, path, pattern: regexOf(value, all.fields.get('$options')) }
    case '$not':
      return { kind: 'not', filter: negated(name, path, value) }
    default:
      throw refused(CODES.BadValue, `unknown operator: ${operator}`)
  }
}

function among(name: string, path: Path, value: Value, operator: string): Filter {
  if (!value.isArray) throw new CommandError(CODES.BadValue, `${operator} needs an array`)
  const values: Value[] = []
  const patterns: Pattern[] = []
  for (const item of value.items) {
    if (isOperators(item)) throw new CommandError(CODES.BadValue, `cannot nest $ under ${operator}`)
    if (item.type === TYPE.regex) patterns.push(patternOf(item))
    else if (!values.some((each) => equal(each, item))) values.push(item)
  }
  return { kind: 'in', name, path, values, patterns }
}

function regexOf(value: Value, options: Value | undefined): Pattern {
  if (value.type !== TYPE.string && value.type !== TYPE.regex)
    throw new CommandError(CODES.BadValue, '$regex has to be a string')
  if (options === undefined) return patternOf(value)
  if (options.type !== TYPE.string) throw new CommandError(CODES.BadValue, '$options has to be a string')
  if (value.type === TYPE.regex && value.bytes.indexOf(0) !== value.bytes.length - 2)
    throw new CommandError(51075, 'options set in both $regex and $options')
  return patternOf(value, options.text)
}

function negated(name: string, path: Path, value: Value): Filter {
  if (value.type === TYPE.regex) return { kind: 'regex', name, path, pattern: patternOf(value) }
  if (!value.isObject) throw new CommandError(CODES.BadValue, '$not needs a regex or a document')
  if (value.fields.size === 0) throw new CommandError(CODES.BadValue, '$not cannot be empty')
  if (!isOperators(value)) throw new CommandError(CODES.BadValue, `unknown operator: ${[...value.fields.keys()][0]}`)
  return operators(name, path, value)
}

/** What MongoDB takes for true: all but false, zero, null and undefined. */
export function truthy(value: Value): boolean {
  if (value.type === TYPE.bool) return value.bytes[0] === 1
  if (isNumber(value)) return toNumber(value) !== 0
  return value.type !== TYPE.null && value.type !== TYPE.undefined
}

/** Does a document match? */
export function matches(filter: Filter, document: Value): boolean {
  switch (filter.kind) {
    case 'and':
      return filter.filters.every((each) => matches(each, document))
    case 'or':
      return filter.filters.some((each) => matches(each, document))
    case 'nor':
      return !filter.filters.some((each) => matches(each, document))
    case 'not':
      return !matches(filter.filter, document)
    case 'exists':
      return some(document, filter.path, (value) => value !== undefined, true)
    case 'regex':
      return some(document, filter.path, (value) => matchesPattern(filter.pattern, value))
    case 'in':
      return some(document, filter.path, (value) => isAmong(filter.values, filter.patterns, value))
    default:
      return some(document, filter.path, (value) => compares(filter.kind, value, filter.value))
  }
}

function matchesPattern(pattern: Pattern, value: Value | undefined): boolean {
  if (value === undefined) return false
  if (value.type === TYPE.string || value.type === TYPE.symbol) return pattern.test(value.text)
  return value.type === TYPE.regex && value.bytes.toString() === `${pattern.source}\0${pattern.options}\0`
}

function isAmong(values: readonly Value[], patterns: readonly Pattern[], value: Value | undefined): boolean {
  return values.some((each) => compares('eq', value, each)) || patterns.some((each) => matchesPattern(each, value))
}

/** Does a value, or the lack of one, stand in a relation to an operand? Only like types compare. */
export function compares(relation: Comparison, value: Value | undefined, operand: Value): boolean {
  const orEqual = relation === 'eq' || relation === 'gte' || relation === 'lte'
  const absent = value === undefined || value.type === TYPE.undefined
  if (absent && operand.type === TYPE.null) return orEqual
  if (operand.type === TYPE.minKey && value?.type !== TYPE.minKey) return relation === 'gt' || relation === 'gte'
  if (operand.type === TYPE.maxKey && value?.type !== TYPE.maxKey) return relation === 'lt' || relation === 'lte'
  if (value === undefined || rank(value) !== rank(operand)) return false
  if (relation === 'eq') return equal(value, operand)
  if (isNotANumber(value) || isNotANumber(operand)) return orEqual && isNotANumber(value) && isNotANumber(operand)
  const order = compare(value, operand)
  if (order === 0) return orEqual
  return order > 0 ? relation === 'gt' || relation === 'gte' : relation === 'lt' || relation === 'lte'
}

function isNotANumber(value: Value): boolean {
  return isNumber(value) && Number.isNaN(toNumber(value))
}

/** The filter that a field of a command holds. */
export function filterField(value: Value | undefined, field: string): Filter {
  if (value === undefined) return { kind: 'and', filters: [] }
  if (!value.isObject)
    throw new CommandError(
      CODES.TypeMismatch,
      `BSON field '${field}' is the wrong type, expected type 'object' (${show(value)})`,
    )
  return filterOf(value)
}
