import { type ExecutionArgs, type ExecutionResult, execute, type FormattedExecutionResult } from 'graphql'
import type { Context } from '../context.ts'

/** What the answers of a stream are made from. */
export interface EventsInit {
  readonly args: ExecutionArgs
  readonly source: AsyncIterable<unknown>
  /** Aborts when the stream is to end. */
  readonly signal: AbortSignal
  /** Creates the context of one event: what it may cost and how long it may take counts anew. */
  createContext(): Context
  /** Resolves when the client has read enough of what it was sent. */
  drain(): Promise<void>
  /** Makes of a result, or of what was thrown, the answer that the client may see. */
  toAnswer(result: ExecutionResult, context: Context): FormattedExecutionResult
  toFailure(error: unknown): FormattedExecutionResult
}

const waitForAbort = (signal: AbortSignal): Promise<null> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve(null)
    signal.addEventListener('abort', () => resolve(null), { once: true })
  })

/** Yields the answer to each event of a source, until the source or the stream ends. */
export async function* createAnswers(init: EventsInit): AsyncGenerator<FormattedExecutionResult, void, undefined> {
  const { args, source, signal, createContext, drain, toAnswer, toFailure } = init
  const iterator = source[Symbol.asyncIterator]()
  const aborted = waitForAbort(signal)
  try {
    for (;;) {
      await drain()
      const next = await Promise.race([iterator.next(), aborted])
      if (signal.aborted || next === null || next.done) return
      const contextValue = createContext()
      yield toAnswer(await execute({ ...args, rootValue: next.value, contextValue }), contextValue)
    }
  } catch (error) {
    // A source that was told to stop may say so by an error.
    if (signal.aborted) return
    yield toFailure(error)
  } finally {
    // A generator that waits for something of its own answers only then: nobody waits for it here.
    iterator.return?.()?.catch(() => {})
  }
}
