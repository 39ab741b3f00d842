import type { Socket } from 'node:net'
import { type Document, deserialize, serialize } from 'bson'

const OP_MSG = 2013
const HEADER_BYTES = 16
const FLAG_CHECKSUM = 1
const FLAG_MORE_TO_COME = 2
const AS_IS = { validation: { utf8: false } } as const

/** A command that a client sent. `document` holds the sequences (`documents`, `updates`, …) as arrays, too. */
export interface SeenCommand {
  command: string
  collection: string | undefined
  document: Document
}

export interface Failure {
  code: number
  codeName?: string
  errmsg?: string
  errorLabels?: string[]
}

/** Reads frames from a socket, until it ends or is cut. */
export async function* readFrames(socket: Socket): AsyncGenerator<Buffer> {
  let rest: Buffer = Buffer.alloc(0)
  for await (const chunk of readChunks(socket)) {
    rest = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk
    while (rest.length >= HEADER_BYTES && rest.length >= rest.readInt32LE(0)) {
      const length = rest.readInt32LE(0)
      yield rest.subarray(0, length)
      rest = rest.subarray(length)
    }
  }
}

/** Reads a socket, until it ends or is cut. */
async function* readChunks(socket: Socket): AsyncGenerator<Buffer> {
  try {
    yield* socket as AsyncIterable<Buffer>
  } catch {
    // Cut, by a peer or by a fault: the other side is told by the end of its own socket.
  }
}

/** Returns the number of a request. */
export const getRequestId = (frame: Buffer): number => frame.readInt32LE(4)

/** Returns the number of the request that a reply answers. */
export const getResponseTo = (frame: Buffer): number => frame.readInt32LE(8)

export function expectsNoReply(frame: Buffer): boolean {
  return (frame.readUInt32LE(HEADER_BYTES) & FLAG_MORE_TO_COME) !== 0
}

/** Reads the command of an OP_MSG frame; undefined for the OP_QUERY of a handshake. */
export function readCommand(frame: Buffer): SeenCommand | undefined {
  if (frame.readInt32LE(12) !== OP_MSG) return undefined
  const hasChecksum = (frame.readUInt32LE(HEADER_BYTES) & FLAG_CHECKSUM) !== 0
  const end = frame.length - (hasChecksum ? 4 : 0)
  const sequences: Document = {}
  let body: Document = {}
  let at = HEADER_BYTES + 4
  while (at < end) {
    const kind = frame.readUInt8(at)
    const size = frame.readInt32LE(at + 1)
    const section = frame.subarray(at + 1, at + 1 + size)
    if (kind === 0) body = deserialize(section, AS_IS)
    else Object.assign(sequences, readSequence(section))
    at += 1 + size
  }
  const command = Object.keys(body)[0] ?? ''
  const named: unknown = command === 'getMore' ? body.collection : body[command]
  const collection = typeof named === 'string' ? named : undefined
  return { command, collection, document: { ...body, ...sequences } }
}

function readSequence(section: Buffer): Document {
  const nameEnd = section.indexOf(0, 4)
  const documents: Document[] = []
  for (let at = nameEnd + 1; at < section.length; at += section.readInt32LE(at)) {
    documents.push(deserialize(section.subarray(at, at + section.readInt32LE(at)), AS_IS))
  }
  return { [section.toString('utf8', 4, nameEnd)]: documents }
}

/** Builds an error that replaces the server's reply. */
export function buildErrorReply(request: Buffer, failure: Failure): Buffer {
  const body = serialize({ ok: 0, ...failure })
  const head = Buffer.alloc(HEADER_BYTES + 5)
  head.writeInt32LE(head.length + body.length, 0)
  head.writeInt32LE(getRequestId(request), 8)
  head.writeInt32LE(OP_MSG, 12)
  return Buffer.concat([head, body])
}
