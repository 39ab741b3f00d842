import type { Memory } from './memory.ts'
import type { Ports } from './ports.ts'
import type { Ending, Verb } from './verbs.ts'
import type { CookieChange, StagedService } from './wiring.ts'

/** How far a verb has come: it has read the user, has kept a new session, has committed. */
export type Phase = 'begun' | 'read' | 'opened' | 'committed'

/** How it stood with the other verb when a step was made. */
interface Moment {
  readonly other: Phase
  readonly otherEnded: boolean
  /** The other had been answered before the step that came just before this one. */
  readonly otherAnswered: boolean
}

/** What has been noted of a verb's run. */
export interface Marks {
  readonly read: boolean
  readonly opened: boolean
  /** The other had been answered when the last step was made. */
  readonly saw: boolean
  /** The first write on what there is. */
  readonly write: Moment | null
  readonly commit: Moment | null
  readonly end: Moment | null
}

/** One of the two, with what has come of it. */
export interface Party {
  readonly name: string
  readonly verb: Verb
  readonly marks: Marks
  readonly outcome: string | null
  readonly done: boolean
  readonly cookie: CookieChange
  readonly crashed: boolean
}

/** A run that is over. */
export interface Finished {
  readonly before: Memory
  readonly memory: Memory
  readonly parties: readonly [Party, Party]
  readonly ports: Ports
  readonly service: StagedService
}

/** Who can still get in: the sessions whose cookies the service takes. */
export type Alive = ReadonlySet<string>
export type Check = (run: Finished, alive: Alive) => string | null

export const describe = ({ name, verb }: Pick<Party, 'name' | 'verb'>) =>
  `${verb.name} (${name}, by ${verb.by ?? 'nobody'})`
const orderPairs = ({ parties: [a, b] }: Finished) => [[a, b] as const, [b, a] as const]
export const findOwner = (cookie: string) => (cookie === 'chief' ? 'chief' : 'owner')

/** The first fault of each pair of parties, each seen as the one that is asked about. */
export const ofEach =
  (fault: (party: Party, other: Party, run: Finished, alive: Alive) => string | null): Check =>
  (run, alive) => {
    for (const [party, other] of orderPairs(run)) {
      const what = fault(party, other, run, alive)
      if (what) return what
    }
    return null
  }

/** Does the ending cover a cookie that was live before? */
export function covers(ends: Ending, cookie: string): boolean {
  return ends.scope === 'user' ? ends.user === findOwner(cookie) : ends.of === cookie
}

export const hasEnded = ({ done, marks }: Party) => done || marks.end !== null
