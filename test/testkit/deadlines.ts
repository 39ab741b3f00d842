import { onTestFinished, vi } from 'vitest'
import { AppError } from '../../src/errors.ts'
import { Deadline } from '../../src/mongo/deadline.ts'

/** Makes the deadlines of requests pass when the test says so: each that a query has asked for until then. */
export function holdDeadlines(): { passAll(): void } {
  const controllers = new Map<Deadline, AbortController>()
  const spy = vi.spyOn(Deadline.prototype, 'signal', 'get').mockImplementation(function (this: Deadline) {
    const controller = controllers.get(this) ?? new AbortController()
    controllers.set(this, controller)
    return controller.signal
  })
  const now = performance.now.bind(performance)
  let offset = 0
  const clock = vi.spyOn(performance, 'now').mockImplementation(() => now() + offset)
  onTestFinished(() => {
    spy.mockRestore()
    clock.mockRestore()
  })
  return {
    passAll() {
      for (const controller of controllers.values()) controller.abort(new AppError('UNAVAILABLE'))
      // Requests of one moment share a deadline: the next one is of another moment.
      offset += 1000
    },
  }
}
