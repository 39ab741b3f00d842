import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import { DATA_FILE, URI_FILE } from './files.ts'
import { openEngine } from './storage/engine.ts'
import { Expiry } from './storage/expiry.ts'
import { DataFileError } from './storage/format.ts'
import { listen, makeDirectory } from './wire/address.ts'
import { LockedError, lockDirectory } from './wire/lock.ts'
import { WireServer } from './wire/server.ts'

export interface WorkerOptions {
  readonly directory: string
  readonly database: string
  readonly ttlSweepMs: number
  /** Open for as long as the thread lives. */
  readonly life: MessagePort
}

/** What the worker tells: that it is ready, why it cannot start, that it has closed. */
export type WorkerMessage =
  | { readonly kind: 'ready'; readonly uri: string }
  | { readonly kind: 'refused'; readonly message: string }
  | { readonly kind: 'closed' }

async function serve(options: WorkerOptions): Promise<{ uri: string; close(): Promise<void> }> {
  const { directory, database, ttlSweepMs } = options
  makeDirectory(directory)
  const unlock = lockDirectory(directory)
  try {
    const engine = await openEngine(join(directory, DATA_FILE))
    const address = await listen(directory, database)
    const server = new WireServer(engine, address.server, address.secret, fail)
    const expiry = new Expiry(engine, ttlSweepMs, fail)
    const uriFile = join(directory, URI_FILE)
    rmSync(uriFile, { force: true })
    writeFileSync(uriFile, `${address.uri}\n`, { mode: 0o600 })
    const close = async () => {
      rmSync(uriFile, { force: true })
      await server.close()
      await expiry.close()
      await engine.writer.drain()
      await engine.disk.close()
      address.remove()
      unlock()
    }
    return { uri: address.uri, close }
  } catch (error) {
    unlock()
    throw error
  }
}

/** An error that is nobody's answer: what is in memory is not to be trusted any more. */
function fail(error: unknown): void {
  setImmediate(() => {
    throw error
  })
}

function tell(message: WorkerMessage): void {
  parentPort?.postMessage(message)
}

function explainRefusal(error: unknown, directory: string): string {
  if (error instanceof DataFileError) return error.message
  if (error instanceof LockedError)
    return `The directory ${directory} is in use by another process. Stop that process, or choose another directory (DATA_DIR).`
  const { code, message } = error as NodeJS.ErrnoException
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS')
    return `The directory ${directory} cannot be written (${code}). Give this user the right to, or choose another directory (DATA_DIR).`
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return `The disk of ${directory} is full (${code}). Make room, or choose another directory (DATA_DIR).`
  if (code === 'ENOTDIR' || code === 'EEXIST')
    return `${directory} is not a directory. Choose another directory (DATA_DIR).`
  return `The data file ${join(directory, DATA_FILE)} cannot be opened: ${message}. It was left as it is: restore it from a backup, or move it away to start empty.`
}

if (parentPort !== null) {
  const options = workerData as WorkerOptions
  try {
    const served = await serve(options)
    parentPort.once('message', async () => {
      await served.close()
      tell({ kind: 'closed' })
    })
    tell({ kind: 'ready', uri: served.uri })
  } catch (error) {
    tell({ kind: 'refused', message: explainRefusal(error, options.directory) })
  }
}
