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

const resolveFile = (name: string) => fileURLToPath(new URL(name, import.meta.url))

const START = resolveFile('../../dist/embedded/start.js')

/** Starts a process that serves a directory. @throws Error with its output if it fails */
export async function serve(directory: string, ttlSweepMs = 60_000): Promise<Child> {
  const child = fork(resolveFile('./served.mjs'), [START, directory, `${ttlSweepMs}`], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })
  let errors = ''
  child.stderr?.on('data', (chunk) => {
    errors += chunk
  })
  const exited = once(child, 'exit')
  const [message] = await Promise.race([
    once(child, 'message') as Promise<[{ uri: string; startedIn: number }]>,
    exited.then(() => {
      throw new Error(errors)
    }),
  ])
  const kill = async () => {
    child.kill('SIGKILL')
    await exited
  }
  return { ...message, process: child, kill }
}
