// Whoever reaches the socket can send anything. A length is judged before memory is taken for it, every document is walked before it is read,
// and what is no message ends the connection, never the server.

import { CODES, CommandError } from '../errors.ts'
import { MAX_MESSAGE_BYTES } from '../limits.ts'
import { buildArray, buildDocument, fromBytes, toText } from '../values/build.ts'
import { assertDocument } from '../values/validate.ts'
import type { Value } from '../values/value.ts'

/** A frame that is no message; the connection must end. */
export class FrameError extends Error {}

export interface Message {
  readonly id: number
  readonly body: Value
  /** No answer is wanted. */
  readonly moreToCome: boolean
  /** What is wrong with its documents though they are well formed: too large, nested too deep. */
  readonly refusal?: CommandError
  /** It came as the old OP_QUERY, and is answered as such. */
  readonly legacy: boolean
}

const HEADER_BYTES = 16
const OP = { reply: 1, query: 2004, msg: 2013 } as const
const MORE_TO_COME = 2
const REQUIRED_FLAGS = 0xffff

/** Cuts a stream of bytes into frames. */
export class Frames {
  #chunks: Buffer[] = []
  #length = 0

  /** Takes bytes and gives the frames that are now whole. */
  add(chunk: Buffer): Buffer[] {
    this.#chunks.push(chunk)
    this.#length += chunk.length
    const frames: Buffer[] = []
    for (;;) {
      const size = this.#size()
      if (size === undefined || this.#length < size) return frames
      const all = this.#joined()
      frames.push(all.subarray(0, size))
      this.#chunks = all.length > size ? [all.subarray(size)] : []
      this.#length -= size
    }
  }

  #size(): number | undefined {
    if (this.#length < 4) return undefined
    const first = this.#chunks[0] as Buffer
    const size = (first.length >= 4 ? first : this.#joined()).readInt32LE(0)
    if (size < HEADER_BYTES + 5 || size > MAX_MESSAGE_BYTES) throw new FrameError('length')
    return size
  }

  #joined(): Buffer {
    if (this.#chunks.length > 1) this.#chunks = [Buffer.concat(this.#chunks)]
    return this.#chunks[0] as Buffer
  }
}

/** Parses a frame. */
export function parseMessage(frame: Buffer): Message {
  const id = frame.readInt32LE(4)
  const operation = frame.readInt32LE(12)
  if (operation === OP.msg) return parseMsg(id, frame)
  if (operation === OP.query) return parseQuery(id, frame)
  throw new FrameError('operation')
}

function parseMsg(id: number, frame: Buffer): Message {
  const flags = frame.readUInt32LE(HEADER_BYTES)
  if ((flags & REQUIRED_FLAGS & ~MORE_TO_COME) !== 0) throw new FrameError('flags')
  const moreToCome = (flags & MORE_TO_COME) !== 0
  try {
    return { id, body: parseSections(frame, frame.length), moreToCome, legacy: false }
  } catch (error) {
    if (!(error instanceof CommandError) || error.code === CODES.InvalidBSON) throw error
    return { id, body: buildDocument(), refusal: error, moreToCome, legacy: false }
  }
}

function parseSections(frame: Buffer, end: number): Value {
  let body: Buffer | undefined
  const sequences = new Map<string, Value>()
  for (let at = HEADER_BYTES + 4; at < end; ) {
    const kind = frame[at++]
    if (kind === 0) {
      if (body !== undefined) throw new FrameError('two bodies')
      body = readDocument(frame, at, end)
      at += body.length
    } else if (kind === 1) {
      const size = readSize(frame, at, end)
      parseSequence(frame.subarray(at + 4, at + size), sequences)
      at += size
    } else throw new FrameError('section')
  }
  if (body === undefined) throw new FrameError('no body')
  assertDocument(body)
  if (sequences.size === 0) return fromBytes(body)
  const fields = new Map(fromBytes(body).fields)
  for (const [name, documents] of sequences) {
    if (fields.has(name)) throw new FrameError('a field twice')
    fields.set(name, documents)
  }
  return buildDocument(fields)
}

function parseSequence(bytes: Buffer, into: Map<string, Value>): void {
  const nameEnd = bytes.indexOf(0)
  if (nameEnd === -1) throw new FrameError('sequence')
  const name = bytes.toString('utf8', 0, nameEnd)
  if (into.has(name)) throw new FrameError('a sequence twice')
  const documents: Value[] = []
  for (let at = nameEnd + 1; at < bytes.length; ) {
    const each = readDocument(bytes, at, bytes.length)
    assertDocument(each)
    documents.push(fromBytes(each))
    at += each.length
  }
  into.set(name, buildArray(documents))
}

function readDocument(bytes: Buffer, at: number, end: number): Buffer {
  return bytes.subarray(at, at + readSize(bytes, at, end))
}

function readSize(bytes: Buffer, at: number, end: number): number {
  if (at + 5 > end) throw new FrameError('end')
  const size = bytes.readInt32LE(at)
  if (size < 5 || at + size > end) throw new FrameError('size')
  return size
}

function parseQuery(id: number, frame: Buffer): Message {
  const nameEnd = frame.indexOf(0, HEADER_BYTES + 4)
  if (nameEnd === -1 || nameEnd + 9 > frame.length) throw new FrameError('query')
  const name = frame.toString('utf8', HEADER_BYTES + 4, nameEnd)
  if (!name.endsWith('.$cmd')) throw new FrameError('only commands')
  const body = readDocument(frame, nameEnd + 9, frame.length)
  assertDocument(body)
  const command = [...fromBytes(body).fields.keys()][0] ?? ''
  if (!/^(hello|ismaster)$/i.test(command)) throw new FrameError('only hello')
  const fields = new Map(fromBytes(body).fields)
  fields.set('$db', toText(name.slice(0, -5)))
  return { id, body: buildDocument(fields), moreToCome: false, legacy: true }
}

let replies = 0

/** Builds the frame that answers a message. */
export function buildReply(message: Message, reply: Value): Buffer {
  const head = message.legacy ? 36 : 21
  const frame = Buffer.allocUnsafe(head + reply.size)
  frame.fill(0, 0, head)
  frame.writeInt32LE(frame.length, 0)
  replies = (replies + 1) | 0
  frame.writeInt32LE(replies, 4)
  frame.writeInt32LE(message.id, 8)
  frame.writeInt32LE(message.legacy ? OP.reply : OP.msg, 12)
  if (message.legacy) {
    frame.writeInt32LE(8, 16)
    frame.writeInt32LE(1, 32)
  }
  reply.write(frame, head)
  return frame
}
