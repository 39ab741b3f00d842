import type { Value } from '../values/value.ts'

/** What an update operator does at its path. */
export interface Modifier {
  /** Takes the value that is there, if any, and gives the new one, or undefined for none. */
  apply(present: Value | undefined, application: Application): Value | undefined
  /** Makes what is missing on the way. */
  readonly creates: boolean
  /** A scalar on the way is no error. */
  readonly ignoresObstacles?: boolean
}

/** One modifier at work on one document. */
export interface Application {
  readonly modifier: Modifier
  /** Set by a modifier that counts as a change though nothing differs. */
  counts: boolean
}
