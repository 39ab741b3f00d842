import { CODES, CommandError, refuse } from '../errors.ts'
import { isEqual } from '../values/compare.ts'
import { TYPE, type Value } from '../values/value.ts'
import { type Comparison, EVERYTHING, type Filter, isTruthy } from './filter.ts'
import { parseSize, parseTypes } from './operands.ts'
import { type Pattern, parsePattern } from './patterns.ts'

/** Parses a filter document. @throws CommandError for what is wrong or outside the scope. */
export function parseFilter(query: Value): Filter {
  const filters = [...query.fields].map(([name, value]): Filter => {
    if (name === '$and' || name === '$or' || name === '$nor') return parseLogical(name, value)
    if (name.startsWith('$')) throw refuse(CODES.BadValue, `unknown top level operator: ${name}`)
    return parseField(name, value)
  })
  return filters.length === 1 ? (filters[0] as Filter) : { kind: 'and', filters }
}

/** Parses the filter in a field of a command; without it, everything matches. */
export function readFilter(value: Value | undefined, field: string): Filter {
  if (value === undefined) return EVERYTHING
  if (!value.isObject) throw new CommandError(CODES.TypeMismatch, `BSON field '${field}' must be an object`)
  return parseFilter(value)
}

function parseLogical(name: '$and' | '$or' | '$nor', value: Value): Filter {
  if (!value.isArray || value.items.length === 0)
    throw new CommandError(CODES.BadValue, `${name} must be a nonempty array`)
  if (value.items.some((item) => !item.isObject))
    throw new CommandError(CODES.BadValue, `the entries of ${name} must be objects`)
  return { kind: name.slice(1) as 'and', filters: value.items.map(parseFilter) }
}

function parseField(name: string, value: Value): Filter {
  const path = name.split('.')
  if (value.type === TYPE.regex) return { kind: 'regex', name, path, pattern: parsePattern(value) }
  if (!hasOperators(value)) return { kind: 'eq', name, path, value }
  return parseOperators(name, value)
}

function hasOperators(value: Value): boolean {
  return value.isObject && value.fields.keys().next().value?.startsWith('$') === true
}

function parseOperators(name: string, value: Value): Filter {
  const filters: Filter[] = []
  for (const [operator, operand] of value.fields) {
    if (operator !== '$options') filters.push(parseOperator(name, operator, operand, value))
    else if (!value.fields.has('$regex')) throw new CommandError(CODES.BadValue, '$options needs a $regex')
  }
  return filters.length === 1 ? (filters[0] as Filter) : { kind: 'and', filters }
}

function parseOperator(name: string, operator: string, value: Value, siblings: Value): Filter {
  const path = name.split('.')
  switch (operator) {
    case '$eq':
      return { kind: 'eq', name, path, value }
    case '$gt':
    case '$gte':
    case '$lt':
    case '$lte':
      assertNoRegex(operator, value)
      return { kind: operator.slice(1) as Comparison, name, path, value }
    case '$ne':
      assertNoRegex(operator, value)
      return { kind: 'not', filter: { kind: 'eq', name, path, value } }
    case '$in':
      return parseIn(name, value)
    case '$nin':
      return { kind: 'not', filter: parseIn(name, value) }
    case '$exists': {
      const exists: Filter = { kind: 'exists', name, path }
      return isTruthy(value) ? exists : { kind: 'not', filter: exists }
    }
    case '$regex':
      return { kind: 'regex', name, path, pattern: parseRegex(value, siblings.fields.get('$options')) }
    case '$not':
      return { kind: 'not', filter: parseNot(name, value) }
    case '$type':
      return { kind: 'type', name, path, types: parseTypes(value) }
    case '$size':
      return { kind: 'size', name, path, size: parseSize(value) }
    case '$all':
      return parseAll(name, value)
    case '$elemMatch':
      return parseElemMatch(name, value)
    default:
      throw refuse(CODES.BadValue, `unknown operator: ${operator}`)
  }
}

function assertNoRegex(operator: string, value: Value): void {
  if (value.type === TYPE.regex) throw new CommandError(CODES.BadValue, `${operator} cannot take a regex`)
}

function parseIn(name: string, value: Value): Filter {
  if (!value.isArray) throw new CommandError(CODES.BadValue, '$in and $nin need an array')
  const values: Value[] = []
  const patterns: Pattern[] = []
  for (const item of value.items) {
    if (hasOperators(item)) throw new CommandError(CODES.BadValue, 'cannot nest $ under $in')
    if (item.type === TYPE.regex) patterns.push(parsePattern(item))
    else if (!values.some((each) => isEqual(each, item))) values.push(item)
  }
  return { kind: 'in', name, path: name.split('.'), values, patterns }
}

function parseRegex(value: Value, options: Value | undefined): Pattern {
  if (value.type !== TYPE.string && value.type !== TYPE.regex)
    throw new CommandError(CODES.BadValue, '$regex has to be a string')
  if (options === undefined) return parsePattern(value)
  if (options.type !== TYPE.string) throw new CommandError(CODES.BadValue, '$options has to be a string')
  if (value.type === TYPE.regex && value.bytes.indexOf(0) !== value.bytes.length - 2)
    throw new CommandError(51075, 'options set in both $regex and $options')
  return parsePattern(value, options.text)
}

function parseNot(name: string, value: Value): Filter {
  if (value.type === TYPE.regex) return parseField(name, value)
  if (!hasOperators(value)) throw new CommandError(CODES.BadValue, '$not needs a regex or a document of operators')
  return parseOperators(name, value)
}

function parseAll(name: string, value: Value): Filter {
  if (!value.isArray) throw new CommandError(CODES.BadValue, '$all needs an array')
  const isElemMatch = (item: Value | undefined) => item?.isObject === true && item.fields.has('$elemMatch')
  const ofElements = isElemMatch(value.items[0])
  const filters = value.items.map((item): Filter => {
    if (isElemMatch(item) !== ofElements || (hasOperators(item) && !ofElements))
      throw new CommandError(CODES.BadValue, 'no $ expressions in $all but $elemMatch, in all its elements')
    return ofElements ? parseElemMatch(name, item.fields.get('$elemMatch') as Value) : parseField(name, item)
  })
  if (filters.length === 0) return { kind: 'nor', filters: [EVERYTHING] }
  return filters.length === 1 ? (filters[0] as Filter) : { kind: 'and', filters }
}

function parseElemMatch(name: string, value: Value): Filter {
  if (!value.isObject) throw new CommandError(CODES.BadValue, '$elemMatch needs an Object')
  const [first] = value.fields.keys()
  const onElement = first?.startsWith('$') === true && !['$and', '$or', '$nor'].includes(first)
  const filter = onElement ? parseOperators('', value) : parseFilter(value)
  return { kind: 'elemMatch', name, path: name.split('.'), filter, onElement }
}
