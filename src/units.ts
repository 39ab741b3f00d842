/** Milliseconds in a unit of time: write `2 * HOURS`. */
export const SECONDS = 1000
export const MINUTES = 60 * SECONDS
export const HOURS = 60 * MINUTES
export const DAYS = 24 * HOURS

/** Bytes in a unit of memory. */
export const KIB = 1024
