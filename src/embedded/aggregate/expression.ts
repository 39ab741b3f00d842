import { CODES, CommandError, refuse } from '../errors.ts'
import { isTruthy } from '../query/filter.ts'
import { parseFieldPath } from '../query/path.ts'
import type { Expression } from '../query/project.ts'
import { buildArray, buildDocument, NULL } from '../values/build.ts'
import { TYPE, type Value } from '../values/value.ts'
import { OPERATORS } from './operators.ts'

/** Parses an expression: a path such as `$a.b`, a constant, a document or array of expressions, or an operator. */
export function parseExpression(value: Value): Expression {
  if (value.type === TYPE.string && value.text.startsWith('$')) return parsePath(value.text)
  if (value.isArray) {
    const items = value.items.map(parseExpression)
    return (document) => buildArray(items.map((item) => item(document) ?? NULL))
  }
  if (!value.isObject) return () => value
  const [first, ...others] = value.fields
  if (first === undefined || !first[0].startsWith('$')) return parseDocument(value)
  if (others.length > 0) throw new CommandError(15983, 'an expression has exactly one operator')
  return parseOperator(...first)
}

function parsePath(text: string): Expression {
  if (text === '$$ROOT' || text === '$$CURRENT') return (document) => document
  if (text.startsWith('$$')) throw refuse(CODES.NotImplemented, `the variable '${text}' is not supported`)
  const path = parseFieldPath(text.slice(1))
  return (document) => readPath(document, path, 0)
}

/** Reads a path as expressions do: through an array, it is the array of what its documents have there. */
function readPath(value: Value | undefined, path: readonly string[], depth: number): Value | undefined {
  if (depth === path.length || value === undefined) return value
  if (value.isObject) return readPath(value.fields.get(path[depth] as string), path, depth + 1)
  if (!value.isArray) return undefined
  const found = value.items.map((item) => (item.isObject || item.isArray ? readPath(item, path, depth) : undefined))
  const isKept = (each: Value | undefined, at: number): each is Value =>
    each !== undefined && !(value.items[at]?.isArray === true && each.items.length === 0)
  return buildArray(found.filter(isKept))
}

function parseDocument(value: Value): Expression {
  const fields = [...value.fields].map(([name, each]) => {
    if (name.includes('.')) throw new CommandError(40235, `the field name '${name}' cannot have a dot`)
    if (name.startsWith('$')) throw new CommandError(40234, `the field name '${name}' cannot start with '$'`)
    return [name, parseExpression(each)] as const
  })
  return (document) => {
    const made = new Map<string, Value>()
    for (const [name, expression] of fields) {
      const part = expression(document)
      if (part !== undefined) made.set(name, part)
    }
    return buildDocument(made)
  }
}

function parseOperator(name: string, operand: Value): Expression {
  if (name === '$literal') return () => operand
  if (name === '$cond') return parseCond(operand)
  const operator = OPERATORS.get(name)
  if (operator === undefined) throw refuse(168, `Unrecognized expression '${name}'`)
  const operands = operand.isArray ? operand.items : [operand]
  const { min, max } = operator
  if (operands.length < min || operands.length > max)
    throw new CommandError(16020, `Expression ${name} does not take ${operands.length} arguments`)
  const expressions = operands.map(parseExpression)
  return (document) => operator.apply(expressions.map((each) => each(document)))
}

function parseCond(operand: Value): Expression {
  const names = ['if', 'then', 'else']
  const parts = operand.isObject ? names.map((name) => operand.fields.get(name)) : operand.isArray ? operand.items : []
  if (operand.isObject && [...operand.fields.keys()].some((name) => !names.includes(name)))
    throw new CommandError(17083, 'Unrecognized parameter to $cond')
  if (parts.some((part) => part === undefined)) throw new CommandError(17080, 'Missing parameter to $cond')
  if (parts.length !== 3) throw new CommandError(16020, 'Expression $cond takes exactly 3 arguments')
  const [condition, yes, no] = parts.map((part) => parseExpression(part as Value)) as [
    Expression,
    Expression,
    Expression,
  ]
  return (document) => (isTruthy(condition(document) ?? NULL) ? yes(document) : no(document))
}
