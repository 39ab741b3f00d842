import { CODES, CommandError } from '../errors.ts'
import type { Value } from '../values/value.ts'
import type { Filter } from './filter.ts'

/** The equalities of a filter that a new document of an upsert starts with, by dotted path; of a replacement, only its `_id`. */
export function seedsOf(filter: Filter, onlyId = false, seeds = new Map<string, Value>()): Map<string, Value> {
  switch (filter.kind) {
    case 'eq':
      add(seeds, onlyId, filter.name, filter.value)
      break
    case 'and':
      for (const each of filter.filters) seedsOf(each, onlyId, seeds)
      break
    case 'or':
      if (filter.filters.length === 1) seedsOf(filter.filters[0] as Filter, onlyId, seeds)
      break
    case 'in':
      if (filter.values.length === 1 && filter.patterns.length === 0)
        add(seeds, onlyId, filter.name, filter.values[0] as Value)
  }
  return seeds
}

function add(seeds: Map<string, Value>, onlyId: boolean, name: string, value: Value): void {
  if (onlyId && name !== '_id' && !name.startsWith('_id.')) return
  if (seeds.has(name))
    throw new CommandError(
      CODES.NotSingleValueField,
      `cannot infer query fields to set, path '${name}' is matched twice`,
    )
  for (const other of seeds.keys())
    if (other.startsWith(`${name}.`) || name.startsWith(`${other}.`))
      throw new CommandError(
        CODES.NotSingleValueField,
        `cannot infer query fields to set, both paths '${[name, other].sort().join("' and '")}' are matched`,
      )
  seeds.set(name, value)
}
