import { CODES, CommandError, refuse } from '../errors.ts'
import { NULL } from '../values/build.ts'
import { EMPTY_ARRAY, encodeKey, invertKey } from '../values/keys.ts'
import { isNumber, toNumber } from '../values/numbers.ts'
import { showValue } from '../values/show.ts'
import type { Value } from '../values/value.ts'
import { type Path, parseFieldPath } from './path.ts'

export interface SortKey {
  readonly name: string
  readonly path: Path
  readonly direction: 1 | -1
}

export interface Sort {
  readonly keys: readonly SortKey[]
  /** The order of insertion or its reverse, if `$natural` asks for it. */
  readonly natural: 1 | -1 | undefined
}

export const UNSORTED: Sort = { keys: [], natural: undefined }

/** Parses a sort document. */
export function parseSort(value: Value | undefined): Sort {
  if (value === undefined) return UNSORTED
  const keys: SortKey[] = []
  for (const [name, direction] of value.fields) {
    if (direction.isObject) throw refuse(CODES.BadValue, `sort expression ${showValue(direction)} is not supported`)
    if (!isNumber(direction))
      throw new CommandError(15974, `Illegal key in $sort specification: ${name}: ${showValue(direction)}`)
    const number = toNumber(direction)
    if (name === '$natural') return parseNatural(number, value.fields.size)
    if (Math.trunc(number) !== 1 && Math.trunc(number) !== -1)
      throw new CommandError(15975, '$sort key ordering must be 1 (for ascending) or -1 (for descending)')
    keys.push({ name, path: parseFieldPath(name), direction: number > 0 ? 1 : -1 })
  }
  return { keys, natural: undefined }
}

function parseNatural(number: number, fields: number): Sort {
  if (fields > 1) throw new CommandError(CODES.BadValue, "Cannot include '$natural' in compound sort")
  return { keys: [], natural: number < 0 ? -1 : 1 }
}

/** Builds bytes that sort as documents do under a sort. Of an array the least element counts, or the greatest when descending. */
export function buildSortKey(sort: Sort, document: Value): Buffer {
  const arrays = new Set<Value>()
  const parts = sort.keys.map(({ name, path, direction }) => {
    const { value, crossed } = readAt(document, path, name)
    if (crossed !== undefined) arrays.add(crossed)
    if (arrays.size > 1) throw new CommandError(CODES.BadValue, 'cannot sort with keys that are parallel arrays')
    // MongoDB sorts by `_id` alone as its index does, which never looks into arrays.
    const isWhole = name === '_id' && sort.keys.length === 1
    const candidates = (
      value.isArray && !isWhole ? (value.items.length === 0 ? [EMPTY_ARRAY] : value.items) : [value]
    ).map(encodeKey)
    const best = candidates.reduce((a, b) => (Buffer.compare(b, a) * direction < 0 ? b : a))
    return direction === 1 ? best : invertKey(best)
  })
  return parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts)
}

function readAt(document: Value, path: Path, name: string): { value: Value; crossed: Value | undefined } {
  let value: Value | undefined = document
  let crossed: Value | undefined
  for (const part of path) {
    if (value?.isArray === true) {
      crossed = value
      if (value.items.some((item) => item.isObject))
        throw refuse(CODES.NotImplemented, `sorting by '${name}' crosses an array of documents, which is not supported`)
    }
    value = value?.isObject === true ? value.fields.get(part) : undefined
  }
  return { value: value ?? NULL, crossed: value?.isArray === true ? value : crossed }
}
