import { CODES, CommandError, refused } from '../errors.ts'
import { isNumber, toNumber } from '../values/numbers.ts'
import { TYPE, type Value } from '../values/value.ts'
import type { Command, Request } from './command.ts'

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

/** Judges what every command may carry: transactions are refused, concerns are met as they are, unknown fields are errors. */
export function checkGeneric(command: Command, request: Request): void {
  const fields = request.body.fields
  if (fields.has('startTransaction') || fields.get('autocommit')?.bytes[0] === 0 || fields.has('txnNumber'))
    throw refused(CODES.IllegalOperation, 'Transaction numbers are only allowed on a replica set member or mongos')
  for (const name of fields.keys())
    if (name !== request.name && !command.fields.includes(name) && !GENERIC_FIELDS.includes(name))
      throw refused(CODES.UnknownField, `BSON field '${request.name}.${name}' is an unknown field.`)
  checkWriteConcern(fields.get('writeConcern'))
  checkReadConcern(fields.get('readConcern'))
}

function checkWriteConcern(concern: Value | undefined): void {
  const w = concern?.isObject === true ? concern.fields.get('w') : undefined
  if (w !== undefined && isNumber(w) && toNumber(w) > 1)
    throw new CommandError(CODES.BadValue, "cannot use 'w' > 1 when a host is not replicated")
  if (w !== undefined && w.type === TYPE.string && w.text !== 'majority')
    throw new CommandError(CODES.BadValue, "cannot use non-majority 'w' mode when a host is not replicated")
}

function checkReadConcern(concern: Value | undefined): void {
  const level = concern?.isObject === true ? concern.fields.get('level') : undefined
  if (level === undefined || level.type !== TYPE.string || ['local', 'available', 'majority'].includes(level.text))
    return
  throw refused(CODES.NotImplemented, `read concern '${level.text}' is not supported`)
}

/** The session's id in hex, or nothing. */
export function sessionOf(request: Request): string {
  return request.body.fields.get('lsid')?.fields.get('id')?.bytes.toString('hex') ?? ''
}
