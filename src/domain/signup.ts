import type { Clock, User } from '../model.ts'
import type { Users } from '../mongo/users.ts'
import { clearUp, settle } from './commit.ts'
import type { EmailAddress } from './emails.ts'
import type { Hasher } from './hashing.ts'
import type { MailQueue } from './mail-queue.ts'
import {
  type EmailTaken,
  type InvalidField,
  type InvalidInput,
  invalidInput,
  type MailRequested,
  type Outcome,
  type SessionView,
} from './outcomes.ts'
import { normalizePassword, passwordFault } from './passwords.ts'
import { isFault, readEmailField, readName } from './profiles.ts'
import { type Asker, newGeneration, type Sessions } from './sessions.ts'

/** What somebody who signs up gives. */
export interface SignupRequest {
  email: string
  password: string
  firstName?: string | null | undefined
  lastName?: string | null | undefined
}

interface Person extends EmailAddress {
  firstName: string | null
  lastName: string | null
}

interface Parts {
  users: Users
  sessions: Sessions
  mails: MailQueue
  hasher: Hasher
  clock: Clock
  rules: { emailVerification: 'optional' | 'required'; passwordMinLength: number }
}

type SignupSuccess = Outcome<'SignupSuccess', { user: User; session: SessionView }>

/** Sign-up, in the order of writes that holds under races and crashes. */
export function createSignup({ users, sessions, mails, hasher, clock, rules }: Parts) {
  function readInput(input: SignupRequest): Person | InvalidInput {
    const address = readEmailField('email', input.email)
    const firstName = readName('firstName', input.firstName)
    const lastName = readName('lastName', input.lastName)
    const text = (name: string | null | InvalidField) => (typeof name === 'string' ? name : null)
    const own = { firstName: text(firstName), lastName: text(lastName) }
    const email = isFault(address) ? '' : address.email
    const password = passwordFault('password', input.password, rules.passwordMinLength, { email, ...own })
    const faults = [address, password, firstName, lastName].filter(isFault)
    return faults.length > 0 || isFault(address) ? invalidInput(faults) : { ...address, ...own }
  }

  function newUser(person: Person, passwordHash: string): User {
    return {
      ...person,
      id: users.newId(),
      passwordHash,
      emailVerified: false,
      roles: [],
      createdAt: clock.now(),
      disabledAt: null,
      passwordChangedAt: null,
      emailChangedAt: null,
      generation: newGeneration(),
      ended: null,
      tokens: {},
      lastLoginAt: null,
    }
  }

  const add = (user: User): Promise<boolean> =>
    settle(
      () => users.insert(user),
      () => users.byId(user.id),
      (found) => found !== null,
    )

  /** Where a verified email comes first: the same work and the same answer for a new and for a taken address. */
  async function request(user: User, asker: Asker): Promise<MailRequested> {
    const { id, emailCanonical, passwordHash, firstName, lastName } = user
    const mail = await mails.hold({
      kind: 'signup',
      emailCanonical,
      userId: id,
      attempt: { passwordHash, firstName, lastName },
    })
    if (await add(user)) asker.report({ event: 'signup.succeeded', userId: id })
    await mails.release(mail)
    return { kind: 'MailRequested', email: user.email }
  }

  /** Where it does not: the new user is signed in. */
  async function signIn(user: User, asker: Asker): Promise<SignupSuccess | EmailTaken> {
    const previous = await asker.slot.read()
    const mail = await mails.hold({ kind: 'verifyEmail', emailCanonical: user.emailCanonical })
    const grant = sessions.grant(user, { generation: user.generation, device: asker.device, remembered: false })
    const session = await sessions.open(asker, grant, () => add(user))
    if (!session) {
      await mails.withdraw(mail)
      return { kind: 'EmailTaken' }
    }
    await mails.release(mail)
    await clearUp(() => sessions.endPrevious(previous))
    asker.report({ event: 'signup.succeeded', userId: user.id })
    return { kind: 'SignupSuccess', user, session: sessions.view(user, session, true) }
  }

  /** Makes a user and, unless a verified email is required first, signs them in. */
  return async function signup(
    input: SignupRequest,
    asker: Asker,
  ): Promise<SignupSuccess | MailRequested | EmailTaken | InvalidInput> {
    asker.slot.requireSecure()
    const person = readInput(input)
    if ('kind' in person) {
      asker.report({ event: 'signup.refused', reason: 'InvalidInput' })
      return person
    }
    const user = newUser(person, await hasher.hash(normalizePassword(input.password) ?? ''))
    const outcome = rules.emailVerification === 'required' ? await request(user, asker) : await signIn(user, asker)
    if (outcome.kind === 'EmailTaken') asker.report({ event: 'signup.refused', reason: 'EmailTaken' })
    return outcome
  }
}

export type Signup = ReturnType<typeof createSignup>
