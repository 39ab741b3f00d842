import { CODES, CommandError, refuse } from '../errors.ts'
import type { Filter } from '../query/filter.ts'
import type { Path } from '../query/path.ts'
import { findPosition } from '../query/position.ts'
import { buildDocument } from '../values/build.ts'
import type { Value } from '../values/value.ts'
import type { Modifier } from './modifier.ts'
import { requireModifier } from './modifiers.ts'
import { assertNoConflict, comparePaths, createDollarError, parseUpdatePath } from './paths.ts'
import { changePath } from './tree.ts'

/** An update that has been judged and can be applied to any document. */
export interface Update {
  readonly isReplacement: boolean
  /** Gives the new document; when inserting, `$setOnInsert` takes part. */
  apply(before: Value, inserting: boolean): Outcome
}

export interface Outcome {
  readonly after: Value
  /** MongoDB counts it as a change though nothing differs: a replacement without `_id`, a `$push`. */
  readonly counts: boolean
}

interface Change {
  readonly path: Path
  readonly modifier: Modifier
  readonly onInsert: boolean
}

/** Parses and judges an update before any document is looked at. The filter says what `$` means. */
export function parseUpdate(spec: Value, filter: Filter, multi = false): Update {
  if (spec.isArray) throw refuse(CODES.NotImplemented, 'pipeline updates are not supported')
  if (!spec.isObject) throw new CommandError(CODES.FailedToParse, 'Update argument must be an object')
  const [first] = spec.fields.keys()
  if (first?.startsWith('$') === true) return buildModification(parseChanges(spec), filter)
  if (multi) throw new CommandError(CODES.FailedToParse, 'multi update is not supported for replacement-style update')
  return buildReplacement(spec)
}

function buildReplacement(spec: Value): Update {
  const dollar = [...spec.fields.keys()].find((name) => name.startsWith('$'))
  const own = spec.fields.get('_id')
  const rest = [...spec.fields].filter(([name]) => name !== '_id')
  const apply = (before: Value, inserting: boolean) => {
    if (dollar !== undefined && !inserting) throw createDollarError(dollar)
    const id = before.fields.get('_id')
    if (own !== undefined && id !== undefined && !own.isSame(id)) throw createIdError()
    const kept = id ?? own
    const after = buildDocument(new Map([...(kept === undefined ? [] : [['_id', kept] as const]), ...rest]))
    return { after, counts: own === undefined }
  }
  return { isReplacement: true, apply }
}

function parseChanges(spec: Value): readonly Change[] {
  const changes: Change[] = []
  for (const [operator, operand] of spec.fields) {
    const build = requireModifier(operator)
    if (!operand.isObject)
      throw new CommandError(CODES.FailedToParse, `${operator} operates on fields: {${operator}: {<field>: ...}}`)
    for (const [dotted, value] of operand.fields) {
      const path = parseUpdatePath(dotted)
      const modifier = build(value)
      assertNoConflict(
        changes.map((change) => change.path),
        path,
      )
      changes.push({ path, modifier, onInsert: operator === '$setOnInsert' })
    }
  }
  return changes.sort((a, b) => comparePaths(a.path, b.path))
}

function buildModification(changes: readonly Change[], filter: Filter): Update {
  const apply = (before: Value, inserting: boolean) => {
    let after = before
    let counts = false
    for (const { path, modifier, onInsert } of changes) {
      if (onInsert && !inserting) continue
      const application = { modifier, counts: false }
      after = changePath(after, resolvePath(path, filter, before), application)
      counts ||= application.counts
      if (path[0] === '_id') assertSameId(before, after)
    }
    return { after, counts }
  }
  return { isReplacement: false, apply }
}

function resolvePath(path: Path, filter: Filter, document: Value): Path {
  const at = path.indexOf('$')
  if (at === -1) return path
  return path.with(at, String(findPosition(filter, document, path.slice(0, at))))
}

function assertSameId(before: Value, after: Value): void {
  const id = before.fields.get('_id')
  if (id !== undefined && after.fields.get('_id')?.isSame(id) !== true) throw createIdError()
}

function createIdError(): CommandError {
  return new CommandError(CODES.ImmutableField, "the update would change the immutable field '_id'")
}
