import type { User } from '../../src/model.ts'
import type { Memory } from './memory.ts'
import type { Ports } from './ports.ts'
import type { Ending, Verb } from './verbs.ts'
import { type CookieChange, createSlot, type Wired } from './wiring.ts'

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
  readonly verbs: Wired
}

/** Who can still get in: the sessions whose cookies the service takes. */
type Alive = ReadonlySet<string>
type Check = (run: Finished, alive: Alive) => string | null

const describe = ({ name, verb }: Party) => `${verb.name} (${name}, by ${verb.by ?? 'nobody'})`
const pairsOf = ({ parties: [a, b] }: Finished) => [[a, b] as const, [b, a] as const]
const ownerOf = (cookie: string) => (cookie === 'chief' ? 'chief' : 'owner')

/** A session that was made and never sent to anybody has a cookie that nobody can guess. */
async function whoIsIn({ ports, verbs, memory, parties }: Finished): Promise<Alive> {
  const alive = new Set<string>()
  const sent = parties.map(({ cookie }) => cookie?.set)
  for (const cookie of ['own', 'other', 'chief', ...sent]) {
    if (!cookie || !memory.sessions.has(cookie)) continue
    const asker = verbs.sessions.asker(
      await createSlot(ports, cookie, ''),
      () => ({ userAgent: null, address: null }),
      () => {},
    )
    if (await asker.identify()) alive.add(cookie)
  }
  return alive
}

/** The first fault of each pair of parties, each seen as the one that is asked about. */
const ofEach =
  (fault: (party: Party, other: Party, run: Finished, alive: Alive) => string | null): Check =>
  (run, alive) => {
    for (const [party, other] of pairsOf(run)) {
      const what = fault(party, other, run, alive)
      if (what) return what
    }
    return null
  }

/** Does the ending cover a cookie that was live before? */
function covers(ends: Ending, cookie: string): boolean {
  return ends.scope === 'user' ? ends.user === ownerOf(cookie) : ends.of === cookie
}

const hasEnded = ({ done, marks }: Party) => done || marks.end !== null

const noSurprise: Check = ({ parties }) =>
  parties.map(({ outcome }) => outcome).find((outcome) => outcome?.startsWith('a surprise')) ?? null

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
  if (party.verb.commit === 'sessions.entomb') return !party.marks.commit?.otherAnswered
  return !party.marks.commit?.otherEnded
}

const cookieWorks = ofEach((party, other, run, alive) => {
  const set = party.cookie?.set
  if (!set || alive.has(set) || mayHaveEnded(other, party, run)) return null
  return `${describe(party)} sets a cookie that is dead`
})

