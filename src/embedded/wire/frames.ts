// Whoever reaches the socket can send anything. A length is judged before memory is taken for it, every document is walked before it is read,
// and what is no message ends the connection, never the server.

import { CODES, CommandError } from '../errors.ts'
import { array, string as databaseName, document, raw } from '../values/make.ts'
import { validate } from '../values/validate.ts'
import type { Value } from '../values/value.ts'
import { crc32c } from './checksum.ts'

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

const MAX_MESSAGE = 48_000_000
const HEADER = 16
const OP = { reply: 1, query: 2004, msg: 2013 } as const
const FLAG = { checksum: 1, moreToCome: 2 } as const
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
    if (size < HEADER + 5 || size > MAX_MESSAGE) throw new FrameError('length')
    return size
  }

  #joined(): Buffer {
    if (this.#chunks.length > 1) this.#chunks = [Buffer.concat(this.#chunks)]
    return this.#chunks[0] as Buffer
  }
}

/** Reads a frame. */
export function messageOf(frame: Buffer): Message {
  const id = frame.readInt32LE(4)
  const operation = frame.readInt32LE(12)
  if (operation === OP.msg) return opMsg(id, frame)
  if (operation === OP.query) return opQuery(id, frame)
  throw new FrameError('operation')
}

function opMsg(id: number, frame: Buffer): Message {
  const flags = frame.readUInt32LE(HEADER)
  if ((flags & REQUIRED_FLAGS & ~(FLAG.checksum | FLAG.moreToCome)) !== 0) throw new FrameError('flags')
  let end = frame.length
  if ((flags & FLAG.checksum) !== 0) {
    end -= 4
    if (end < HEADER + 5 || crc32c(frame.subarray(0, end)) !== frame.readUInt32LE(end)) throw new FrameError('checksum')
  }
  const moreToCome = (flags & FLAG.moreToCome) !== 0
  try {
    return { id, body: sections(frame, end), moreToCome, legacy: false }
  } catch (error) {
    if (!(error instanceof CommandError) || error.code === CODES.InvalidBSON) throw error
    return { id, body: document(), refusal: error, moreToCome, legacy: false }
  }
}

function sections(frame: Buffer, end: number): Value {
  let body: Buffer | undefined
  const sequences = new Map<string, Value>()
  for (let at = HEADER + 4; at < end; ) {
    const kind = frame[at++]
    if (kind === 0) {
      if (body !== undefined) throw new FrameError('two bodies')
      body = documentAt(frame, at, end)
      at += body.length
    } else if (kind === 1) {
      const size = sizeAt(frame, at, end)
      sequence(frame.subarray(at + 4, at + size), sequences)
      at += size
    } else throw new FrameError('section')
  }
  if (body === undefined) throw new FrameError('no body')
  validate(body)
  if (sequences.size === 0) return raw(body)
  const fields = new Map(raw(body).fields)
  for (const [name, documents] of sequences) {
    if (fields.has(name)) throw new FrameError('a field twice')
    fields.set(name, documents)
  }
  return document(fields)
}

function sequence(bytes: Buffer, into: Map<string, Value>): void {
  const nameEnd = bytes.indexOf(0)
  if (nameEnd === -1) throw new FrameError('sequence')
  const name = bytes.toString('utf8', 0, nameEnd)
  if (into.has(name)) throw new FrameError('a sequence twice')
  const documents: Value[] = []
  for (let at = nameEnd + 1; at < bytes.length; ) {
    const each = documentAt(bytes, at, bytes.length)
    validate(each)
    documents.push(raw(each))
    at += each.length
  }
  into.set(name, array(documents))
}

function documentAt(bytes: Buffer, at: number, end: number): Buffer {
  return bytes.subarray(at, at + sizeAt(bytes, at, end))
}

function sizeAt(bytes: Buffer, at: number, end: number): number {
  if (at + 5 > end) throw new FrameError('end')
  const size = bytes.readInt32LE(at)
  if (size < 5 || at + size > end) throw new FrameError('size')
  return size
}

function opQuery(id: number, frame: Buffer): Message {
  const nameEnd = frame.indexOf(0, HEADER + 4)
  if (nameEnd === -1 || nameEnd + 9 > frame.length) throw new FrameError('query')
  const name = frame.toString('utf8', HEADER + 4, nameEnd)
  if (!name.endsWith('.$cmd')) throw new FrameError('only commands')
  const body = documentAt(frame, nameEnd + 9, frame.length)
  validate(body)
  const command = [...raw(body).fields.keys()][0] ?? ''
  if (!/^(hello|ismaster)$/i.test(command)) throw new FrameError('only hello')
  const fields = new Map(raw(body).fields)
  fields.set('$db', databaseName(name.slice(0, -5)))
  return { id, body: document(fields), moreToCome: false, legacy: true }
}

let replies = 0

/** The frame that answers a message. */
export function replyFrame(message: Message, reply: Value): Buffer {
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
