import { CODES, CommandError } from '../errors.ts'
import type { Path } from '../query/path.ts'
import { NULL } from '../values/build.ts'
import { EMPTY_ARRAY, encodeKey, fitKey, invertKey } from '../values/keys.ts'
import type { Value } from '../values/value.ts'

export interface IndexField {
  readonly name: string
  readonly path: Path
  readonly direction: 1 | -1
}

export interface IndexKeys {
  readonly keys: readonly IndexKey[]
  /** An array was met on the way. */
  readonly multikey: boolean
  /** A key was too long and is held by its beginning and its hash. */
  readonly cut: boolean
  /** None of the fields is there. */
  readonly absent: boolean
}

export interface IndexKey {
  readonly bytes: Buffer
  readonly tuple: Tuple
}

/** A tuple of values, one a field; `undefined` is a missing one. */
export type Tuple = readonly (Value | undefined)[]

/** Builds the keys that a document has in an index: several if a field is an array. */
export function buildIndexKeys(fields: readonly IndexField[], document: Value): IndexKeys {
  const tuples: Tuple[] = []
  const walks = fields.map(({ path }): Walk => ({ from: document, path, element: false }))
  const multikey = expand(walks, tuples)
  const unique = new Map<string, IndexKey>()
  let cut = false
  for (const tuple of tuples) {
    const key = fitKey(encodeTuple(fields, tuple))
    cut ||= key.cut
    unique.set(key.bytes.toString('latin1'), { bytes: key.bytes, tuple })
  }
  const absent = tuples.every((tuple) => tuple.every((value) => value === undefined))
  const keys = [...unique.values()].sort((a, b) => Buffer.compare(a.bytes, b.bytes))
  return { keys, multikey, cut, absent }
}

function encodeTuple(fields: readonly IndexField[], tuple: Tuple): Buffer {
  const parts = tuple.map((value, index) => {
    const key = encodeKey(value ?? NULL)
    return fields[index]?.direction === -1 ? invertKey(key) : key
  })
  return parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts)
}

interface Walk {
  readonly from: Value | undefined
  /** What is still to go. */
  readonly path: readonly string[]
  /** An element of an array is a key as it is, though it be an array itself. */
  readonly element: boolean
}

/** Walks all fields down; at an array, once for each of its elements, with all fields that met it. Tells whether one was met. */
function expand(walks: readonly Walk[], tuples: Tuple[]): boolean {
  const ends = walks.map(descend)
  const arrays = new Set(
    ends.filter(({ from, element }) => from?.isArray === true && !element).map(({ from }) => from as Value),
  )
  const [array, another] = arrays
  if (array === undefined) {
    tuples.push(ends.map(({ from }) => from))
    return false
  }
  if (another !== undefined) throw new CommandError(CODES.CannotIndexParallelArrays, 'cannot index parallel arrays')
  for (const item of array.items.length === 0 ? [undefined] : array.items)
    expand(
      ends.map((end) => (end.from === array ? enter(end, item) : end)),
      tuples,
    )
  return true
}

function enter(end: Walk, item: Value | undefined): Walk {
  if (end.path.length === 0) return { from: item ?? EMPTY_ARRAY, path: [], element: true }
  return { from: item?.isObject === true ? item : undefined, path: end.path, element: false }
}

function descend(walk: Walk): Walk {
  let { from, path } = walk
  while (path.length > 0 && from?.isArray !== true) {
    from = from?.isObject === true ? from.fields.get(path[0] as string) : undefined
    path = path.slice(1)
  }
  return { from, path, element: walk.element }
}
