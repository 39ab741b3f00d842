/** The type bytes of BSON. */
export const TYPE = {
  double: 1,
  string: 2,
  object: 3,
  array: 4,
  binary: 5,
  undefined: 6,
  objectId: 7,
  bool: 8,
  date: 9,
  null: 10,
  regex: 11,
  dbPointer: 12,
  code: 13,
  symbol: 14,
  codeWithScope: 15,
  int: 16,
  timestamp: 17,
  long: 18,
  decimal: 19,
  maxKey: 127,
  minKey: 255,
} as const

export type Fields = Map<string, Value>

/**
 * A BSON value: its type and its bytes or, for documents and arrays, its parts, which are read on first use. Values never change.
 * Bytes do not pass through JavaScript numbers, so types and digits survive.
 */
export class Value {
  readonly type: number
  #bytes: Buffer | undefined
  #fields: Fields | undefined
  #items: readonly Value[] | undefined

  constructor(type: number, bytes?: Buffer, fields?: Fields, items?: readonly Value[]) {
    this.type = type
    this.#bytes = bytes
    this.#fields = fields
    this.#items = items
  }

  get fields(): Fields {
    this.#fields ??= readFields(this.bytes)
    return this.#fields
  }

  get items(): readonly Value[] {
    this.#items ??= readItems(this.bytes)
    return this.#items
  }

  get bytes(): Buffer {
    if (this.#bytes === undefined) {
      const target = Buffer.allocUnsafe(this.size)
      this.#writeParts(target, 0)
      this.#bytes = target
    }
    return this.#bytes
  }

  get size(): number {
    if (this.#bytes !== undefined) return this.#bytes.length
    let size = 5
    if (this.#fields !== undefined)
      for (const [name, value] of this.#fields) size += 2 + Buffer.byteLength(name) + value.size
    else for (const [index, value] of this.items.entries()) size += 2 + String(index).length + value.size
    return size
  }

  /** Writes the value's bytes into a buffer and returns the offset behind them. */
  write(target: Buffer, offset: number): number {
    if (this.#bytes === undefined) return this.#writeParts(target, offset)
    target.set(this.#bytes, offset)
    return offset + this.#bytes.length
  }

  #writeParts(target: Buffer, offset: number): number {
    let at = offset + 4
    if (this.#fields !== undefined) for (const [name, value] of this.#fields) at = writeElement(target, at, name, value)
    else
      this.items.forEach((value, index) => {
        at = writeElement(target, at, String(index), value)
      })
    target[at++] = 0
    target.writeInt32LE(at - offset, offset)
    return at
  }

  /** Tells whether type and bytes are the same: what "changed" means for an update. */
  isSame(other: Value): boolean {
    return this.type === other.type && this.bytes.equals(other.bytes)
  }

  get isObject(): boolean {
    return this.type === TYPE.object
  }

  get isArray(): boolean {
    return this.type === TYPE.array
  }

  get text(): string {
    return this.bytes.toString('utf8', 4, this.bytes.length - 1)
  }
}

function writeElement(target: Buffer, offset: number, name: string, value: Value): number {
  target[offset] = value.type
  const end = offset + 1 + target.write(name, offset + 1)
  target[end] = 0
  return value.write(target, end + 1)
}

/** Measures the bytes that a value of a type takes at an offset; -1 for a type that BSON does not have. */
export function measurePayload(bytes: Buffer, type: number, at: number): number {
  switch (type) {
    case TYPE.null:
    case TYPE.undefined:
    case TYPE.minKey:
    case TYPE.maxKey:
      return 0
    case TYPE.bool:
      return 1
    case TYPE.int:
      return 4
    case TYPE.double:
    case TYPE.date:
    case TYPE.timestamp:
    case TYPE.long:
      return 8
    case TYPE.objectId:
      return 12
    case TYPE.decimal:
      return 16
    case TYPE.string:
    case TYPE.code:
    case TYPE.symbol:
      return 4 + bytes.readInt32LE(at)
    case TYPE.object:
    case TYPE.array:
    case TYPE.codeWithScope:
      return bytes.readInt32LE(at)
    case TYPE.binary:
      return 5 + bytes.readInt32LE(at)
    case TYPE.dbPointer:
      return 16 + bytes.readInt32LE(at)
    case TYPE.regex:
      return bytes.indexOf(0, bytes.indexOf(0, at) + 1) + 1 - at
    default:
      return -1
  }
}

function readFields(bytes: Buffer): Fields {
  const fields: Fields = new Map()
  const end = bytes.length - 1
  for (let at = 4; at < end; ) {
    const type = bytes[at] as number
    const nameEnd = bytes.indexOf(0, at + 1)
    const size = measurePayload(bytes, type, nameEnd + 1)
    const name = bytes.toString('utf8', at + 1, nameEnd)
    fields.set(name, new Value(type, bytes.subarray(nameEnd + 1, nameEnd + 1 + size)))
    at = nameEnd + 1 + size
  }
  return fields
}

function readItems(bytes: Buffer): Value[] {
  const items: Value[] = []
  const end = bytes.length - 1
  for (let at = 4; at < end; ) {
    const type = bytes[at] as number
    const start = bytes.indexOf(0, at + 1) + 1
    const size = measurePayload(bytes, type, start)
    items.push(new Value(type, bytes.subarray(start, start + size)))
    at = start + size
  }
  return items
}
