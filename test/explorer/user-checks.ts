import type { User } from '../../src/model.ts'
import type { Memory } from './memory.ts'
import { type Check, describe, type Finished, ofEach, type Party } from './party.ts'
import { isStep, type Verb } from './verbs.ts'
import { GUEST_EMAIL, hashToken, NEW_EMAIL, TOKENS } from './world.ts'

/** Of two who come with one token, at most one is let in, and nobody else after them. */
const oneTokenOneWinner: Check = ({ parties, memory }) => {
  const [a, b] = parties
  if (a.verb.token && a.verb.token === b.verb.token && a.marks.commit && b.marks.commit) {
    return `${describe(a)} and ${describe(b)} both spend one token`
  }
  const tokens = memory.users.get('owner')?.tokens
  const unspent = parties.find(
    ({ verb: { token }, marks }) => token && marks.commit && tokens?.[token] === hashToken(TOKENS[token]),
  )
  return unspent ? `the token of ${describe(unspent)} can be used again` : null
}

/** Whoever accepts an invitation has the roles that it gives, and a verified address. */
const invitedAsPromised: Check = ({ memory }) => {
  const invited = [...memory.users.values()].find(({ emailCanonical }) => emailCanonical === GUEST_EMAIL)
  const isRight = !invited || (invited.emailVerified && invited.roles.join() === 'SUPPORT')
  return isRight ? null : 'somebody was invited and is not what the invitation says'
}

const changedEmailEndsResets: Check = ({ memory }) => {
  const owner = memory.users.get('owner')
  const reset = memory.tokens.get(owner?.tokens.resetPassword ?? '')
  return reset && reset.emailCanonical !== owner?.emailCanonical ? 'a reset sent to an old address is live' : null
}

/** A second request for a reset replaces the token of the first. */
const replacedTokenIsDead = ofEach((party, other) =>
  isStep(party.verb.commit, 'users.setToken') &&
  party.marks.commit &&
  other.verb.token === 'resetPassword' &&
  other.marks.commit?.other === 'committed'
    ? `${describe(other)} spends a token that ${describe(party)} has replaced`
    : null,
)

/** A changed or reset password, and a disabling, end every token of the user's; an attempt's is the mailbox owner's. */
const endedTokensStayEnded = ofEach((party, other) => {
  const spends = party.verb.ends?.scope === 'user' && party.verb.ends.credential
  if (
    !spends ||
    !party.marks.commit ||
    !isStep(other.verb.commit, 'users.spendToken') ||
    !other.marks.commit?.otherEnded
  )
    return null
  return `${describe(other)} spends a token that ${describe(party)} has ended`
})

const noHalfMadeUser: Check = ({ memory, parties }) => {
  const users = [...memory.users.values()]
  const half = users.find((user) => !user.passwordHash || !user.generation || !user.emailCanonical)
  if (half) return `the user ${half.id} is half made`
  if (new Set(users.map((user) => user.emailCanonical)).size < users.length) return 'two users have one address'
  const lost = parties.find(
    ({ done, verb, name }) => done && isStep(verb.commit, 'users.insert') && !wasMade(verb, memory, name),
  )
  return lost ? `${describe(lost)} was acknowledged and there is no user` : null
}

/** What the owner is told of a proof, right or wrong. To nobody: the worker drops it. */
const NOTICES: readonly string[] = ['factorFailed', 'recoveryCodeUsed']

const refusedLeavesNothing = ofEach(({ name, verb, outcome, done }, _other, { memory }) => {
  if (outcome === null || done) return null
  const user = memory.users.has(`new user of ${name}`)
  const mail = [...memory.mails.values()].some(
    ({ id, kind }) => id.startsWith(`made by ${name}`) && !NOTICES.includes(kind),
  )
  return user || mail ? `${describe({ name, verb })} was refused and leaves a ${user ? 'user' : 'mail'}` : null
})

/** Where an address must be verified first, the answer is the same for a taken one: then it is somebody else's. */
function wasMade(verb: Verb, memory: Memory, name: string): boolean {
  const users = [...memory.users.values()]
  return verb.emailVerification === 'required'
    ? users.some(({ emailCanonical }) => emailCanonical === NEW_EMAIL)
    : memory.users.has(`new user of ${name}`)
}

/** The value of a field, a password whatever it was hashed with, an instant as text. */
function readText(user: User, field: keyof User): string {
  const value = user[field]
  return field === 'passwordHash' ? String(value).slice(4) : JSON.stringify(value)
}

/** Each field is as the last verb that was done has set it, and as before where none was. A crash may leave either. */
const changesAreThere: Check = ({ before, memory, parties }) => {
  for (const [id, old] of before.users) {
    const user = memory.users.get(id)
    if (!user) continue
    for (const field of ['passwordHash', 'email', 'emailVerified', 'firstName', 'roles', 'disabledAt'] as const) {
      if (field === 'passwordHash' && parties.some(({ verb, marks }) => verb.hidesPassword && marks.commit)) continue
      const values = expected(old, field, parties)
      if (!values.includes(readText(user, field))) {
        return `${field} of ${id} is ${readText(user, field)} and not ${values.join(' or ')}`
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
  const value = ({ verb }: Party) => readText({ ...old, ...verb.sets?.fields }, field)
  const done = all.filter((party) => party.done && sets(party))
  // A second disabling finds the user disabled, and says that they are.
  const wrote = done.filter(({ marks }) => marks.commit)
  const last = wrote.length > 1 ? wrote.filter(({ marks }) => marks.commit?.other === 'committed') : wrote
  const decisive = last.length > 0 ? last : done
  const sure = decisive.length > 0 ? decisive.map(value) : [readText(old, field)]
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
    const deleted = parties.some(({ verb, marks }) => isStep(verb.commit, 'users.delete') && marks.commit)
    if (!memory.users.has(id) && !deleted) return `the user ${id} is gone`
  }
  const kept = parties.find(
    ({ verb, done }) => isStep(verb.commit, 'users.delete') && done && memory.users.has('owner'),
  )
  return kept ? `${describe(kept)} was acknowledged and the user is there` : null
}

/** Nothing of a deleted user is left. A crash may leave what goes with its time limit. */
const deletedLeaveNothing: Check = ({ memory, parties }) => {
  if (memory.users.has('owner') || parties.some(({ crashed }) => crashed)) return null
  const sessions = [...memory.sessions.values()].filter(({ userId }) => userId === 'owner')
  const tokens = [...memory.tokens.values()].filter(({ userId }) => userId === 'owner')
  const mails = [...memory.mails.values()].filter(
    (mail) => 'userId' in mail && mail.userId === 'owner' && !NOTICES.includes(mail.kind),
  )
  return sessions.length + tokens.length + mails.length > 0
    ? `a deleted user leaves ${sessions.length} sessions, ${tokens.length} tokens, ${mails.length} mails`
    : null
}

export const userChecks: readonly Check[] = [
  oneTokenOneWinner,
  invitedAsPromised,
  changedEmailEndsResets,
  replacedTokenIsDead,
  endedTokensStayEnded,
  noHalfMadeUser,
  refusedLeavesNothing,
  changesAreThere,
  anAdminIsLeft,
  usersAreDeletedOnlyWhenDone,
  deletedLeaveNothing,
]