const noCookieWithoutSuccess = ofEach((party) =>
  party.cookie?.set && !party.done ? `${describe(party)} was refused and sets a cookie` : null,
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

const oneTokenOneWinner: Check = ({ parties: [a, b], memory }) => {
  if (a.verb.token && a.verb.token === b.verb.token && a.marks.commit && b.marks.commit) {
    return `${describe(a)} and ${describe(b)} both spend one token`
  }
  const owner = memory.users.get('owner')
  const reset = memory.tokens.get(owner?.tokens.resetPassword ?? '')
  return reset && reset.emailCanonical !== owner?.emailCanonical ? 'a reset sent to an old address is live' : null
}

/** A changed or reset password, and a disabling, end every token of the user's; an attempt's is the mailbox owner's. */
const endedTokensStayEnded = ofEach((party, other) => {
  const spends = party.verb.ends?.scope === 'user' && party.verb.ends.credential
  if (!spends || !party.marks.commit || other.verb.commit !== 'users.spendToken' || !other.marks.commit?.otherEnded)
    return null
  return `${describe(other)} spends a token that ${describe(party)} has ended`
})

const noHalfMadeUser: Check = ({ memory, parties }) => {
  const users = [...memory.users.values()]
  const half = users.find((user) => !user.passwordHash || !user.generation || !user.emailCanonical)
  if (half) return `the user ${half.id} is half made`
  if (new Set(users.map((user) => user.emailCanonical)).size < users.length) return 'two users have one address'
  const lost = parties.find(
    ({ done, verb, name }) => done && verb.commit === 'users.insert' && !wasMade(verb, memory, name),
  )
  return lost ? `${describe(lost)} was acknowledged and there is no user` : null
}

/** Where an address must be verified first, the answer is the same for a taken one. */
const wasMade = (verb: Verb, memory: Memory, name: string) =>
  verb.emailVerification === 'required' || memory.users.has(`new user of ${name}`)

const atMost50: Check = ({ memory, parties }) => {
  if (parties.some(({ crashed }) => crashed)) return null
  const owner = memory.users.get('owner')
  const live = [...memory.sessions.values()].filter(
    (session) => session.userId === 'owner' && session.generation === owner?.generation && !session.ended,
  )
  return live.length > 50 ? `the owner has ${live.length} sessions` : null
}

/** The value of a field, a password whatever it was hashed with, an instant as text. */
function textIn(user: User, field: keyof User): string {
  const value = user[field]
  return field === 'passwordHash' ? String(value).slice(4) : JSON.stringify(value)
}

/** Each field is as the last verb that was done has set it, and as before where none was. A crash may leave either. */
const changesAreThere: Check = ({ before, memory, parties }) => {
  for (const [id, old] of before.users) {
    const user = memory.users.get(id)
    if (!user) continue
    for (const field of ['passwordHash', 'email', 'emailVerified', 'firstName', 'roles', 'disabledAt'] as const) {
      const values = expected(old, field, parties)
      if (!values.includes(textIn(user, field))) {
        return `${field} of ${id} is ${textIn(user, field)} and not ${values.join(' or ')}`
      }
    }
  }
  return null
}

function expected(
  old: User,
  field: 'roles' | 'disabledAt' | keyof NonNullable<Verb['sets']>['fields'],
  all: Finished['parties'],
) {
  const sets = ({ verb }: Party) => verb.sets?.user === old.id && field in verb.sets.fields
  const value = ({ verb }: Party) => textIn({ ...old, ...verb.sets?.fields }, field)
  const done = all.filter((party) => party.done && sets(party))
  const last = done.length > 1 ? done.filter(({ marks }) => marks.commit?.other === 'committed') : done
  const sure = last.length > 0 ? last.map(value) : [textIn(old, field)]
  const crashed = all.filter((party) => party.crashed)
  // Between demoting and disabling, deleting or giving back, an ADMIN has the other roles only.
  const between = field === 'roles' && crashed.length > 0 ? ['[]'] : []
  return [...sure, ...crashed.filter(sets).map(value), ...between]
}

const anAdminIsLeft: Check = ({ memory, parties }) => {
  if (parties.some(({ crashed }) => crashed)) return null
  const left = [...memory.users.values()].some((user) => user.roles.includes('ADMIN') && !user.disabledAt)
  return left ? null : 'no enabled ADMIN is left'
}

const usersAreDeletedOnlyWhenDone: Check = ({ before, memory, parties }) => {
  for (const id of before.users.keys()) {
    const deleted = parties.some(({ verb, marks }) => verb.commit === 'users.remove' && marks.commit)
    if (!memory.users.has(id) && !deleted) return `the user ${id} is gone`
  }
  const kept = parties.find(({ verb, done }) => verb.commit === 'users.remove' && done && memory.users.has('owner'))
  return kept ? `${describe(kept)} was acknowledged and the user is there` : null
}

const CHECKS: readonly Check[] = [
  noSurprise,
  endedStaysEnded,
  madeBesideStaysDead,
  cookieWorks,
  noCookieWithoutSuccess,
  nobodyElseIsOut,
  nothingIsDoneForTheEnded,
  oneTokenOneWinner,
  endedTokensStayEnded,
  noHalfMadeUser,
  atMost50,
  changesAreThere,
  anAdminIsLeft,
  usersAreDeletedOnlyWhenDone,
]

/** What is wrong after a run, or null. */
export async function check(run: Finished): Promise<string | null> {
  const alive = await whoIsIn(run)
  for (const one of CHECKS) {
    const what = one(run, alive)
    if (what) return what
  }
  return null
}
