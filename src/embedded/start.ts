import { createRequire } from 'node:module'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Worker } from 'node:worker_threads'
import type { WorkerMessage, WorkerOptions } from './worker.ts'

export interface EmbeddedOptions {
  /** Made where there is none; one process at a time. */
  directory: string
  /** The database that the URI names. */
  database: string
  /** How often expired documents are removed; a minute by default. */
  ttlSweepMs?: number
}

export interface Embedded {
  uri: string
  /** Settles only when the server ends by itself: nothing can be trusted then, and the process should end. */
  failed: Promise<Error>
  close(): Promise<void>
}

/** Why a directory cannot be served: it is in use, cannot be written, or holds what is not ours. The message is for people. */
export class EmbeddedError extends Error {
  override readonly name = 'EmbeddedError'
}

const MINUTE = 60 * 1000

/** Starts the server in a thread of its own and gives its connection string once it answers. */
export async function startEmbedded(options: EmbeddedOptions): Promise<Embedded> {
  const directory = resolve(options.directory)
  const worker = spawn({ directory, database: options.database, ttlSweepMs: options.ttlSweepMs ?? MINUTE })
  let closing = false
  let died: (error: Error) => void = () => {}
  const failed = new Promise<Error>((settle) => {
    died = settle
  })
  const ended = new Promise<void>((settle) => worker.once('exit', () => settle()))
  worker.on('error', (error) => died(error))
  worker.once('exit', (code) => {
    if (!closing) died(new Error(`the embedded database ended by itself (${code})`))
  })
  const uri = await ready(worker, failed)
  const close = async () => {
    if (!closing) {
      closing = true
      worker.postMessage('close')
    }
    await ended
  }
  return { uri, failed, close }
}

/** From source, the thread first needs what lets Node read TypeScript. */
function spawn(workerData: WorkerOptions): Worker {
  if (!import.meta.url.endsWith('.ts')) return new Worker(new URL('./worker.js', import.meta.url), { workerData })
  const tsx = pathToFileURL(
    createRequire(import.meta.url)
      .resolve('tsx/esm/api')
      .replace(/cjs$/, 'mjs'),
  ).href
  const file = new URL('./worker.ts', import.meta.url).href
  const bootstrap = `import(${JSON.stringify(tsx)}).then(({ register }) => { register(); return import(${JSON.stringify(file)}) })`
  return new Worker(bootstrap, { workerData, eval: true, execArgv: [] })
}

function ready(worker: Worker, failed: Promise<Error>): Promise<string> {
  return new Promise((settle, reject) => {
    worker.once('message', (message: WorkerMessage) => {
      if (message.kind === 'ready') settle(message.uri)
      else
        reject(
          new EmbeddedError(
            message.kind === 'refused' ? message.message : 'the embedded database closed while starting',
          ),
        )
    })
    failed.then(reject)
  })
}
