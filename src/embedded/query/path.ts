import { CODES, CommandError, refused } from '../errors.ts'
import type { Value } from '../values/value.ts'

export type Path = readonly string[]

/** The parts of a dotted path. Array positions by number are outside the scope. */
export function pathOf(dotted: string): Path {
  if (!dotted.includes('.')) return [dotted]
  const parts = dotted.split('.')
  if (parts.some((part, index) => index > 0 && /^\d+$/.test(part)))
    throw refused(CODES.NotImplemented, `numeric path component in '${dotted}' is not supported`)
  return parts
}

/** A path that a sort, a projection or an index names: no part of it may be empty. */
export function fieldPathOf(dotted: string): Path {
  if (dotted === '') throw new CommandError(40352, 'FieldPath cannot be constructed with empty string')
  if (dotted.endsWith('.')) throw new CommandError(40353, "FieldPath must not end with a '.'.")
  const parts = pathOf(dotted)
  if (parts.includes('')) throw new CommandError(15998, 'FieldPath field names may not be empty strings.')
  for (const part of parts)
    if (part.startsWith('$'))
      throw new CommandError(
        16410,
        `FieldPath field names may not start with '$'. Consider using $getField or $setField.`,
      )
  return parts
}

/**
 * Does any value at the path pass? Arrays on the way are entered, one level each; a missing value is `undefined`.
 * An array at the end is given as a whole and by its elements.
 */
export function some(
  from: Value,
  path: Path,
  test: (value: Value | undefined) => boolean,
  whole = false,
  depth = 0,
): boolean {
  const value = from.fields.get(path[depth] as string)
  if (depth === path.length - 1) {
    if (value?.isArray === true && !whole && value.items.some(test)) return true
    return test(value)
  }
  if (value?.isObject === true) return some(value, path, test, whole, depth + 1)
  if (value?.isArray === true)
    return value.items.some((item) => item.isObject && some(item, path, test, whole, depth + 1))
  return test(undefined)
}
