import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url))
const NO_LIMITS = { LIMIT_LOGIN: 'off', LIMIT_LOGIN_ADDRESS: 'off', LIMIT_SIGNUP_ADDRESS: 'off' }

interface Instance {
  child: ChildProcess
  url: string
}

/** Instances of the built service on one database. */
export class Instances {
  readonly #settings: Record<string, string>
  #running: Instance[] = []

  constructor(mongodbUri: string, dataDir: string) {
    const quiet = { LOG_LEVEL: 'info', PORT: '0', SMTP_URL: '', NODE_ENV: 'development' }
    this.#settings = { ...NO_LIMITS, ...quiet, MONGODB_URI: mongodbUri, DATA_DIR: dataDir }
  }

  async start(): Promise<void> {
    const env = { PATH: process.env.PATH ?? '', ...this.#settings }
    const child = spawn(process.execPath, [MAIN], { env, stdio: ['ignore', 'pipe', 'inherit'] })
    for await (const line of createInterface(child.stdout)) {
      const { event, address } = JSON.parse(line)
      if (event !== 'process.listening') continue
      child.stdout.resume()
      this.#running.push({ child, url: address })
      return
    }
    throw new Error('An instance did not start.')
  }

  readonly pickUrl = (): string => this.#running[Math.floor(Math.random() * this.#running.length)]?.url ?? ''

  /** Kills an instance in the middle of whatever it does, and starts another in its place. */
  async crash(): Promise<void> {
    const [instance] = this.#running.splice(0, 1)
    instance?.child.kill('SIGKILL')
    await this.start()
  }

  async stop(): Promise<void> {
    await Promise.all(
      this.#running.map(({ child }) => {
        child.kill('SIGTERM')
        return once(child, 'close')
      }),
    )
  }
}
