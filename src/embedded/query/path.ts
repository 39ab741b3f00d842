import { CODES, CommandError, refuse } from '../errors.ts'
import type { Value } from '../values/value.ts'

export type Path = readonly string[]

const POSITION = /^(0|[1-9]\d*)$/

/** Tells whether a part of a path can be a position in an array. */
export function isPosition(part: string | undefined): part is string {
  return part !== undefined && POSITION.test(part)
}

/** Parses the path that a sort, a projection, an index or an expression names: no part may be empty or a position. */
export function parseFieldPath(dotted: string): Path {
  if (dotted === '') throw new CommandError(40352, 'a field path cannot be empty')
  if (dotted.endsWith('.')) throw new CommandError(40353, "a field path cannot end with '.'")
  const parts = dotted.split('.')
  if (parts.includes('')) throw new CommandError(15998, 'a field path cannot have an empty part')
  if (parts.some((part) => part.startsWith('$')))
    throw new CommandError(16410, "a part of a field path cannot start with '$'")
  if (parts.slice(1).some(isPosition))
    throw refuse(CODES.NotImplemented, `the array position in '${dotted}' is not supported here`)
  return parts
}

type Test = (value: Value | undefined) => boolean

/**
 * Tells whether any value at the path passes. Arrays on the way are entered, one level each; a missing value is `undefined`.
 * An array at the end is tested as a whole and, unless `wholeOnly`, by its elements.
 */
export function someValue(from: Value, path: Path, test: Test, wholeOnly = false, depth = 0): boolean {
  return someBelow(from.fields.get(path[depth] as string), path, test, wholeOnly, depth)
}

function someBelow(value: Value | undefined, path: Path, test: Test, wholeOnly: boolean, depth: number): boolean {
  if (depth === path.length - 1) return (value?.isArray === true && !wholeOnly && value.items.some(test)) || test(value)
  if (value?.isObject === true) return someValue(value, path, test, wholeOnly, depth + 1)
  if (value?.isArray !== true) return test(undefined)
  return (
    value.items.some((item) => item.isObject && someValue(item, path, test, wholeOnly, depth + 1)) ||
    someAtPosition(value, path, test, wholeOnly, depth + 1)
  )
}

function someAtPosition(array: Value, path: Path, test: Test, wholeOnly: boolean, depth: number): boolean {
  const part = path[depth]
  const item = isPosition(part) ? array.items[Number(part)] : undefined
  if (item === undefined) return false
  if (depth === path.length - 1) return test(item)
  return (item.isObject || item.isArray) && someBelow(item, path, test, wholeOnly, depth)
}
