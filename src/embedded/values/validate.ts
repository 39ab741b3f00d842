// Bytes from a socket are not to be trusted: a length that lies would make later reads take what is not theirs, and a document nested without end
// would exhaust the stack. Everything received is walked once, here, before anything else reads it.

import { CODES, CommandError, refuse } from '../errors.ts'
import { measurePayload, TYPE } from './value.ts'

const MAX_DEPTH = 200
/** In bytes: a command is larger than the document in it. */
const MAX_RECEIVED_BYTES = 16 * 2 ** 20 + 16 * 1024

/** Asserts that bytes are one well-formed BSON document, of exactly their length. */
export function assertDocument(bytes: Buffer, depth = 0): void {
  if (bytes.length > MAX_RECEIVED_BYTES)
    throw new CommandError(
      CODES.BSONObjectTooLarge,
      `BSONObj size: ${bytes.length} is invalid. Size must be between 0 and ${MAX_RECEIVED_BYTES}(16MB)`,
    )
  if (bytes.length < 5 || bytes.readInt32LE(0) !== bytes.length || bytes[bytes.length - 1] !== 0)
    throw createMalformed('length')
  if (depth > MAX_DEPTH)
    throw new CommandError(CODES.Overflow, `BSONObj exceeds maximum nested object depth: ${MAX_DEPTH}`)
  const end = bytes.length - 1
  let at = 4
  while (at < end) {
    const type = bytes[at] as number
    const nameEnd = bytes.indexOf(0, at + 1)
    if (nameEnd === -1 || nameEnd >= end) throw createMalformed('field name')
    const start = nameEnd + 1
    if (start + measureFixedPart(type) > end) throw createMalformed('end')
    const size = measurePayload(bytes, type, start)
    if (size < 0 || start + size > end) throw createMalformed(`type ${type}`)
    assertPayload(bytes.subarray(start, start + size), type, depth)
    at = start + size
  }
}

const REFUSED_TYPES: readonly number[] = [TYPE.dbPointer, TYPE.code, TYPE.symbol, TYPE.codeWithScope]
const COUNTED_TYPES: readonly number[] = [TYPE.string, TYPE.object, TYPE.array]

function measureFixedPart(type: number): number {
  if (REFUSED_TYPES.includes(type)) throw refuse(CODES.NotImplemented, `BSON type ${type} is not supported`)
  if (type === TYPE.binary) return 5
  return COUNTED_TYPES.includes(type) ? 4 : 0
}

function assertPayload(payload: Buffer, type: number, depth: number): void {
  switch (type) {
    case TYPE.object:
    case TYPE.array:
      assertDocument(payload, depth + 1)
      return
    case TYPE.string:
      if (payload.length < 5 || payload[payload.length - 1] !== 0) throw createMalformed('string')
      return
    case TYPE.binary:
      if (payload.length < 5) throw createMalformed('binary')
      return
    case TYPE.bool:
      if ((payload[0] as number) > 1) throw createMalformed('bool')
      return
  }
}

function createMalformed(what: string): CommandError {
  return new CommandError(CODES.InvalidBSON, `malformed BSON: ${what}`)
}
