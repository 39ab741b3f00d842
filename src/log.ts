import { type DestinationStream, type Logger, pino } from 'pino'
import { describeDatabaseError, isDatabaseError } from './mongo/connect.ts'

/** A log of JSON lines, or of readable ones on a terminal. */
export function createLog(level: string, pretty: boolean, destination?: DestinationStream): Logger {
  const options = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
  }
  if (pretty) return pino({ ...options, transport: { target: 'pino-pretty', options: { ignore: 'event' } } })
  return destination ? pino(options, destination) : pino(options)
}

/**
 * What the log may know of an error. A database error's text can hold the whole command, a parser's the whole body: of
 * those only name and code are told; of our own code's errors the text and the stack.
 */
export function describeError(error: unknown): Record<string, unknown> {
  if (isDatabaseError(error)) return describeDatabaseError(error)
  if (!(error instanceof Error)) return { error: typeof error }
  return { error: error.name, message: error.message, stack: error.stack }
}
