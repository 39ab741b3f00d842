// A cursor that is never read to its end would keep memory for ever: they end after ten idle minutes, and there are only so many.

import { randomBytes } from 'node:crypto'
import type { PAUSE } from '../query/find.ts'
import type { Value } from '../values/value.ts'

export interface Cursor {
  readonly id: bigint
  readonly namespace: string
  /** The logical session that opened it, in hex, or nothing. */
  readonly session: string
  readonly rows: Iterator<Value | typeof PAUSE, unknown>
  /** A row that was taken and did not fit. */
  pending: Value | undefined
  lastUsed: number
}

const IDLE = 10 * 60 * 1000
const MOST = 1000

/** The open cursors of all connections. */
export class Cursors {
  readonly #open = new Map<bigint, Cursor>()

  /** Keeps a cursor; where there are too many, the one idle for longest ends. */
  add(cursor: Omit<Cursor, 'id' | 'lastUsed'>): bigint {
    this.sweep()
    if (this.#open.size >= MOST) {
      const [oldest] = [...this.#open.values()].sort((a, b) => a.lastUsed - b.lastUsed)
      if (oldest !== undefined) this.#open.delete(oldest.id)
    }
    const id = randomBytes(8).readBigInt64BE() & 0x7fffffffffffffffn
    this.#open.set(id, { ...cursor, id, lastUsed: Date.now() })
    return id
  }

  get(id: bigint): Cursor | undefined {
    this.sweep()
    return this.#open.get(id)
  }

  /** Keeps a cursor again that was taken out for its next batch. */
  restore(cursor: Cursor): void {
    this.#open.set(cursor.id, Object.assign(cursor, { lastUsed: Date.now() }))
  }

  end(id: bigint): boolean {
    return this.#open.delete(id)
  }

  endSession(session: string): void {
    for (const cursor of this.#open.values()) if (cursor.session === session) this.#open.delete(cursor.id)
  }

  sweep(now = Date.now()): void {
    for (const cursor of this.#open.values()) if (now - cursor.lastUsed > IDLE) this.#open.delete(cursor.id)
  }

  get count(): number {
    return this.#open.size
  }
}
