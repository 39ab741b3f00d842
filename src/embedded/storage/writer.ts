import type { Catalog } from './catalog.ts'
import { type Disk, toCommandError } from './disk.ts'

interface Task {
  run(): unknown
  resolve(answer: unknown): void
  reject(error: unknown): void
}

/**
 * Runs writes one after the other, and commits together those that wait at the same time: one flush to the disk serves them all.
 * An answer is given after the commit. A failing write is undone alone; a failing commit fails exactly the writes that were in it.
 */
export class Writer {
  readonly #disk: Disk
  readonly #catalog: Catalog
  #queue: Task[] = []
  #idle: (() => void)[] = []

  constructor(disk: Disk, catalog: Catalog) {
    this.#disk = disk
    this.#catalog = catalog
  }

  /** Runs a write whole, in one transaction; resolves when it is on the disk. */
  run<T>(action: () => T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#queue.push({ run: action, resolve: resolve as (answer: unknown) => void, reject })
      if (this.#queue.length === 1) setImmediate(() => this.#commit())
    })
  }

  /** Resolves when no write is waiting. */
  drain(): Promise<void> {
    return this.#queue.length === 0 ? Promise.resolve() : new Promise((resolve) => this.#idle.push(resolve))
  }

  #commit(): void {
    const tasks = this.#queue
    this.#queue = []
    const outcomes: (() => void)[] = []
    try {
      this.#disk.runTransaction(() => {
        for (const task of tasks) outcomes.push(this.#runTask(task, tasks.length > 1))
      })
      for (const tell of outcomes) tell()
    } catch (error) {
      this.#catalog.load()
      const failure = toCommandError(error)
      for (const task of tasks) task.reject(failure)
    }
    for (const resolve of this.#idle.splice(0)) resolve()
  }

  /** A task that is alone is undone with its transaction. */
  #runTask(task: Task, isOneOfMany: boolean): () => void {
    if (!isOneOfMany) {
      const answer = task.run()
      return () => task.resolve(answer)
    }
    try {
      const answer = this.#disk.runPart(() => task.run())
      return () => task.resolve(answer)
    } catch (error) {
      this.#catalog.load()
      return () => task.reject(toCommandError(error))
    }
  }
}
