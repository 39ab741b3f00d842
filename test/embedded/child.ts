import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

export interface Child {
  readonly uri: string
  /** How long the start took, in milliseconds. */
  readonly startedIn: number
  readonly process: ChildProcess
  kill(): Promise<void>
}

const file = (name: string) => fileURLToPath(new URL(name, import.meta.url))

const START = file('../../dist/embedded/start.js')

/** A process of its own that serves a directory; rejects with what it says when it does not. */
export async function serve(directory: string, ttlSweepMs = 60_000): Promise<Child> {
  const child = fork(file('./served.mjs'), [START, directory, `${ttlSweepMs}`], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })
  let complaint = ''
  child.stderr?.on('data', (chunk) => {
    complaint += chunk
  })
  const exited = once(child, 'exit')
  const [told] = await Promise.race([
    once(child, 'message') as Promise<[{ uri: string; startedIn: number }]>,
    exited.then(() => {
      throw new Error(complaint)
    }),
  ])
  const kill = async () => {
    child.kill('SIGKILL')
    await exited
  }
  return { ...told, process: child, kill }
}
