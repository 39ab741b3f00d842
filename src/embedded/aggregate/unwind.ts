import { CommandError } from '../errors.ts'
import { isTruthy } from '../query/filter.ts'
import { parseFieldPath } from '../query/path.ts'
import { PAUSE } from '../storage/rows.ts'
import { buildDocument, NULL, toLong } from '../values/build.ts'
import { TYPE, type Value } from '../values/value.ts'
import type { Documents, Stage } from './stage.ts'

interface Unwind {
  readonly path: readonly string[]
  readonly preserves: boolean
  readonly indexField: string | undefined
}

/** Parses `$unwind`: a path, or a document with one. */
export function parseUnwind(spec: Value): Stage {
  if (!spec.isObject && spec.type !== TYPE.string)
    throw new CommandError(15981, 'the $unwind stage takes a string or an object')
  const field = (name: string) => (spec.isObject ? spec.fields.get(name) : undefined)
  for (const name of spec.isObject ? spec.fields.keys() : [])
    if (!['path', 'preserveNullAndEmptyArrays', 'includeArrayIndex'].includes(name))
      throw new CommandError(28811, `unrecognized option to $unwind stage: ${name}`)
  const path = spec.isObject ? field('path') : spec
  if (path === undefined) throw new CommandError(28812, 'no path specified to $unwind stage')
  if (path.type !== TYPE.string) throw new CommandError(28808, 'the path of $unwind must be a string')
  if (!path.text.startsWith('$')) throw new CommandError(28818, "path option to $unwind stage should start with '$'")
  const preserves = field('preserveNullAndEmptyArrays')
  if (preserves !== undefined && preserves.type !== TYPE.bool)
    throw new CommandError(28809, 'preserveNullAndEmptyArrays must be a bool')
  const index = field('includeArrayIndex')
  if (index !== undefined && (index.type !== TYPE.string || index.text === ''))
    throw new CommandError(28810, 'includeArrayIndex must be a non-empty string')
  if (index?.text.startsWith('$') === true) throw new CommandError(28822, "includeArrayIndex cannot start with '$'")
  const unwind = {
    path: parseFieldPath(path.text.slice(1)),
    preserves: preserves !== undefined && isTruthy(preserves),
    indexField: index?.text,
  }
  return (documents) => unwindDocuments(documents, unwind)
}

function* unwindDocuments(documents: Documents, unwind: Unwind): Documents {
  for (const document of documents) {
    if (document === PAUSE) yield document
    else yield* unwindDocument(document, unwind)
  }
}

function* unwindDocument(document: Value, { path, preserves, indexField }: Unwind): Documents {
  const give = (changed: Value, index: bigint | undefined) =>
    indexField === undefined ? changed : setPath(changed, [indexField], index === undefined ? NULL : toLong(index))
  const value = path.reduce<Value | undefined>(
    (inner, part) => (inner?.isObject === true ? inner.fields.get(part) : undefined),
    document,
  )
  if (value?.isArray === true && value.items.length > 0)
    for (const [at, item] of value.items.entries()) yield give(setPath(document, path, item), BigInt(at))
  else if (value === undefined || value.isArray || value.type === TYPE.null || value.type === TYPE.undefined) {
    if (preserves) yield give(value?.isArray === true ? setPath(document, path, undefined) : document, undefined)
  } else yield give(document, undefined)
}

/** Sets or removes the field at a path of documents. */
export function setPath(document: Value, path: readonly string[], value: Value | undefined): Value {
  const [name, ...rest] = path as [string, ...string[]]
  const fields = new Map(document.fields)
  const inner = fields.get(name)
  const next = rest.length === 0 ? value : setPath(inner?.isObject === true ? inner : buildDocument(), rest, value)
  if (next === undefined) fields.delete(name)
  else fields.set(name, next)
  return buildDocument(fields)
}
