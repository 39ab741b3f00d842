import { CODES, CommandError } from '../errors.ts'
import type { Value } from '../values/value.ts'
import type { Filter } from './filter.ts'

/** Finds the equalities of a filter that the new document of an upsert starts with, by dotted path; for a replacement only `_id`. */
export function findSeeds(filter: Filter, onlyId = false, seeds = new Map<string, Value>()): Map<string, Value> {
  switch (filter.kind) {
    case 'eq':
      addSeed(seeds, onlyId, filter.name, filter.value)
      break
    case 'and':
      for (const each of filter.filters) findSeeds(each, onlyId, seeds)
      break
    case 'or':
      if (filter.filters.length === 1) findSeeds(filter.filters[0] as Filter, onlyId, seeds)
      break
    case 'in':
      if (filter.values.length === 1 && filter.patterns.length === 0)
        addSeed(seeds, onlyId, filter.name, filter.values[0] as Value)
  }
  return seeds
}

function addSeed(seeds: Map<string, Value>, onlyId: boolean, name: string, value: Value): void {
  if (onlyId && name !== '_id' && !name.startsWith('_id.')) return
  if (seeds.has(name))
    throw new CommandError(CODES.NotSingleValueField, `cannot infer fields to set, '${name}' is matched twice`)
  for (const other of seeds.keys())
    if (other.startsWith(`${name}.`) || name.startsWith(`${other}.`))
      throw new CommandError(CODES.NotSingleValueField, `cannot infer fields to set from both '${name}' and '${other}'`)
  seeds.set(name, value)
}
