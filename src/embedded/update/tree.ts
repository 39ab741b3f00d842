import { CODES, CommandError } from '../errors.ts'
import { document } from '../values/make.ts'
import { show } from '../values/show.ts'
import type { Value } from '../values/value.ts'
import type { Modifier } from './modifiers.ts'

export type Path = readonly string[]

export interface Applied {
  readonly modifier: Modifier
  readonly dotted: string
  /** The document as it was, for messages. */
  readonly root: Value
  /** Set by a modifier that counts as a change though nothing differs. */
  counts: boolean
}

/** The document with one path changed; parts on the way are made where the modifier makes something. */
export function change(from: Value, path: Path, applied: Applied): Value {
  const [name, ...rest] = path as [string, ...string[]]
  const there = from.fields.get(name)
  const next = rest.length === 0 ? applied.modifier.apply(there, applied) : within(there, name, rest, applied)
  if (next === there) return from
  const fields = new Map(from.fields)
  if (next === undefined) fields.delete(name)
  else fields.set(name, next)
  return document(fields)
}

function within(there: Value | undefined, name: string, rest: Path, applied: Applied): Value | undefined {
  if (there === undefined) return applied.modifier.creates ? created(rest, applied) : undefined
  if (there.isObject) return change(there, rest, applied)
  if (applied.modifier.ignoresObstacles) return there
  throw new CommandError(CODES.PathNotViable, `Cannot create field '${rest[0]}' in element {${name}: ${show(there)}}`)
}

function created(path: Path, applied: Applied): Value | undefined {
  const [name, ...rest] = path as [string, ...string[]]
  const value = rest.length === 0 ? applied.modifier.apply(undefined, applied) : created(rest, applied)
  return value && document(new Map([[name, value]]))
}

/** `{_id: 1}`, as messages name a document. */
export function nameOf({ root }: Applied): string {
  const id = root.fields.get('_id')
  return id === undefined ? '{no id}' : `{_id: ${show(id)}}`
}

/** The last part of the path, as messages name a field. */
export function lastOf({ dotted }: Applied): string {
  return dotted.slice(dotted.lastIndexOf('.') + 1)
}
