/** Carries the trace of a request to a job that another process may run, as W3C's `traceparent`. */
export interface TraceCarrier {
  /** Returns the trace that this runs in; null where there is none. */
  carry(): string | null
  /** Runs a job in the trace that asked for it. `name` is that of its span. */
  resume(trace: string | undefined, name: string, run: () => Promise<void>): Promise<void>
  /** Runs what belongs to no trace. */
  leave<T>(run: () => T): T
}
