import { CODES, CommandError, refuse } from '../errors.ts'
import { MAX_STATEMENTS } from '../limits.ts'
import type { Engine } from '../storage/engine.ts'
import type { Plain } from '../values/build.ts'
import { getTypeName, isNumber, readWholeNumber, toNumber } from '../values/numbers.ts'
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

/** Fields that every command takes. */
export const GENERIC_FIELDS: readonly string[] = [
  '$db',
  '$readPreference',
  '$clusterTime',
  'lsid',
  'txnNumber',
  'readConcern',
  'writeConcern',
  'comment',
  'maxTimeMS',
  'apiVersion',
  'apiStrict',
  'apiDeprecationErrors',
]

/** Asserts what every command may carry: no transaction, concerns that are met, no unknown field. */
export function assertGeneric(command: Command, request: Request): void {
  const { fields } = request.body
  assertNoTransaction(request)
  assertFields(request.body, [request.name, ...command.fields, ...GENERIC_FIELDS], request.name)
  const w = readOption(fields.get('writeConcern'), 'w')
  const isMet = w === undefined || (isNumber(w) ? toNumber(w) <= 1 : w.type === TYPE.string && w.text === 'majority')
  if (!isMet) throw new CommandError(CODES.BadValue, 'this host is not replicated: w takes 0, 1 or "majority"')
  const level = readOption(fields.get('readConcern'), 'level')
  if (level?.type === TYPE.string && !['local', 'available', 'majority'].includes(level.text))
    throw refuse(CODES.NotImplemented, `read concern '${level.text}' is not supported`)
}

export function assertNoTransaction({ body: { fields } }: Request): void {
  if (fields.has('startTransaction') || fields.get('autocommit')?.bytes[0] === 0 || fields.has('txnNumber'))
    throw refuse(CODES.IllegalOperation, 'Transaction numbers are only allowed on a replica set member or mongos')
}

function readOption(concern: Value | undefined, name: string): Value | undefined {
  return concern?.isObject === true ? concern.fields.get(name) : undefined
}

/** Asserts that a command, or a statement in it, has no other fields. */
export function assertFields(value: Value, allowed: readonly string[], where: string): void {
  for (const name of value.fields.keys())
    if (!allowed.includes(name)) throw refuse(CODES.UnknownField, `BSON field '${where}.${name}' is an unknown field.`)
}

/** Gets a field of the request. */
export function getField(request: Request, name: string): Value | undefined {
  const value = request.body.fields.get(name)
  return value?.type === TYPE.undefined ? undefined : value
}

/** Requires a field of a command or statement. */
export function requireField(value: Value, name: string, where: string): Value {
  const field = value.fields.get(name)
  if (field === undefined)
    throw new CommandError(CODES.MissingField, `BSON field '${where}.${name}' is missing but a required field`)
  return field
}

/** Reads the collection that the command names. */
export function readCollectionName(request: Request): string {
  const value = getField(request, request.name)
  if (value?.type !== TYPE.string) throw new CommandError(CODES.BadValue, 'the collection name must be a string')
  if (value.text === '' || value.text.includes('\0'))
    throw new CommandError(CODES.InvalidNamespace, `Invalid namespace specified '${request.db}.${value.text}'`)
  return value.text
}

export function getDocument(request: Request, name: string): Value | undefined {
  return assertType(getField(request, name), TYPE.object, `${request.name}.${name}`)
}

export function requireArray(request: Request, name: string): readonly Value[] {
  const value = requireField(request.body, name, request.name)
  assertType(value, TYPE.array, `${request.name}.${name}`)
  return value.items
}

function assertType(value: Value | undefined, type: number, name: string): Value | undefined {
  if (value === undefined || value.type === type) return value
  throw new CommandError(CODES.TypeMismatch, `BSON field '${name}' is the wrong type '${getTypeName(value)}'`)
}

/** Requires the statements of a write command: one at least. */
export function requireStatements(request: Request, name: string): readonly Value[] {
  const items = requireArray(request, name)
  if (items.length === 0 || items.length > MAX_STATEMENTS)
    throw new CommandError(CODES.InvalidLength, `Write batch sizes must be between 1 and ${MAX_STATEMENTS}`)
  return items
}

/** Reads a whole number that may not be negative. */
export function readCount(request: Request, name: string, fallback: number): number {
  const value = getField(request, name)
  if (value === undefined || value.type === TYPE.null) return fallback
  const number = readWholeNumber(value, `${request.name}.${name}`)
  if (number < 0) throw new CommandError(51024, `BSON field '${name}' must be >= 0, not ${number}`)
  return number
}

export function readFlag(request: Request, name: string, fallback: boolean): boolean {
  const value = getField(request, name)
  return value === undefined ? fallback : toBoolean(value, `${request.name}.${name}`)
}

/** Reads yes or no, which drivers may also send as a number. */
export function toBoolean(value: Value, name: string): boolean {
  if (value.type === TYPE.bool) return value.bytes[0] === 1
  if (isNumber(value)) return readWholeNumber(value, name) !== 0
  throw new CommandError(CODES.TypeMismatch, `BSON field '${name}' is the wrong type '${getTypeName(value)}'`)
}

/** Reads when a command must have its answer, on the clock of `performance`. */
export function readDeadline(request: Request): number {
  const limit = readCount(request, 'maxTimeMS', 0)
  return limit === 0 ? Number.POSITIVE_INFINITY : performance.now() + limit
}
