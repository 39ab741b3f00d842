import { createRequire } from 'node:module'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads'
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

const MINUTE_MS = 60 * 1000

/** Starts the server in a thread of its own and gives its connection string once it answers. */
export async function startEmbedded(options: EmbeddedOptions): Promise<Embedded> {
  const directory = resolve(options.directory)
  const { port1: sign, port2: life } = new MessageChannel()
  const worker = spawnWorker({
    directory,
    database: options.database,
    ttlSweepMs: options.ttlSweepMs ?? MINUTE_MS,
    life,
  })
  let closing = false
  let died: (error: Error) => void = () => {}
  const failed = new Promise<Error>((settle) => {
    died = settle
  })
  worker.on('error', (error) => died(error))
  const ended = awaitEnd(worker, sign).then((how) => {
    if (!closing) died(new Error(`the embedded database ended by itself (${how})`))
  })
  const uri = await awaitReady(worker, failed)
  const close = async () => {
    if (!closing) {
      closing = true
      worker.postMessage('close')
    }
    await ended
  }
  return { uri, failed, close }
}

/** How long a thread may take from its last sign to its end. */
const MAX_ENDING_MS = 1000

/**
 * The end of the thread. One that dies in the middle of a write, for want of memory, never ends: LMDB's clean-up waits for the lock that this
 * very thread holds. Its death shows in its end of a channel, and since Node would wait for it at the end of the process, that end is then made short.
 */
function awaitEnd(worker: Worker, sign: MessagePort): Promise<string> {
  return new Promise((settle) => {
    let stuck: NodeJS.Timeout | undefined
    sign.once('close', () => {
      stuck = setTimeout(() => {
        process.once('exit', () => process.kill(process.pid, 'SIGKILL'))
        settle('in the middle of a write')
      }, MAX_ENDING_MS)
    })
    worker.once('exit', (code) => {
      clearTimeout(stuck)
      sign.removeAllListeners('close')
      settle(`${code}`)
    })
  })
}

/** From source, the thread first needs what lets Node read TypeScript. */
function spawnWorker(workerData: WorkerOptions): Worker {
  const data = { workerData, transferList: [workerData.life] }
  if (!import.meta.url.endsWith('.ts')) return new Worker(new URL('./worker.js', import.meta.url), data)
  const tsx = pathToFileURL(
    createRequire(import.meta.url)
      .resolve('tsx/esm/api')
      .replace(/cjs$/, 'mjs'),
  ).href
  const file = new URL('./worker.ts', import.meta.url).href
  const bootstrap = `import(${JSON.stringify(tsx)}).then(({ register }) => { register(); return import(${JSON.stringify(file)}) })`
  return new Worker(bootstrap, { ...data, eval: true, execArgv: [] })
}

function awaitReady(worker: Worker, failed: Promise<Error>): Promise<string> {
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
