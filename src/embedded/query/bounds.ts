import { after } from '../storage/layout.ts'
import { rank } from '../values/compare.ts'
import { complement, keyOf, MAX_KEY } from '../values/key.ts'
import { string } from '../values/make.ts'
import { isNumber, toNumber } from '../values/numbers.ts'
import { TYPE, type Value } from '../values/value.ts'
import type { Filter } from './filter.ts'

/** Bytes of one field's key, from and up to, not including. */
export interface Bounds {
  readonly low: Buffer
  readonly high: Buffer
}

/** What one condition asks of the keys of its field; undefined where an index cannot help. More than one bound comes from `$in`. */
export function boundsOf(filter: Filter): readonly Bounds[] | undefined {
  switch (filter.kind) {
    case 'eq':
      return usable(filter.value) ? [point(filter.value)] : undefined
    case 'in':
      return filter.patterns.length === 0 && filter.values.every(usable) ? points(filter.values) : undefined
    case 'gt':
    case 'gte':
    case 'lt':
    case 'lte':
      return comparable(filter.value) ? [side(filter.kind, filter.value)] : undefined
    case 'regex': {
      const { prefix } = filter.pattern
      if (prefix === '') return undefined
      const low = keyOf(string(prefix)).subarray(0, -2)
      return [{ low, high: after(low) }]
    }
    default:
      return undefined
  }
}

/** Is there at most one value per document that can meet it? */
export function isPoint(filter: Filter): boolean {
  return filter.kind === 'eq' || (filter.kind === 'in' && filter.values.length === 1)
}

function usable(value: Value): boolean {
  return !value.isArray && value.type !== TYPE.regex && value.type !== TYPE.undefined
}

function comparable(value: Value): boolean {
  const special: number[] = [TYPE.null, TYPE.minKey, TYPE.maxKey]
  return usable(value) && !special.includes(value.type) && !(isNumber(value) && Number.isNaN(toNumber(value)))
}

function point(value: Value): Bounds {
  const low = keyOf(value)
  return { low, high: after(low) }
}

function points(values: readonly Value[]): readonly Bounds[] {
  const sorted = values.map(point).sort((a, b) => Buffer.compare(a.low, b.low))
  return sorted.filter((each, index) => index === 0 || !each.low.equals((sorted[index - 1] as Bounds).low))
}

function side(kind: 'gt' | 'gte' | 'lt' | 'lte', value: Value): Bounds {
  const key = keyOf(value)
  const type = Buffer.from([rank(value) + 1])
  if (kind === 'gt') return { low: after(key), high: after(type) }
  if (kind === 'gte') return { low: key, high: after(type) }
  return { low: type, high: kind === 'lt' ? key : after(key) }
}

/** What two bounds of one field have in common. */
export function intersection(a: Bounds, b: Bounds): Bounds {
  return {
    low: Buffer.compare(a.low, b.low) > 0 ? a.low : b.low,
    high: Buffer.compare(a.high, b.high) < 0 ? a.high : b.high,
  }
}

/** The range of index keys behind a prefix; keys that may be cut are met by their beginnings. */
export function rangeOf(prefix: Buffer, bounds: Bounds, direction: 1 | -1): { start: Buffer; end: Buffer } | undefined {
  if (Buffer.compare(bounds.low, bounds.high) >= 0) return undefined
  const [from, to] =
    direction === 1 ? [bounds.low, bounds.high] : [after(complement(bounds.high)), after(complement(bounds.low))]
  return cutRange(Buffer.concat([prefix, from]), Buffer.concat([prefix, to]))
}

/** A cut key keeps at least so many of its bytes. */
const KEPT = MAX_KEY - 32

export function cutRange(start: Buffer, end: Buffer): { start: Buffer; end: Buffer } {
  return {
    start: start.length > KEPT ? start.subarray(0, KEPT) : start,
    end: end.length > KEPT ? after(end.subarray(0, KEPT)) : end,
  }
}
