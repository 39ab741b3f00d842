import { CODES, CommandError, refused } from '../errors.ts'
import type { Engine } from '../storage/engine.ts'
import type { Plain } from '../values/make.ts'
import { typeName, wholeNumber } from '../values/numbers.ts'
import { TYPE, type Value } from '../values/value.ts'

/** A command as it came: its document, with the document sequences as fields of it. */
export interface Request {
  readonly name: string
  readonly body: Value
  readonly db: string
  readonly connection: number
}

export interface Command {
  /** The fields it takes beside the generic ones; all others are refused. */
  readonly fields: readonly string[]
  run(engine: Engine, request: Request): Promise<Reply> | Reply
}

export type Reply = { readonly [name: string]: Plain | undefined }

/** A field of the request. */
export function field(request: Request, name: string): Value | undefined {
  const value = request.body.fields.get(name)
  return value?.type === TYPE.undefined ? undefined : value
}

/** The collection that the command names. */
export function collectionName(request: Request): string {
  const value = field(request, request.name) as Value
  if (value.type !== TYPE.string)
    throw new CommandError(CODES.BadValue, `collection name has invalid type ${typeName(value)}`)
  const name = value.text
  if (name === '' || name.includes('\0'))
    throw new CommandError(CODES.InvalidNamespace, `Invalid namespace specified '${request.db}.${name}'`)
  return name
}

export function documentField(request: Request, name: string): Value | undefined {
  return typed(request, name, TYPE.object, 'object')
}

export function arrayField(request: Request, name: string): Value | undefined {
  return typed(request, name, TYPE.array, 'array')
}

const MOST_STATEMENTS = 100_000

/** The statements of a write command: one at least. */
export function statementsField(request: Request, name: string): readonly Value[] {
  const items = arrayField(request, name)?.items
  if (items === undefined)
    throw new CommandError(CODES.MissingField, `BSON field '${request.name}.${name}' is missing but a required field`)
  if (items.length === 0 || items.length > MOST_STATEMENTS)
    throw new CommandError(
      CODES.InvalidLength,
      `Write batch sizes must be between 1 and ${MOST_STATEMENTS}. Got ${items.length} operations.`,
    )
  return items
}

function typed(request: Request, name: string, type: number, expected: string): Value | undefined {
  const value = field(request, name)
  if (value === undefined || value.type === type) return value
  throw wrongType(`${request.name}.${name}`, value, `'${expected}'`)
}

export function wrongType(name: string, value: Value, expected: string): CommandError {
  const plural = expected.startsWith('[') ? 's' : ''
  return new CommandError(
    CODES.TypeMismatch,
    `BSON field '${name}' is the wrong type '${typeName(value)}', expected type${plural} ${expected}`,
  )
}

/** A whole number that may not be negative. */
export function countField(request: Request, name: string, fallback: number): number {
  const value = field(request, name)
  if (value === undefined || value.type === TYPE.null) return fallback
  const number = wholeNumber(value, `${request.name}.${name}`)
  if (number < 0) throw new CommandError(51024, `BSON field '${name}' value must be >= 0, actual value '${number}'`)
  return number
}

export function boolField(request: Request, name: string, fallback: boolean): boolean {
  const value = field(request, name)
  return value === undefined ? fallback : boolOf(value, `${request.name}.${name}`)
}

/** A yes or no, that drivers may also send as a number. */
export function boolOf(value: Value, name: string): boolean {
  if (value.type === TYPE.bool) return value.bytes[0] === 1
  if (value.type === TYPE.int || value.type === TYPE.double || value.type === TYPE.long)
    return wholeNumber(value, name) !== 0
  throw wrongType(name, value, "'[bool, long, int, decimal, double']")
}

/** The fields of a statement inside a command; others are refused. */
export function onlyFields(value: Value, allowed: readonly string[], where: string): void {
  for (const name of value.fields.keys())
    if (!allowed.includes(name)) throw refused(CODES.UnknownField, `BSON field '${where}.${name}' is an unknown field.`)
}
