import { type Check, covers, describe, type Finished, hasEnded, ofEach, type Party } from './party.ts'
import { isStep } from './verbs.ts'

const noSurprise: Check = ({ parties }) =>
  parties.map(({ outcome }) => outcome).find((outcome) => outcome?.startsWith('an unexpected error')) ?? null

const endedStaysEnded = ofEach((party, _other, _run, alive) => {
  const { ends } = party.verb
  if (!ends || !hasEnded(party)) return null
  const left = ['own', 'other', 'chief'].find((cookie) => covers(ends, cookie) && alive.has(cookie))
  return left ? `the cookie "${left}" outlives ${describe(party)}` : null
})

/** A session made beside an ending: of the same handle, or for a credential that was checked before. */
const madeBesideStaysDead = ofEach((party, other, { memory }, alive) => {
  const session = memory.sessions.get(`new ${other.name}`)
  const { ends } = party.verb
  if (!ends || !hasEnded(party) || !session || !alive.has(session.id)) return null
  if (ends.scope === 'value') return null
  const ended =
    ends.scope === 'handle'
      ? session.handle === `handle of ${ends.of}`
      : session.userId === ends.user && (ends.credential || (party.marks.end && party.marks.end.other !== 'begun'))
  return ended ? `the session that ${describe(other)} made outlives ${describe(party)}` : null
})

/** May the other verb have ended what this one has made? */
function mayHaveEnded(other: Party, party: Party, run: Finished): boolean {
  const { ends } = other.verb
  const { end } = other.marks
  if (!ends || !end || ends.scope === 'value') return false
  if (ends.scope === 'handle') {
    const handle = run.before.sessions.get(party.verb.by ?? '')?.handle
    return handle === `handle of ${ends.of}` && (end.other === 'opened' || end.other === 'committed')
  }
  // Reauthenticate commits on its session, which goes a step after the generation.
  if (isStep(party.verb.commit, 'sessions.replace')) return !party.marks.commit?.otherAnswered
  return !party.marks.commit?.otherEnded
}

const cookieWorks = ofEach((party, other, run, alive) => {
  const set = party.cookie?.set
  if (!set || alive.has(set) || mayHaveEnded(other, party, run)) return null
  return `${describe(party)} sets a cookie that is dead`
})

const noCookieWithoutSuccess = ofEach((party) =>
  party.cookie && !party.done ? `${describe(party)} was refused and touches the cookie` : null,
)

/** A cookie is cleared when its session is over, and not before. */
const clearedIsOver = ofEach((party, _other, _run, alive) =>
  party.cookie?.set === null && party.verb.by && alive.has(party.verb.by)
    ? `${describe(party)} clears the cookie of a session that goes on`
    : null,
)

/** What was made for a commit that was refused is taken back. */
const refusedLeavesNoSession = ofEach(({ name, verb, outcome, done }, _other, { memory }) =>
  outcome !== null && !done && memory.sessions.has(`new ${name}`)
    ? `${describe({ name, verb })} was refused and leaves a session`
    : null,
)

/** Whoever was not to be signed out still is in. A crash may sign somebody out. */
const nobodyElseIsOut: Check = ({ parties }, alive) => {
  if (parties.some(({ crashed }) => crashed)) return null
  const out = ['own', 'other', 'chief'].find(
    (cookie) => !alive.has(cookie) && !parties.some(({ done, verb: { ends } }) => done && ends && covers(ends, cookie)),
  )
  return out ? `the cookie "${out}" is dead though nothing ended it` : null
}

const nothingIsDoneForTheEnded = ofEach((party, other) => {
  const { verb, marks } = party
  const ends = other.verb.ends
  if (!marks.commit || !ends || ends.scope === 'value' || !verb.by || !covers(ends, verb.by)) return null
  const late =
    (verb.looksAgain && marks.write?.otherAnswered) ||
    (verb.onBehalf && ends.scope === 'user' && marks.commit.otherEnded)
  return late ? `${describe(party)} acts for a session that ${describe(other)} has ended` : null
})

const atMost50: Check = ({ memory, parties }) => {
  if (parties.some(({ crashed }) => crashed)) return null
  const owner = memory.users.get('owner')
  const live = [...memory.sessions.values()].filter(
    (session) =>
      session.userId === 'owner' && session.generation === owner?.generation && !session.replacedAt && !session.pending,
  )
  return live.length > 50 ? `the owner has ${live.length} sessions` : null
}

export const sessionChecks: readonly Check[] = [
  noSurprise,
  endedStaysEnded,
  madeBesideStaysDead,
  cookieWorks,
  noCookieWithoutSuccess,
  clearedIsOver,
  refusedLeavesNoSession,
  nobodyElseIsOut,
  nothingIsDoneForTheEnded,
  atMost50,
]
