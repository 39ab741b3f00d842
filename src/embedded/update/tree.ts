import { CODES, CommandError } from '../errors.ts'
import { isPosition, type Path } from '../query/path.ts'
import { buildArray, buildDocument, NULL } from '../values/build.ts'
import type { Value } from '../values/value.ts'
import type { Application } from './modifier.ts'

/** Longest gap that a position behind the end of an array may leave, filled with null. */
const MAX_BACKFILL = 1_500_000

/** Changes one path of a document or array; parts on the way are made if the modifier makes something. */
export function changePath(from: Value, path: Path, application: Application): Value {
  const [name, ...rest] = path as [string, ...string[]]
  const present = from.isArray ? from.items[Number(name)] : from.fields.get(name)
  const next =
    rest.length === 0 ? application.modifier.apply(present, application) : changeWithin(present, rest, application)
  if (next === present) return from
  return from.isArray ? setItem(from, Number(name), next) : setField(from, name, next)
}

function setField(from: Value, name: string, next: Value | undefined): Value {
  const fields = new Map(from.fields)
  if (next === undefined) fields.delete(name)
  else fields.set(name, next)
  return buildDocument(fields)
}

function setItem(from: Value, position: number, next: Value | undefined): Value {
  const items = [...from.items]
  if (position - items.length > MAX_BACKFILL)
    throw new CommandError(CODES.BadValue, `can't backfill more than ${MAX_BACKFILL} elements`)
  while (items.length < position) items.push(NULL)
  items[position] = next ?? NULL
  return buildArray(items)
}

function changeWithin(present: Value | undefined, rest: Path, application: Application): Value | undefined {
  if (present === undefined) return application.modifier.creates ? createPath(rest, application) : undefined
  if (present.isObject || (present.isArray && isPosition(rest[0]))) return changePath(present, rest, application)
  if (application.modifier.ignoresObstacles) return present
  throw new CommandError(CODES.PathNotViable, `Cannot create field '${rest[0]}' in a value that is no document`)
}

function createPath(path: Path, application: Application): Value | undefined {
  const [name, ...rest] = path as [string, ...string[]]
  const value = rest.length === 0 ? application.modifier.apply(undefined, application) : createPath(rest, application)
  return value && buildDocument(new Map([[name, value]]))
}
