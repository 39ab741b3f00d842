import { CODES, CommandError, refused } from '../errors.ts'
import { document } from '../values/make.ts'
import { typeName } from '../values/numbers.ts'
import { show } from '../values/show.ts'
import type { Value } from '../values/value.ts'
import { type Modifier, modifierOf } from './modifiers.ts'
import { change, type Path } from './tree.ts'

/** An update that has been judged and can be applied to any document. */
export interface Update {
  readonly replacement: boolean
  /** The new document; for an upsert, `$setOnInsert` takes part. */
  apply(before: Value, inserting: boolean): Outcome
}

export interface Outcome {
  readonly after: Value
  /** MongoDB counts it as a change though nothing differs: a replacement without `_id`, a `$push` that pushes and slices. */
  readonly counts: boolean
}

interface Change {
  readonly path: Path
  readonly dotted: string
  readonly modifier: Modifier
  readonly onInsert: boolean
}

/** Reads and judges an update before any document is looked at. */
export function updateOf(spec: Value, multi: boolean): Update {
  if (spec.isArray) throw refused(CODES.NotImplemented, 'pipeline updates are not supported')
  if (!spec.isObject)
    throw new CommandError(CODES.FailedToParse, 'Update argument must be either an object or an array')
  const [first] = spec.fields.keys()
  if (first?.startsWith('$') === true) return modifying(spec)
  if (multi) throw new CommandError(CODES.FailedToParse, 'multi update is not supported for replacement-style update')
  return replacing(spec)
}

function replacing(spec: Value): Update {
  const dollar = [...spec.fields.keys()].find((name) => name.startsWith('$'))
  const own = spec.fields.get('_id')
  const rest = [...spec.fields].filter(([name]) => name !== '_id')
  const apply = (before: Value, inserting: boolean) => {
    if (dollar !== undefined && !inserting) throw dollarName(dollar, dollar)
    const id = before.fields.get('_id')
    if (own !== undefined && id !== undefined && !own.same(id))
      throw new CommandError(
        CODES.ImmutableField,
        `After applying the update, the (immutable) field '_id' was found to have been altered to _id: ${show(own)}`,
      )
    const kept = id ?? own
    const after = document(new Map([...(kept === undefined ? [] : [['_id', kept] as const]), ...rest]))
    return { after, counts: own === undefined }
  }
  return { replacement: true, apply }
}

function dollarName(part: string, dotted: string): CommandError {
  return new CommandError(
    CODES.DollarPrefixedFieldName,
    `The dollar ($) prefixed field '${part}' in '${dotted}' is not allowed in the context of an update's replacement document. Consider using an aggregation pipeline with $replaceWith.`,
  )
}

function modifying(spec: Value): Update {
  const changes: Change[] = []
  for (const [operator, operand] of spec.fields) {
    const make = modifierOf(operator)
    if (!operand.isObject)
      throw new CommandError(
        CODES.FailedToParse,
        `Modifiers operate on fields but we found type ${typeName(operand)} instead. For example: {$mod: {<field>: ...}} not {${operator}: ${show(operand)}}`,
      )
    for (const [dotted, value] of operand.fields) {
      const path = updatePath(dotted)
      const next = { path, dotted, modifier: make(value, dotted), onInsert: operator === '$setOnInsert' }
      refuseConflict(changes, next)
      changes.push(next)
    }
  }
  changes.sort((a, b) => comparePaths(a.path, b.path))
  const apply = (before: Value, inserting: boolean) => {
    let after = before
    let counts = false
    for (const { path, dotted, modifier, onInsert } of changes) {
      if (onInsert && !inserting) continue
      const applied = { modifier, dotted, root: before, counts: false }
      after = change(after, path, applied)
      counts ||= applied.counts
      if (path[0] === '_id') refuseOtherId(before, after)
    }
    return { after, counts }
  }
  return { replacement: false, apply }
}

function updatePath(dotted: string): Path {
  if (dotted === '') throw new CommandError(CODES.EmptyFieldName, 'An empty update path is not valid.')
  const parts = dotted.split('.')
  if (parts.includes(''))
    throw new CommandError(
      CODES.EmptyFieldName,
      `The update path '${dotted}' contains an empty field name, which is not allowed.`,
    )
  for (const [index, part] of parts.entries()) {
    if (index > 0 && /^\$($|\[)/.test(part))
      throw refused(CODES.NotImplemented, `positional update '${dotted}' is not supported`)
    if (index > 0 && /^\d+$/.test(part))
      throw refused(CODES.NotImplemented, `numeric path component in '${dotted}' is not supported`)
    if (part.startsWith('$')) throw dollarName(part, dotted)
  }
  return parts
}

/** New fields appear in this order: by name, names that are numbers by number. */
function comparePaths(a: Path, b: Path): number {
  for (let at = 0; at < a.length && at < b.length; at++) {
    const x = a[at] as string
    const y = b[at] as string
    if (x === y) continue
    const numeric = /^\d+$/
    if (numeric.test(x) && numeric.test(y)) return Number(x) - Number(y) || (x < y ? -1 : 1)
    return Buffer.compare(Buffer.from(x), Buffer.from(y))
  }
  return a.length - b.length
}

/** No path may be changed twice, nor a part of what is changed. */
function refuseConflict(changes: readonly Change[], next: Change): void {
  const within = (path: Path, outer: Path) => outer.every((part, index) => path[index] === part)
  const other = changes.find(({ path }) => within(path, next.path) || within(next.path, path))
  if (other === undefined) return
  const shorter = other.path.length < next.path.length ? other : next
  throw new CommandError(
    CODES.ConflictingUpdateOperators,
    `Updating the path '${next.dotted}' would create a conflict at '${shorter.dotted}'`,
  )
}

function refuseOtherId(before: Value, after: Value): void {
  const id = before.fields.get('_id')
  if (id === undefined) return
  const now = after.fields.get('_id')
  if (now === undefined || !now.same(id))
    throw new CommandError(
      CODES.ImmutableField,
      "Performing an update on the path '_id' would modify the immutable field '_id'",
    )
}
