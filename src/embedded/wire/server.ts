import type { Server, Socket } from 'node:net'
import type { Engine } from '../storage/engine.ts'
import { Connection } from './connection.ts'

/** How long answers may take to be given and read at the end. */
const MAX_GOODBYE_MS = 3000

/** Answers the connections of a listening server until it is closed. */
export class WireServer {
  readonly #server: Server
  readonly #open = new Map<Socket, Connection>()
  #count = 0

  /** `fail` hears of errors that are no answers: the state is unknown then, and the process must end. */
  constructor(engine: Engine, server: Server, secret: string | undefined, fail: (error: unknown) => void) {
    this.#server = server
    server.on('connection', (socket) => {
      this.#open.set(socket, new Connection(engine, socket, ++this.#count, secret, fail))
      socket.on('close', () => this.#open.delete(socket))
    })
    server.on('error', fail)
  }

  /** Takes no more connections, answers what was asked, then ends; a client that does not read is not waited for long. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()))
    for (const socket of this.#open.keys()) socket.pause()
    const until = performance.now() + MAX_GOODBYE_MS
    const isBusy = () => [...this.#open.values()].some((connection) => connection.isBusy)
    while (isBusy() && performance.now() < until) await new Promise(setImmediate)
    for (const socket of this.#open.keys()) socket.destroySoon()
    const cut = setTimeout(() => {
      for (const socket of this.#open.keys()) socket.destroy()
    }, until - performance.now())
    await closed
    clearTimeout(cut)
  }
}
