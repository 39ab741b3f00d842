import { CommandError } from '../errors.ts'
import type { Steps } from '../storage/writer.ts'
import { document, from } from '../values/make.ts'
import type { Value } from '../values/value.ts'

/** A command of up to so many statements is one transaction: a crash leaves all of it or nothing. */
const ATOMIC = 500
const TURN = 10

/**
 * Runs the statements of a write command. A statement that fails is an entry in `writeErrors` and the end of an ordered command; the
 * statements before it stay. Long commands are committed in between, as MongoDB does, so that others get their turn.
 */
export function* statements<T>(
  values: readonly T[],
  ordered: boolean,
  run: (value: T, index: number) => Steps<void> | undefined,
): Steps<Value[] | undefined> {
  const errors: Value[] = []
  let turn = performance.now()
  let done = 0
  for (const [index, value] of values.entries()) {
    try {
      const steps = run(value, index)
      if (steps !== undefined) yield* steps
    } catch (error) {
      if (!(error instanceof CommandError) || isOfDisk(error)) throw error
      errors.push(errorOf(error, index))
      if (ordered) break
    }
    if (++done >= ATOMIC && performance.now() > turn + TURN && index < values.length - 1) {
      yield
      turn = performance.now()
      done = 0
    }
  }
  return errors.length === 0 ? undefined : errors
}

function isOfDisk(error: CommandError): boolean {
  return error.code === 14031 || error.code === 37 || error.code === 39
}

function errorOf(error: CommandError, index: number): Value {
  const extra = Object.entries(error.extra).map(([name, value]) => [name, value as Value] as const)
  return document(
    new Map([['index', from(index)], ['code', from(error.code)], ...extra, ['errmsg', from(error.message)]]),
  )
}
