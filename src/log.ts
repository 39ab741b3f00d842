import { type DestinationStream, type Logger, pino } from 'pino'
import { describeDatabaseError, isDatabaseError } from './mongo/database-errors.ts'

/** Creates the log. `describe` adds to each line what it was written in, such as a trace. */
export function createLog(
  level: string,
  pretty: boolean,
  destination?: DestinationStream,
  describe?: () => Record<string, string>,
): Logger {
  const options = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    ...(describe ? { mixin: describe } : {}),
  }
  if (pretty) return pino({ ...options, transport: { target: 'pino-pretty', options: { ignore: 'event' } } })
  return destination ? pino(options, destination) : pino(options)
}

/** Returns what may be logged: for a database error, whose text can hold the command, only name and code; otherwise text and stack. */
export function describeError(error: unknown): Record<string, unknown> {
  if (isDatabaseError(error)) return describeDatabaseError(error)
  if (!(error instanceof Error)) return { error: typeof error }
  return { error: error.name, message: error.message, stack: error.stack }
}
