import { connect, type Socket } from 'node:net'
import { type Document, deserialize, serialize } from 'bson'

/** A connection without a driver, for frames that no driver sends. */
export class RawConnection {
  readonly #socket: Socket
  #bytes = Buffer.alloc(0)
  #waiting: (() => void)[] = []
  closed = false

  constructor(uri: string) {
    const path = decodeURIComponent(new URL(uri).host || (/^mongodb:\/\/([^/]+)\//.exec(uri)?.[1] as string))
    this.#socket = connect(path)
    this.#socket.on('data', (chunk) => {
      this.#bytes = Buffer.concat([this.#bytes, chunk])
      this.#wake()
    })
    this.#socket.on('close', () => {
      this.closed = true
      this.#wake()
    })
    this.#socket.on('error', () => {})
  }

  #wake(): void {
    for (const wake of this.#waiting.splice(0)) wake()
  }

  write(...bytes: Buffer[]): void {
    this.#socket.write(Buffer.concat(bytes))
  }

  /** Reads the next answer. Returns undefined if the connection has ended. */
  async read(): Promise<{ to: number; body: Document } | undefined> {
    for (;;) {
      const size = this.#bytes.length >= 4 ? this.#bytes.readInt32LE(0) : Number.POSITIVE_INFINITY
      if (this.#bytes.length >= size) {
        const frame = this.#bytes.subarray(0, size)
        this.#bytes = this.#bytes.subarray(size)
        return { to: frame.readInt32LE(8), body: deserialize(frame.subarray(frame.readInt32LE(12) === 1 ? 36 : 21)) }
      }
      if (this.closed) return undefined
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
  }

  end(): void {
    this.#socket.destroy()
  }
}

export const buildSection = (document: Document): Buffer => Buffer.concat([Buffer.from([0]), serialize(document)])

export function buildSequence(name: string, documents: readonly Document[]): Buffer {
  const content = Buffer.concat([Buffer.from(`${name}\0`), ...documents.map((each) => serialize(each))])
  const size = Buffer.alloc(4)
  size.writeInt32LE(content.length + 4)
  return Buffer.concat([Buffer.from([1]), size, content])
}

export function buildFrame(id: number, sections: readonly Buffer[], flags = 0, operation = 2013): Buffer {
  const body = Buffer.concat(sections)
  const head = Buffer.alloc(20)
  head.writeInt32LE(20 + body.length, 0)
  head.writeInt32LE(id, 4)
  head.writeInt32LE(operation, 12)
  head.writeUInt32LE(flags, 16)
  return Buffer.concat([head, body])
}
