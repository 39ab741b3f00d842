import type { Socket } from 'node:net'
import { runCommand, toErrorReply } from '../commands/run.ts'
import { CODES, CommandError } from '../errors.ts'
import type { Engine } from '../storage/engine.ts'
import { buildReply, FrameError, Frames, type Message, parseMessage } from './frames.ts'

/** A never-ending queue from one peer would take all memory; beyond this many requests the socket is not read. */
const MAX_WAITING = 100

/** One connection: its requests are answered in their order. */
export class Connection {
  readonly #engine: Engine
  readonly #socket: Socket
  readonly #id: number
  readonly #secret: string | undefined
  readonly #fail: (error: unknown) => void
  readonly #frames = new Frames()
  #waiting: Message[] = []
  #busy = false
  #known: boolean

  /** With a secret, nothing but a hello that names it is answered first. */
  constructor(engine: Engine, socket: Socket, id: number, secret: string | undefined, fail: (error: unknown) => void) {
    this.#engine = engine
    this.#socket = socket
    this.#id = id
    this.#secret = secret
    this.#fail = fail
    this.#known = secret === undefined
    socket.on('data', (chunk) => this.#receive(chunk))
    socket.on('error', () => socket.destroy())
    socket.on('drain', () => this.#work())
  }

  get isBusy(): boolean {
    return this.#busy || this.#waiting.length > 0
  }

  #receive(chunk: Buffer): void {
    try {
      for (const frame of this.#frames.add(chunk)) this.#waiting.push(parseMessage(frame))
    } catch (error) {
      if (!(error instanceof FrameError) && !(error instanceof CommandError)) throw error
      this.#socket.destroy()
      return
    }
    if (this.#waiting.length > MAX_WAITING) this.#socket.pause()
    this.#work()
  }

  #work(): void {
    if (this.#busy || this.#socket.writableNeedDrain) return
    const message = this.#waiting.shift()
    if (message === undefined) return
    if (this.#waiting.length <= MAX_WAITING && this.#socket.isPaused()) this.#socket.resume()
    this.#busy = true
    this.#answer(message).then(
      () => {
        this.#busy = false
        this.#work()
      },
      (error) => this.#fail(error),
    )
  }

  async #answer(message: Message): Promise<void> {
    if (this.#socket.destroyed) return
    const refusal = message.refusal ?? this.#checkSecret(message)
    const reply = refusal === undefined ? await runCommand(this.#engine, message.body, this.#id) : toErrorReply(refusal)
    if (!message.moreToCome && !this.#socket.destroyed) this.#socket.write(buildReply(message, reply))
  }

  #checkSecret({ body }: Message): CommandError | undefined {
    this.#known ||= body.fields.get('client')?.fields.get('application')?.fields.get('name')?.text === this.#secret
    return this.#known
      ? undefined
      : new CommandError(CODES.Unauthorized, 'the connection string of this server has a secret, which is missing')
  }
}
