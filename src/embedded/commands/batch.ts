import { CODES, CommandError } from '../errors.ts'
import { PAUSE } from '../query/find.ts'
import type { Engine } from '../storage/engine.ts'
import { long } from '../values/make.ts'
import type { Value } from '../values/value.ts'
import type { Reply } from './command.ts'
import { MAX_DOCUMENT } from './hello.ts'

/** How long a search may go on before others get their turn, in milliseconds. */
const TURN = 8

/** Takes rows one after the other until the taker has enough; lets other commands go first now and then. True where the rows came to an end. */
export async function take<T>(
  rows: Iterator<T | typeof PAUSE, unknown>,
  deadline: number,
  taker: (row: T) => boolean,
): Promise<boolean> {
  let turn = performance.now()
  for (;;) {
    const next = rows.next()
    if (next.done === true) return true
    const now = performance.now()
    if (next.value !== PAUSE && !taker(next.value as T)) return false
    if (now < turn + TURN) continue
    if (now > deadline) throw new CommandError(CODES.MaxTimeMSExpired, 'operation exceeded time limit')
    await new Promise(setImmediate)
    turn = performance.now()
  }
}

export interface Source {
  readonly namespace: string
  readonly session: string
  readonly rows: Iterator<Value | typeof PAUSE, unknown>
  pending?: Value | undefined
}

/** One batch of a cursor: so many documents, and no more bytes than a document may have. */
export async function batchOf(
  source: Source,
  size: number,
  deadline: number,
): Promise<{ documents: Value[]; ended: boolean }> {
  const documents: Value[] = []
  let bytes = 0
  const fits = (document: Value) => {
    if (documents.length >= size || (documents.length > 0 && bytes + document.size > MAX_DOCUMENT)) {
      source.pending = document
      return false
    }
    documents.push(document)
    bytes += document.size + 10
    return true
  }
  const pending = source.pending
  source.pending = undefined
  if (pending !== undefined) fits(pending)
  if (documents.length === size && source.pending !== undefined) return { documents, ended: false }
  const ended = await take(source.rows, deadline, fits)
  return { documents, ended }
}

/** The answer that opens a cursor, and keeps it where there is more. */
export async function firstBatch(
  engine: Engine,
  source: Source,
  size: number,
  single: boolean,
  deadline: number,
): Promise<Reply> {
  const { documents, ended } = await batchOf(source, size, deadline)
  const id = ended || single ? 0n : engine.cursors.add({ ...source, pending: source.pending })
  return { cursor: { firstBatch: documents, id: long(id), ns: source.namespace } }
}
