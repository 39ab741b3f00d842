import type { Filter } from '../query/filter.ts'
import { parseFilter } from '../query/parse-filter.ts'
import { parseFieldPath } from '../query/path.ts'
import { fromPlain } from '../values/build.ts'
import { toNumber } from '../values/numbers.ts'
import type { Value } from '../values/value.ts'
import type { IndexField } from './index-keys.ts'

/** An index as it is kept; `multikey` and `cut` say what its entries have met so far. */
export interface Index {
  readonly id: number
  readonly name: string
  /** As it was asked for, and as listIndexes gives it. */
  readonly spec: Value
  readonly fields: readonly IndexField[]
  readonly unique: boolean
  readonly sparse: boolean
  readonly partial: Filter | undefined
  readonly expireAfterSeconds: number | undefined
  multikey: boolean
  cut: boolean
}

export const ID_SPEC = fromPlain({ v: 2, key: { _id: 1 }, name: '_id_' })

/** Parses an index from its specification. */
export function parseIndex(id: number, spec: Value, met = { multikey: false, cut: false }): Index {
  const field = (name: string) => spec.fields.get(name)
  const fields = [...(field('key') as Value).fields].map(
    ([name, direction]): IndexField => ({
      name,
      path: parseFieldPath(name),
      direction: toNumber(direction) < 0 ? -1 : 1,
    }),
  )
  const partial = field('partialFilterExpression')
  const expire = field('expireAfterSeconds')
  return {
    id,
    name: (field('name') as Value).text,
    spec,
    fields,
    unique: id === 0 || field('unique')?.bytes[0] === 1,
    sparse: field('sparse')?.bytes[0] === 1,
    partial: partial && parseFilter(partial),
    expireAfterSeconds: expire && toNumber(expire),
    ...met,
  }
}

/** Parses an index from its entry in the catalog. */
export function parseStoredIndex(stored: Value): Index {
  const flag = (name: string) => stored.fields.get(name)?.bytes[0] === 1
  const id = toNumber(stored.fields.get('id') as Value)
  return parseIndex(id, stored.fields.get('spec') as Value, { multikey: flag('multikey'), cut: flag('cut') })
}
