import { type Drawer, drawAs } from './chance.ts'
import { writeText } from './texts.ts'

/** A call of a port that a verb waits for. */
export interface Call {
  readonly label: string
  readonly args: readonly unknown[]
}

/** Makes a call, and gives what it answers. */
export type Ask = (label: string, args: readonly unknown[]) => Promise<unknown>

/**
 * How far a verb has come. A verb knows nothing but what its calls have answered, so that it stands at the same place
 * whenever it has been told the same.
 */
export interface Place<End> {
  readonly number: number
  /** How many calls have been answered. */
  readonly taken: number
  /** The call that the verb waits for; null at its end. */
  readonly call: Call | null
  readonly end: End | null
  /** What it has been told, up to here. */
  readonly told: readonly unknown[]
  readonly next: Map<string, Place<End>>
}

/** A verb that is under way: it stands still at each call until that is answered. */
class Run<End> implements Drawer {
  readonly name: string
  drawn = 0
  call: (Call & { answer(result: unknown): void }) | null = null
  end: End | null = null

  constructor(name: string) {
    this.name = name
  }

  start(program: (ask: Ask) => Promise<End>): Promise<void> {
    drawAs(this)
    const ask: Ask = (label, args) => {
      if (this.call) throw new Error(`${this.name} calls ${label} while it waits for ${this.call.label}`)
      return new Promise((answer) => {
        this.call = { label, args, answer }
      })
    }
    void program(ask).then((end) => {
      this.end = end
    })
    return this.#settled()
  }

  tell(result: unknown): Promise<void> {
    drawAs(this)
    const { call } = this
    this.call = null
    call?.answer(result)
    return this.#settled()
  }

  /** Nothing here waits for a timer or a socket, so a few rounds of promises bring the verb to its next call. */
  async #settled(): Promise<void> {
    for (let round = 0; !this.call && this.end === null; round += 1) {
      if (round > 1000) throw new Error(`${this.name} waits for something that is no call of a port`)
      await null
    }
  }
}

/** All that a verb does, whatever it is told: found out call by call, and each once only. */
export class Script<End> {
  readonly #name: string
  readonly #program: (ask: Ask) => Promise<End>
  #places = 0
  #first: Promise<Place<End>> | null = null
  /** The run that stands at a place, for the first one who asks how it goes on. */
  readonly #standing = new Map<Place<End>, Run<End>>()

  constructor(name: string, program: (ask: Ask) => Promise<End>) {
    this.#name = name
    this.#program = program
  }

  start(): Promise<Place<End>> {
    this.#first ??= this.#begin().then((run) => this.#placeOf(run, []))
    return this.#first
  }

  /** Where the verb stands once the call that it waits for has been answered like this. */
  async after(place: Place<End>, result: unknown): Promise<Place<End>> {
    const text = writeText(result)
    const known = place.next.get(text)
    if (known) return known
    const run = this.#standing.get(place) ?? (await this.#runTo(place))
    this.#standing.delete(place)
    await run.tell(result)
    const next = this.#placeOf(run, [...place.told, result])
    place.next.set(text, next)
    return next
  }

  async #begin(): Promise<Run<End>> {
    const run = new Run<End>(this.#name)
    await run.start(this.#program)
    return run
  }

  async #runTo({ told, call }: Place<End>): Promise<Run<End>> {
    const run = await this.#begin()
    for (const result of told) await run.tell(result)
    if (run.call?.label !== call?.label || writeText(run.call?.args) !== writeText(call?.args)) {
      throw new Error(`${this.#name} was told the same, and does not do the same: ${run.call?.label}, ${call?.label}`)
    }
    return run
  }

  #placeOf(run: Run<End>, told: readonly unknown[]): Place<End> {
    this.#places += 1
    const call = run.call && { label: run.call.label, args: run.call.args }
    const place = { number: this.#places, taken: told.length, call, end: run.end, told, next: new Map() }
    if (call) this.#standing.set(place, run)
    return place
  }
}
