/**
 * The threat: an error that can never succeed is called an outage and tried again for ever; and the text of a database error
 * can hold the whole command, passwords and sessions included.
 */
import {
  MongoClientClosedError,
  MongoError,
  MongoNetworkError,
  MongoNotConnectedError,
  MongoServerClosedError,
  MongoServerError,
  MongoServerSelectionError,
  MongoTopologyClosedError,
  MongoWriteConcernError,
} from 'mongodb'

const OUTAGES = [
  MongoNetworkError,
  MongoServerSelectionError,
  MongoTopologyClosedError,
  MongoServerClosedError,
  MongoNotConnectedError,
  MongoClientClosedError,
  MongoWriteConcernError,
]

/**
 * Server errors that pass: the network between servers, elections and shutdown (the driver specification's retryable errors),
 * the time limit of an operation, and a disk that is full or fails.
 */
const OUTAGE_CODES = new Set([
  6, 7, 37, 39, 50, 64, 89, 91, 133, 134, 189, 202, 262, 9001, 10058, 10107, 11600, 11602, 13388, 13435, 13436, 14031,
])

/** Tells whether the database is away or overloaded, so that the same request may succeed later. */
export function isOutage(error: unknown): boolean {
  if (error instanceof MongoServerError && typeof error.code === 'number' && OUTAGE_CODES.has(error.code)) return true
  // The driver exports no class for a full connection pool.
  if (error instanceof MongoError && error.name === 'MongoWaitQueueTimeoutError') return true
  return OUTAGES.some((type) => error instanceof type)
}

/** Tells whether a write failed because a unique key is taken. */
export const isDuplicateKey = (error: unknown): boolean => error instanceof MongoServerError && error.code === 11000

/** Tells whether an error comes from the driver or from its BSON library. */
export const isDatabaseError = (error: unknown): error is Error =>
  error instanceof MongoError || (error instanceof Error && error.name.startsWith('BSON'))

/** The driver keeps the reason why a server cannot be reached below its own errors. */
function findCode(error: unknown): string | number | undefined {
  if (!(error instanceof Error)) return undefined
  const { code } = error as { code?: unknown }
  return typeof code === 'number' || typeof code === 'string' ? code : findCode(error.cause)
}

/** Returns what may be logged of a database error: its name and code, never its text. */
export const describeDatabaseError = (error: Error) => ({ error: error.name, code: findCode(error) })
