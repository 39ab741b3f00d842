import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

export interface Child {
  readonly uri: string
  readonly process: ChildProcess
  kill(): Promise<void>
}

/** What to start: the source, or with EMBEDDED_START a built `start.js`, which starts sooner. */
const START = process.env.EMBEDDED_START ?? fileURLToPath(new URL('../../src/embedded/start.ts', import.meta.url))

/** A process of its own that serves a directory; rejects with what it says when it does not. */
export async function serve(directory: string): Promise<Child> {
  const child = fork(fileURLToPath(new URL('./served.mjs', import.meta.url)), [START, directory], {
    execArgv: START.endsWith('.ts') ? ['--import', 'tsx'] : [],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })
  let complaint = ''
  child.stderr?.on('data', (chunk) => {
    complaint += chunk
  })
  const exited = once(child, 'exit')
  const [uri] = await Promise.race([
    once(child, 'message') as Promise<[string]>,
    exited.then(() => {
      throw new Error(complaint)
    }),
  ])
  const kill = async () => {
    child.kill('SIGKILL')
    await exited
  }
  return { uri, process: child, kill }
}
