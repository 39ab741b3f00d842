// Bytes from a socket are not to be trusted: a length that lies would make later reads take what is not theirs, and a document nested without end
// would exhaust the stack. Everything received is walked once, here, before anything else reads it.

import { CODES, CommandError } from '../errors.ts'
import { payloadSize, TYPE } from './value.ts'

/** How deep a document that is received may nest, and how large it may be: a command is larger than the document in it. */
export const MAX_DEPTH = 200
export const MAX_RECEIVED = 16 * 2 ** 20 + 16 * 1024

/** Throws unless the bytes are one well-formed BSON document, of exactly their length. */
export function validate(bytes: Buffer, depth = 0): void {
  if (bytes.length > MAX_RECEIVED)
    throw new CommandError(
      CODES.BSONObjectTooLarge,
      `BSONObj size: ${bytes.length} is invalid. Size must be between 0 and ${MAX_RECEIVED}(16MB)`,
    )
  if (bytes.length < 5 || bytes.readInt32LE(0) !== bytes.length || bytes[bytes.length - 1] !== 0)
    throw malformed('length')
  if (depth > MAX_DEPTH)
    throw new CommandError(CODES.Overflow, `BSONObj exceeds maximum nested object depth: ${MAX_DEPTH}`)
  const end = bytes.length - 1
  let at = 4
  while (at < end) {
    const type = bytes[at] as number
    const nameEnd = bytes.indexOf(0, at + 1)
    if (nameEnd === -1 || nameEnd >= end) throw malformed('field name')
    const start = nameEnd + 1
    if (start + fixedPart(type) > end) throw malformed('end')
    const size = payloadSize(bytes, type, start)
    if (size < 0 || start + size > end) throw malformed(`type ${type}`)
    checkPayload(bytes.subarray(start, start + size), type, depth)
    at = start + size
  }
}

function fixedPart(type: number): number {
  if (type === TYPE.binary) return 5
  if (type === TYPE.dbPointer) return 16
  const counted = [TYPE.string, TYPE.code, TYPE.symbol, TYPE.object, TYPE.array, TYPE.codeWithScope] as number[]
  return counted.includes(type) ? 4 : 0
}

function checkPayload(payload: Buffer, type: number, depth: number): void {
  switch (type) {
    case TYPE.object:
    case TYPE.array:
      validate(payload, depth + 1)
      return
    case TYPE.string:
    case TYPE.code:
    case TYPE.symbol:
      if (payload.length < 5 || payload[payload.length - 1] !== 0) throw malformed('string')
      return
    case TYPE.binary:
      if (payload.length < 5) throw malformed('binary')
      return
    case TYPE.bool:
      if ((payload[0] as number) > 1) throw malformed('bool')
      return
    case TYPE.codeWithScope:
      if (payload.length < 14) throw malformed('code')
      return
    case TYPE.dbPointer:
      if (payload.length < 17) throw malformed('pointer')
  }
}

function malformed(what: string): CommandError {
  return new CommandError(CODES.InvalidBSON, `malformed BSON: ${what}`)
}
