import { CODES, CommandError, refuse } from '../errors.ts'
import type { Path } from '../query/path.ts'

/** Parses the path of an update; `$` may stand once, behind the path of an array. */
export function parseUpdatePath(dotted: string): Path {
  const parts = dotted.split('.')
  if (parts.includes(''))
    throw new CommandError(CODES.EmptyFieldName, `The update path '${dotted}' contains an empty field name`)
  for (const [index, part] of parts.entries()) {
    if (index > 0 && part.startsWith('$['))
      throw refuse(CODES.NotImplemented, `'${part}' in the update path '${dotted}' is not supported`)
    if (part.startsWith('$') && (part !== '$' || index === 0)) throw createDollarError(part)
  }
  if (parts.indexOf('$') !== parts.lastIndexOf('$'))
    throw new CommandError(CODES.BadValue, `Too many positional elements in the path '${dotted}'`)
  return parts
}

/** Creates the error for a field name that starts with a dollar. */
export function createDollarError(part: string): CommandError {
  return new CommandError(CODES.DollarPrefixedFieldName, `The dollar ($) prefixed field '${part}' is not allowed here`)
}

/** Compares paths in the order in which new fields appear: by name, names that are numbers by number. */
export function comparePaths(a: Path, b: Path): number {
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

/** Asserts that no path is changed twice, nor a part of what is changed. */
export function assertNoConflict(paths: readonly Path[], next: Path): void {
  const isWithin = (path: Path, outer: Path) => outer.every((part, index) => path[index] === part)
  if (paths.some((path) => isWithin(path, next) || isWithin(next, path)))
    throw new CommandError(
      CODES.ConflictingUpdateOperators,
      `Updating the path '${next.join('.')}' would create a conflict`,
    )
}
