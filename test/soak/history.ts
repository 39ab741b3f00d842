/** How a request ended for its client. A request without an answer may have been carried out. */
export type Ending = 'done' | 'refused' | 'unknown'

/** One request of the history. Times are in milliseconds, of one clock. */
export interface Entry {
  readonly user: string
  /** What the request did: `signup`, `login` and `password` open the session, the others end it, or read. */
  readonly verb: 'signup' | 'login' | 'password' | 'logout' | 'revoke' | 'read'
  /** The session that the request opened, ended, or was sent with, by a name of the test's own. */
  readonly session: string
  /** The sessions that it ends, besides: the password's change ends all others. */
  readonly ends?: readonly string[]
  readonly from: number
  readonly until: number
  readonly ending: Ending
  /** Of a read: whether somebody was signed in. */
  readonly isSignedIn?: boolean
}

/** What two requests say of one session, and cannot both be true. */
export interface Contradiction {
  readonly rule: string
  readonly read: Entry
  readonly other: Entry
}

const endsSession = ({ verb, session, ends = [] }: Entry, ended: string): boolean =>
  ends.includes(ended) || ((verb === 'logout' || verb === 'revoke') && session === ended)

const opensSession = ({ verb, session }: Entry, opened: string): boolean =>
  session === opened && (verb === 'signup' || verb === 'login' || verb === 'password')

/**
 * Replays a history. What was acknowledged before a read began must be seen by it; what had not begun when the read ended
 * cannot have been the cause. What may have happened at the same time may be seen or not.
 */
export function findContradictions(history: readonly Entry[]): Contradiction[] {
  const bySession = new Map<string, Entry[]>()
  for (const entry of history) {
    for (const session of [entry.session, ...(entry.ends ?? [])]) {
      bySession.set(session, [...(bySession.get(session) ?? []), entry])
    }
  }
  return history
    .filter(({ verb, ending }) => verb === 'read' && ending === 'done')
    .flatMap((read) => {
      const others = bySession.get(read.session) ?? []
      return read.isSignedIn ? findRevived(read, others) : findLost(read, others)
    })
}

/** A session was read as signed in after its end had been acknowledged. */
function findRevived(read: Entry, others: readonly Entry[]): Contradiction[] {
  return others
    .filter((other) => endsSession(other, read.session) && other.ending === 'done' && other.until < read.from)
    .map((other) => ({ rule: 'an ended session was signed in', read, other }))
}

/** A session was read as signed out though its opening had been acknowledged, and nothing had begun to end it. */
function findLost(read: Entry, others: readonly Entry[]): Contradiction[] {
  const opening = others.find((other) => opensSession(other, read.session) && other.ending === 'done')
  if (!opening || opening.until >= read.from) return []
  if (others.some((other) => endsSession(other, read.session) && other.from <= read.until)) return []
  return [{ rule: 'a session was lost', read, other: opening }]
}
