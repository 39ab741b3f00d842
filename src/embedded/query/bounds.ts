import { findEnd } from '../storage/layout.ts'
import { toText } from '../values/build.ts'
import { rankType } from '../values/compare.ts'
import { encodeKey, invertKey, MAX_KEY_BYTES } from '../values/keys.ts'
import { isNumber, toNumber } from '../values/numbers.ts'
import { TYPE, type Value } from '../values/value.ts'
import type { Filter } from './filter.ts'

/** Bytes of one field's key, from `low` up to and not including `high`. */
export interface Bounds {
  readonly low: Buffer
  readonly high: Buffer
}

/** Finds what a condition asks of the keys of its field; undefined where an index cannot help. `$in` gives several. */
export function findBounds(filter: Filter): readonly Bounds[] | undefined {
  switch (filter.kind) {
    case 'eq':
      return isUsable(filter.value) ? [buildPoint(filter.value)] : undefined
    case 'in':
      return filter.patterns.length === 0 && filter.values.every(isUsable) ? buildPoints(filter.values) : undefined
    case 'gt':
    case 'gte':
    case 'lt':
    case 'lte':
      return isComparable(filter.value) ? [buildSide(filter.kind, filter.value)] : undefined
    case 'regex': {
      const { prefix } = filter.pattern
      if (prefix === '') return undefined
      const low = encodeKey(toText(prefix)).subarray(0, -2)
      return [{ low, high: findEnd(low) }]
    }
    default:
      return undefined
  }
}

/** Tells whether a condition asks for one value. */
export function isPoint(filter: Filter): boolean {
  return filter.kind === 'eq' || (filter.kind === 'in' && filter.values.length === 1)
}

function isUsable(value: Value): boolean {
  return !value.isArray && value.type !== TYPE.regex && value.type !== TYPE.undefined
}

function isComparable(value: Value): boolean {
  const special: number[] = [TYPE.null, TYPE.minKey, TYPE.maxKey]
  return isUsable(value) && !special.includes(value.type) && !(isNumber(value) && Number.isNaN(toNumber(value)))
}

function buildPoint(value: Value): Bounds {
  const low = encodeKey(value)
  return { low, high: findEnd(low) }
}

function buildPoints(values: readonly Value[]): readonly Bounds[] {
  const sorted = values.map(buildPoint).sort((a, b) => Buffer.compare(a.low, b.low))
  return sorted.filter((each, index) => index === 0 || !each.low.equals((sorted[index - 1] as Bounds).low))
}

function buildSide(kind: 'gt' | 'gte' | 'lt' | 'lte', value: Value): Bounds {
  const key = encodeKey(value)
  const type = Buffer.from([rankType(value) + 1])
  if (kind === 'gt') return { low: findEnd(key), high: findEnd(type) }
  if (kind === 'gte') return { low: key, high: findEnd(type) }
  return { low: type, high: kind === 'lt' ? key : findEnd(key) }
}

/** Intersects two bounds of one field. */
export function intersect(a: Bounds, b: Bounds): Bounds {
  return {
    low: Buffer.compare(a.low, b.low) > 0 ? a.low : b.low,
    high: Buffer.compare(a.high, b.high) < 0 ? a.high : b.high,
  }
}

/** Builds the range of index keys behind a prefix; keys that may be cut are met by their beginnings. */
export function buildRange(
  prefix: Buffer,
  bounds: Bounds,
  direction: 1 | -1,
): { start: Buffer; end: Buffer } | undefined {
  if (Buffer.compare(bounds.low, bounds.high) >= 0) return undefined
  const [from, to] =
    direction === 1 ? [bounds.low, bounds.high] : [findEnd(invertKey(bounds.high)), findEnd(invertKey(bounds.low))]
  return cutRange(Buffer.concat([prefix, from]), Buffer.concat([prefix, to]))
}

const MIN_KEPT_BYTES = MAX_KEY_BYTES - 32

/** Shortens a range as keys are shortened. */
export function cutRange(start: Buffer, end: Buffer): { start: Buffer; end: Buffer } {
  return {
    start: start.length > MIN_KEPT_BYTES ? start.subarray(0, MIN_KEPT_BYTES) : start,
    end: end.length > MIN_KEPT_BYTES ? findEnd(end.subarray(0, MIN_KEPT_BYTES)) : end,
  }
}
