import type { PAUSE } from '../storage/rows.ts'
import type { Value } from '../values/value.ts'

/** Documents that flow through a pipeline, with pauses in between. */
export type Documents = Generator<Value | typeof PAUSE, undefined>

export type Stage = (documents: Documents) => Documents
