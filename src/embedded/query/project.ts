import { CODES, CommandError, refused } from '../errors.ts'
import { array, document } from '../values/make.ts'
import { isNumber } from '../values/numbers.ts'
import { TYPE, Value } from '../values/value.ts'
import { truthy } from './filter.ts'
import { fieldPathOf } from './path.ts'

interface Tree extends Map<string, Tree | true> {}

/** Gives of a document what was asked for. */
export type Projection = (document: Value) => Value

/** Reads a projection: fields to give, or fields to leave out; `_id` may differ from the rest. */
export function projectionOf(spec: Value | undefined): Projection {
  if (spec === undefined || spec.fields.size === 0) return (whole) => whole
  const tree: Tree = new Map()
  const found = { include: undefined as boolean | undefined, id: undefined as boolean | undefined }
  collect(spec, '', tree, found)
  const include = found.include ?? found.id ?? false
  if (include) {
    if (found.id !== false) tree.set('_id', tree.get('_id') ?? true)
    return (whole) => included(whole, tree)
  }
  if (found.id === false) tree.set('_id', true)
  return (whole) => excluded(whole, tree)
}

function collect(
  spec: Value,
  prefix: string,
  tree: Tree,
  found: { include: boolean | undefined; id: boolean | undefined },
): void {
  for (const [name, value] of spec.fields) {
    const dotted = prefix + name
    if (name.startsWith('$')) throw refused(CODES.BadValue, `Unknown expression ${name}`)
    if (/(^|\.)\$(\.|$)/.test(dotted))
      throw refused(CODES.NotImplemented, `positional projection '${dotted}' is not supported`)
    if (value.isObject) {
      if (value.fields.size === 0)
        throw new CommandError(51270, 'An empty sub-projection is not a valid value. Found empty object at path')
      collect(value, `${dotted}.`, tree, found)
      continue
    }
    if (!isNumber(value) && value.type !== TYPE.bool)
      throw refused(CODES.NotImplemented, `a computed value in a projection ('${dotted}') is not supported`)
    const yes = truthy(value)
    if (dotted === '_id') {
      found.id = yes
      if (found.include !== undefined || yes === false) continue
      continue
    }
    place(tree, fieldPathOf(dotted), dotted)
    if (found.include !== undefined && found.include !== yes)
      throw found.include
        ? new CommandError(31254, `Cannot do exclusion on field ${dotted} in inclusion projection`)
        : new CommandError(31253, `Cannot do inclusion on field ${dotted} in exclusion projection`)
    found.include = yes
  }
}

function place(tree: Tree, path: readonly string[], dotted: string): void {
  const [first, ...rest] = path as [string, ...string[]]
  const there = tree.get(first)
  if (rest.length === 0) {
    if (there !== undefined) throw new CommandError(31250, `Path collision at ${dotted}`)
    tree.set(first, true)
    return
  }
  if (there === true) throw new CommandError(31249, `Path collision at ${dotted} remaining portion ${rest.join('.')}`)
  const next: Tree = there ?? new Map()
  tree.set(first, next)
  place(next, rest, dotted)
}

function included(whole: Value, tree: Tree): Value {
  const fields = new Map<string, Value>()
  for (const [name, value] of whole.fields) {
    const wanted = tree.get(name)
    if (wanted === true) fields.set(name, value)
    else if (wanted !== undefined) {
      const part = includedIn(value, wanted)
      if (part !== undefined) fields.set(name, part)
    }
  }
  return document(fields)
}

function includedIn(value: Value, tree: Tree): Value | undefined {
  if (value.isObject) return included(value, tree)
  if (!value.isArray) return undefined
  return array(value.items.map((item) => includedIn(item, tree)).filter((item) => item instanceof Value))
}

function excluded(whole: Value, tree: Tree): Value {
  const fields = new Map<string, Value>()
  for (const [name, value] of whole.fields) {
    const unwanted = tree.get(name)
    if (unwanted !== true) fields.set(name, unwanted === undefined ? value : excludedIn(value, unwanted))
  }
  return document(fields)
}

function excludedIn(value: Value, tree: Tree): Value {
  if (value.isObject) return excluded(value, tree)
  return value.isArray ? array(value.items.map((item) => excludedIn(item, tree))) : value
}
