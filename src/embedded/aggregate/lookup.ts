import { CODES, CommandError, refuse } from '../errors.ts'
import { parseFieldPath, someValue } from '../query/path.ts'
import { searchRows } from '../query/search.ts'
import { UNSORTED } from '../query/sort.ts'
import type { Engine } from '../storage/engine.ts'
import { PAUSE } from '../storage/rows.ts'
import { buildArray, NULL } from '../values/build.ts'
import { TYPE, type Value } from '../values/value.ts'
import type { Documents, Stage } from './stage.ts'
import { setPath } from './unwind.ts'

const FIELDS = ['from', 'localField', 'foreignField', 'as'] as const

/** Parses `$lookup` by equality of a local and a foreign field. */
export function parseLookup(engine: Engine, db: string, spec: Value): Stage {
  if (!spec.isObject) throw new CommandError(CODES.FailedToParse, 'the $lookup specification must be an object')
  for (const [name, value] of spec.fields) {
    if (name === 'let' || name === 'pipeline')
      throw refuse(CODES.NotImplemented, `'${name}' in $lookup is not supported`)
    if (!FIELDS.some((each) => each === name))
      throw new CommandError(CODES.FailedToParse, `unknown argument to $lookup: ${name}`)
    if (value.type !== TYPE.string)
      throw new CommandError(CODES.FailedToParse, `$lookup argument '${name}' must be a string`)
  }
  const [from, local, foreign, as] = FIELDS.map((name) => spec.fields.get(name)?.text)
  if (from === undefined || local === undefined || foreign === undefined || as === undefined)
    throw new CommandError(CODES.FailedToParse, '$lookup requires from, localField, foreignField and as')
  const [localPath, foreignPath, asPath] = [local, foreign, as].map(parseFieldPath) as [string[], string[], string[]]
  return function* joinDocuments(documents): Documents {
    for (const document of documents) {
      if (document === PAUSE) {
        yield document
        continue
      }
      const values = collectValues(document, localPath)
      const filter = { kind: 'in', name: foreign, path: foreignPath, values, patterns: [] } as const
      const found: Value[] = []
      const collection = engine.catalog.get(db, from)
      for (const row of searchRows(engine.disk, collection, { filter, sort: UNSORTED, skip: 0, limit: 0 }))
        if (row === PAUSE) yield row
        else found.push(row.value)
      yield setPath(document, asPath, buildArray(found))
    }
  }
}

/** Collects what a document has at the local field: the elements of an array one by one; nothing counts as null. */
function collectValues(document: Value, path: readonly string[]): Value[] {
  const values: Value[] = []
  someValue(document, path, (value) => {
    if (value !== undefined && !value.isArray) values.push(value)
    return false
  })
  return values.length === 0 ? [NULL] : values
}
