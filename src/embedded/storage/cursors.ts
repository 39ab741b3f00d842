// A cursor that is never read to its end would keep memory for ever: it ends after ten idle minutes, and there are only so many.

import { randomBytes } from 'node:crypto'
import type { Value } from '../values/value.ts'
import type { PAUSE } from './rows.ts'

/** What a cursor gives, and what was taken and did not fit into a batch. */
export interface Source {
  readonly namespace: string
  readonly documents: Iterator<Value | typeof PAUSE, unknown>
  pending?: Value | undefined
}

interface Cursor extends Source {
  lastUsed: number
}

const MAX_IDLE_MS = 10 * 60 * 1000
const MAX_CURSORS = 1000

/** The open cursors of all connections. */
export class Cursors {
  readonly #open = new Map<bigint, Cursor>()

  /** Keeps a cursor under a new id; if there are too many, the one idle for longest ends. */
  add(source: Source): bigint {
    this.endIdle()
    if (this.#open.size >= MAX_CURSORS) {
      const [oldest] = [...this.#open].sort(([, a], [, b]) => a.lastUsed - b.lastUsed)
      if (oldest !== undefined) this.#open.delete(oldest[0])
    }
    const id = randomBytes(8).readBigInt64BE() & 0x7fffffffffffffffn
    this.restore(id, source)
    return id
  }

  get(id: bigint): Cursor | undefined {
    this.endIdle()
    return this.#open.get(id)
  }

  /** Keeps a cursor again that was ended for its next batch. */
  restore(id: bigint, source: Source): void {
    this.#open.set(id, Object.assign(source, { lastUsed: Date.now() }))
  }

  end(id: bigint): boolean {
    return this.#open.delete(id)
  }

  endIdle(now = Date.now()): void {
    for (const [id, { lastUsed }] of this.#open) if (now - lastUsed > MAX_IDLE_MS) this.#open.delete(id)
  }

  get count(): number {
    return this.#open.size
  }
}
