import type { Catalog } from './catalog.ts'
import { asCommandError, type Disk } from './disk.ts'

/** A write: it yields where it may be committed so far and let others go first, and returns its answer. */
export type Steps<T> = Generator<undefined, T, undefined>

// biome-ignore lint/correctness/useYield: it has one step
function* oneStep<T>(action: () => T): Steps<T> {
  return action()
}

interface Task {
  readonly steps: Steps<unknown>
  resolve(answer: unknown): void
  reject(error: unknown): void
}

/** How long one transaction may take steps before it is committed, in milliseconds. */
const SLICE = 15

/**
 * Runs writes one after the other, and commits together those that wait at the same time: one flush to the disk serves them all.
 * An answer is given after the commit. A failing write is undone alone; a failing commit fails exactly the writes that were in it.
 */
export class Writer {
  readonly #disk: Disk
  readonly #catalog: Catalog
  #queue: Task[] = []
  #scheduled = false
  #idle: (() => void)[] = []

  constructor(disk: Disk, catalog: Catalog) {
    this.#disk = disk
    this.#catalog = catalog
  }

  run<T>(steps: Steps<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#queue.push({ steps, resolve: resolve as (answer: unknown) => void, reject })
      this.#schedule()
    })
  }

  /** A write of one step. */
  once<T>(action: () => T): Promise<T> {
    return this.run(oneStep(action))
  }

  /** Settles when no write is waiting. */
  drained(): Promise<void> {
    return this.#queue.length === 0 ? Promise.resolve() : new Promise((resolve) => this.#idle.push(resolve))
  }

  #schedule(): void {
    if (this.#scheduled || this.#queue.length === 0) return
    this.#scheduled = true
    setImmediate(() => {
      this.#scheduled = false
      this.#commit()
      this.#schedule()
      if (this.#queue.length === 0) for (const idle of this.#idle.splice(0)) idle()
    })
  }

  #commit(): void {
    const tasks = this.#queue
    this.#queue = []
    const outcomes: (() => void)[] = []
    const unfinished: Task[] = []
    const members: Task[] = []
    try {
      this.#disk.transaction(() => {
        const until = performance.now() + SLICE
        for (const task of tasks) {
          if (members.length > 0 && performance.now() > until) {
            this.#queue.push(task)
            continue
          }
          members.push(task)
          this.#step(task, outcomes, unfinished, tasks.length > 1)
        }
      })
    } catch (error) {
      this.#catalog.load()
      const failure = asCommandError(error)
      const failed = members.length > 0 ? members : tasks
      for (const task of failed) task.reject(failure)
      return
    }
    for (const outcome of outcomes) outcome()
    this.#queue.push(...unfinished)
  }

  #step(task: Task, outcomes: (() => void)[], unfinished: Task[], apart: boolean): void {
    if (!apart) {
      settle(task, task.steps.next(), outcomes, unfinished)
      return
    }
    try {
      settle(
        task,
        this.#disk.part(() => task.steps.next()),
        outcomes,
        unfinished,
      )
    } catch (error) {
      this.#catalog.load()
      outcomes.push(() => task.reject(asCommandError(error)))
    }
  }
}

function settle(
  task: Task,
  result: IteratorResult<undefined, unknown>,
  outcomes: (() => void)[],
  unfinished: Task[],
): void {
  if (result.done === true) outcomes.push(() => task.resolve(result.value))
  else unfinished.push(task)
}
