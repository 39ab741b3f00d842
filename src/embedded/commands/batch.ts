import { CODES, CommandError } from '../errors.ts'
import { MAX_DOCUMENT_BYTES } from '../limits.ts'
import type { Source } from '../storage/cursors.ts'
import type { Engine } from '../storage/engine.ts'
import { PAUSE } from '../storage/rows.ts'
import { toLong } from '../values/build.ts'
import type { Value } from '../values/value.ts'
import type { Reply } from './request.ts'

/** How long a search may go on before others get their turn. */
const MAX_TURN_MS = 8
export const FIRST_BATCH = 101

/** Takes rows until the taker has enough; lets other commands go first now and then. Tells whether the rows came to an end. */
export async function takeRows<T>(
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
    if (now < turn + MAX_TURN_MS) continue
    if (now > deadline) throw new CommandError(CODES.MaxTimeMSExpired, 'operation exceeded time limit')
    await new Promise(setImmediate)
    turn = performance.now()
  }
}

interface Batch {
  readonly documents: Value[]
  readonly ended: boolean
}

/** Reads one batch of a cursor: `size` documents, and no more bytes than a document may have. */
export async function readBatch(source: Source, size: number, deadline: number): Promise<Batch> {
  const documents: Value[] = []
  let bytes = 0
  const take = (document: Value) => {
    if (documents.length >= size || (documents.length > 0 && bytes + document.size > MAX_DOCUMENT_BYTES)) {
      source.pending = document
      return false
    }
    documents.push(document)
    bytes += document.size + 10
    return true
  }
  const { pending } = source
  source.pending = undefined
  if (pending !== undefined && !take(pending)) return { documents, ended: false }
  const ended = await takeRows(source.documents, deadline, take)
  return { documents, ended }
}

/** Opens a cursor with its first batch, and keeps it if there is more. */
export async function openCursor(
  engine: Engine,
  source: Source,
  deadline: number,
  size = FIRST_BATCH,
  single = false,
): Promise<Reply> {
  const { documents, ended } = await readBatch(source, size, deadline)
  const id = ended || single ? 0n : engine.cursors.add(source)
  return { cursor: { firstBatch: documents, id: toLong(id), ns: source.namespace } }
}
