import { CommandError, refuse } from '../errors.ts'
import type { Expression } from '../query/project.ts'
import { PAUSE } from '../storage/rows.ts'
import { buildDocument, NULL } from '../values/build.ts'
import { encodeKey } from '../values/keys.ts'
import type { Value } from '../values/value.ts'
import { ACCUMULATORS, type Accumulator } from './accumulators.ts'
import { parseExpression } from './expression.ts'
import type { Documents, Stage } from './stage.ts'

interface Output {
  readonly name: string
  readonly expression: Expression
  create(): Accumulator
}

interface Group {
  readonly id: Value
  readonly accumulators: readonly Accumulator[]
}

/** Parses `$group`: its key and what is gathered under each. */
export function parseGroup(spec: Value): Stage {
  if (!spec.isObject) throw new CommandError(15947, "a group's fields must be specified in an object")
  const id = spec.fields.get('_id')
  if (id === undefined) throw new CommandError(15955, 'a group specification must include an _id')
  const key = parseExpression(id)
  const outputs = [...spec.fields].filter(([name]) => name !== '_id').map(([name, value]) => parseOutput(name, value))
  return (documents) => groupDocuments(documents, key, outputs)
}

function parseOutput(name: string, value: Value): Output {
  if (name.includes('.')) throw new CommandError(40235, `The field name '${name}' cannot contain '.'`)
  if (name.startsWith('$')) throw new CommandError(40234, `The field name '${name}' cannot be an operator name`)
  if (!value.isObject || value.fields.size === 0 || ![...value.fields.keys()][0]?.startsWith('$'))
    throw new CommandError(40234, `The field '${name}' must be an accumulator object`)
  if (value.fields.size > 1) throw new CommandError(40238, `The field '${name}' must specify one accumulator`)
  const [[operator, operand]] = [...value.fields] as [[string, Value]]
  const create = ACCUMULATORS.get(operator)
  if (create === undefined) throw refuse(15952, `unknown group operator '${operator}'`)
  if (operand.isArray) throw new CommandError(40237, `The ${operator} accumulator is a unary operator`)
  return { name, expression: parseExpression(operand), create }
}

function* groupDocuments(documents: Documents, key: Expression, outputs: readonly Output[]): Documents {
  const groups = new Map<string, Group>()
  for (const document of documents) {
    if (document === PAUSE) {
      yield document
      continue
    }
    const id = key(document) ?? NULL
    const bytes = encodeKey(id).toString('latin1')
    const group = groups.get(bytes) ?? { id, accumulators: outputs.map(({ create }) => create()) }
    groups.set(bytes, group)
    for (const [at, { expression }] of outputs.entries()) group.accumulators[at]?.add(expression(document))
  }
  for (const { id, accumulators } of groups.values()) {
    const fields = outputs.map(({ name }, at) => [name, (accumulators[at] as Accumulator).finish()] as const)
    yield buildDocument(new Map([['_id', id], ...fields]))
  }
}
