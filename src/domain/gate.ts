import { AppError } from '../errors.ts'

export interface GateOptions {
  /** So many jobs run at once. */
  max: number
  /** So many more wait. */
  maxWaiting: number
  /** For so long at most. */
  maxWaitMs: number
}

export interface Gate {
  /** How many jobs wait. */
  countWaiting(): number
  /**
   * Runs a job when it is its turn.
   * @throws AppError UNAVAILABLE where too many wait, or for too long; then the job has not run
   */
  run<T>(job: () => Promise<T>): Promise<T>
}

interface Waiting {
  start(): void
  cancel(): void
}

/** Lets jobs in by turn. */
export function createGate({ max, maxWaiting, maxWaitMs }: GateOptions): Gate {
  let running = 0
  const queue = new Set<Waiting>()

  function enter(): Promise<void> {
    if (running < max) {
      running += 1
      return Promise.resolve()
    }
    if (queue.size >= maxWaiting) return Promise.reject(new AppError('UNAVAILABLE'))
    return new Promise((resolve, reject) => {
      const waiting = {
        start() {
          clearTimeout(timer)
          queue.delete(waiting)
          resolve()
        },
        cancel() {
          queue.delete(waiting)
          reject(new AppError('UNAVAILABLE'))
        },
      }
      const timer = setTimeout(waiting.cancel, maxWaitMs)
      queue.add(waiting)
    })
  }

  function leave() {
    const [next] = queue
    if (next) next.start()
    else running -= 1
  }

  return {
    countWaiting: () => queue.size,
    async run(job) {
      await enter()
      try {
        return await job()
      } finally {
        leave()
      }
    },
  }
}
