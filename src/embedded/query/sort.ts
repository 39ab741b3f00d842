import { CODES, CommandError, refused } from '../errors.ts'
import { complement, EMPTY_ARRAY, keyOf } from '../values/key.ts'
import { NULL } from '../values/make.ts'
import { isNumber, toNumber } from '../values/numbers.ts'
import { show } from '../values/show.ts'
import type { Value } from '../values/value.ts'
import { fieldPathOf, type Path } from './path.ts'

export interface SortKey {
  readonly name: string
  readonly path: Path
  readonly direction: 1 | -1
}

export interface Sort {
  readonly keys: readonly SortKey[]
  /** The order of insertion, or its reverse, where `$natural` asks for it. */
  readonly natural: 1 | -1 | undefined
}

/** Reads a sort document. */
export function sortOf(value: Value | undefined): Sort {
  if (value === undefined) return { keys: [], natural: undefined }
  const keys: SortKey[] = []
  for (const [name, direction] of value.fields) {
    if (direction.isObject) throw refused(CODES.BadValue, `sort expression ${show(direction)} is not supported`)
    if (!isNumber(direction))
      throw new CommandError(15974, `Illegal key in $sort specification: ${name}: ${show(direction)}`)
    const number = toNumber(direction)
    if (name === '$natural') return natural(number, value.fields.size)
    if (Math.trunc(number) !== 1 && Math.trunc(number) !== -1)
      throw new CommandError(15975, '$sort key ordering must be 1 (for ascending) or -1 (for descending)')
    keys.push({ name, path: fieldPathOf(name), direction: number > 0 ? 1 : -1 })
  }
  return { keys, natural: undefined }
}

function natural(number: number, fields: number): Sort {
  if (fields > 1) throw new CommandError(CODES.BadValue, "Cannot include '$natural' in compound sort")
  return { keys: [], natural: number < 0 ? -1 : 1 }
}

/** The bytes whose order is the order of documents under a sort. Of an array, the least element counts, or the greatest when descending. */
export function sortKeyOf(sort: Sort, document: Value): Buffer {
  const arrays = new Set<Value>()
  const parts = sort.keys.map(({ name, path, direction }) => {
    const { value, crossed } = at(document, path, name)
    if (crossed !== undefined) arrays.add(crossed)
    if (arrays.size > 1) throw new CommandError(CODES.BadValue, 'cannot sort with keys that are parallel arrays')
    const candidates = (value.isArray ? (value.items.length === 0 ? [EMPTY_ARRAY] : value.items) : [value]).map(keyOf)
    const best = candidates.reduce((a, b) => (Buffer.compare(b, a) * direction < 0 ? b : a))
    return direction === 1 ? best : complement(best)
  })
  return parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts)
}

/** The value at a path, and the array that was met on the way or at the end. */
function at(document: Value, path: Path, name: string): { value: Value; crossed: Value | undefined } {
  let value: Value | undefined = document
  let crossed: Value | undefined
  for (const part of path) {
    if (value?.isArray === true) {
      crossed = value
      if (value.items.some((item) => item.isObject))
        throw refused(
          CODES.NotImplemented,
          `sorting by '${name}' crosses an array of documents, which is not supported`,
        )
    }
    value = value?.isObject === true ? value.fields.get(part) : undefined
  }
  return { value: value ?? NULL, crossed: value?.isArray === true ? value : crossed }
}
