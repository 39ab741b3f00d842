import { CODES, CommandError, refuse } from '../errors.ts'
import { buildArray, buildDocument } from '../values/build.ts'
import { isNumber } from '../values/numbers.ts'
import { TYPE, Value } from '../values/value.ts'
import { isTruthy } from './filter.ts'
import { parseFieldPath } from './path.ts'

interface Tree extends Map<string, Tree | true> {}

export type Projection = (document: Value) => Value
export type Expression = (document: Value) => Value | undefined

interface Spec {
  readonly tree: Tree
  readonly computed: Map<string, Expression>
  includes: boolean | undefined
  includesId: boolean | undefined
}

/**
 * Parses a projection: fields to give, or fields to leave out; `_id` may differ from the rest.
 * With `parseExpression`, fields may be computed; without it they are refused.
 */
export function parseProjection(
  document: Value | undefined,
  parseExpression?: (value: Value) => Expression,
): Projection {
  if (document === undefined || document.fields.size === 0) return (whole) => whole
  const spec: Spec = { tree: new Map(), computed: new Map(), includes: undefined, includesId: undefined }
  collectFields(document, '', spec, parseExpression)
  const { tree, computed } = spec
  if (spec.includes ?? spec.includesId ?? computed.size > 0) {
    if (spec.includesId !== false && !computed.has('_id')) tree.set('_id', tree.get('_id') ?? true)
    return (whole) => addComputed(includeFields(whole, tree), whole, computed)
  }
  if (spec.includesId === false) tree.set('_id', true)
  return (whole) => excludeFields(whole, tree)
}

function collectFields(
  document: Value,
  prefix: string,
  spec: Spec,
  parseExpression: ((value: Value) => Expression) | undefined,
): void {
  for (const [name, value] of document.fields) {
    const dotted = prefix + name
    if (name.startsWith('$')) throw refuse(CODES.BadValue, `Unknown expression ${name}`)
    if (dotted.split('.').includes('$'))
      throw refuse(CODES.NotImplemented, `positional projection '${dotted}' is not supported`)
    const [first] = value.isObject ? value.fields.keys() : []
    if (value.isObject && first === undefined) throw new CommandError(51270, 'a sub-projection cannot be empty')
    if (first !== undefined && !first.startsWith('$')) collectFields(value, `${dotted}.`, spec, parseExpression)
    else if (isNumber(value) || value.type === TYPE.bool) selectField(dotted, isTruthy(value), spec)
    else addExpression(dotted, value, spec, parseExpression)
  }
}

function selectField(dotted: string, included: boolean, spec: Spec): void {
  if (dotted === '_id') {
    spec.includesId = included
    return
  }
  placePath(spec.tree, parseFieldPath(dotted), dotted)
  if (spec.includes !== undefined && spec.includes !== included)
    throw new CommandError(spec.includes ? 31254 : 31253, `cannot both include and exclude fields, as '${dotted}'`)
  spec.includes = included
}

function addExpression(
  dotted: string,
  value: Value,
  spec: Spec,
  parseExpression: ((value: Value) => Expression) | undefined,
): void {
  const [operator] = value.isObject ? value.fields.keys() : []
  if (parseExpression === undefined && operator !== undefined)
    throw refuse(CODES.BadValue, `${operator} in a projection is not supported`)
  if (parseExpression === undefined || dotted.includes('.'))
    throw refuse(CODES.NotImplemented, `a computed value at '${dotted}' is not supported`)
  if (spec.includes === false) throw new CommandError(31310, `cannot compute '${dotted}' beside excluded fields`)
  placePath(spec.tree, parseFieldPath(dotted), dotted)
  spec.tree.delete(dotted)
  spec.includes = true
  spec.computed.set(dotted, parseExpression(value))
}

function placePath(tree: Tree, path: readonly string[], dotted: string): void {
  const [first, ...rest] = path as [string, ...string[]]
  const present = tree.get(first)
  if (rest.length === 0) {
    if (present !== undefined) throw new CommandError(31250, `Path collision at ${dotted}`)
    tree.set(first, true)
    return
  }
  if (present === true) throw new CommandError(31249, `Path collision at ${dotted}`)
  const next: Tree = present ?? new Map()
  tree.set(first, next)
  placePath(next, rest, dotted)
}

function addComputed(included: Value, whole: Value, computed: ReadonlyMap<string, Expression>): Value {
  if (computed.size === 0) return included
  const fields = new Map(included.fields)
  for (const [name, expression] of computed) {
    const value = expression(whole)
    if (value !== undefined) fields.set(name, value)
  }
  const id = fields.get('_id')
  return buildDocument(id === undefined ? fields : new Map([['_id', id], ...fields]))
}

function includeFields(whole: Value, tree: Tree): Value {
  const fields = new Map<string, Value>()
  for (const [name, value] of whole.fields) {
    const wanted = tree.get(name)
    const part = wanted === undefined || wanted === true ? wanted && value : includeWithin(value, wanted)
    if (part !== undefined) fields.set(name, part)
  }
  return buildDocument(fields)
}

function includeWithin(value: Value, tree: Tree): Value | undefined {
  if (value.isObject) return includeFields(value, tree)
  if (!value.isArray) return undefined
  return buildArray(value.items.map((item) => includeWithin(item, tree)).filter((item) => item instanceof Value))
}

function excludeFields(whole: Value, tree: Tree): Value {
  const fields = new Map<string, Value>()
  for (const [name, value] of whole.fields) {
    const unwanted = tree.get(name)
    if (unwanted !== true) fields.set(name, unwanted === undefined ? value : excludeWithin(value, unwanted))
  }
  return buildDocument(fields)
}

function excludeWithin(value: Value, tree: Tree): Value {
  if (value.isObject) return excludeFields(value, tree)
  return value.isArray ? buildArray(value.items.map((item) => excludeWithin(item, tree))) : value
}
