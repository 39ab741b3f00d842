import { type Server, startGatehouse } from '../bench/servers.ts'

const NO_LIMITS = { LIMIT_LOGIN: 'off', LIMIT_LOGIN_ADDRESS: 'off', LIMIT_SIGNUP_ADDRESS: 'off' }

/** Instances of the built service on one database. */
export class Instances {
  readonly #settings: Record<string, string>
  readonly #running: Server[] = []

  constructor(mongodbUri: string, dataDir: string) {
    this.#settings = { ...NO_LIMITS, MONGODB_URI: mongodbUri, DATA_DIR: dataDir }
  }

  async start(): Promise<void> {
    this.#running.push(await startGatehouse(this.#settings))
  }

  readonly pickUrl = (): string =>
    `http://127.0.0.1:${this.#running[Math.floor(Math.random() * this.#running.length)]?.port}`

  /** Kills an instance in the middle of whatever it does, and starts another in its place. */
  async crash(): Promise<void> {
    const instance = this.#running.shift()
    if (instance) process.kill(instance.pid, 'SIGKILL')
    await this.start()
  }

  async stop(): Promise<void> {
    await Promise.all(this.#running.map((instance) => instance.stop()))
  }
}
