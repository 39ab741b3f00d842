import type { User } from '../../model.ts'
import type { EmailAddress } from '../account/emails.ts'
import { isInvalidField, readEmailField, readName } from '../account/fields.ts'
import { commitOrConfirm } from '../commit.ts'
import { checkNewPassword } from '../credentials/new-password.ts'
import { hashPassword } from '../credentials/passwords.ts'
import type { Deps } from '../deps.ts'
import {
  type EmailTaken,
  type InvalidField,
  type InvalidInput,
  invalidInput,
  type MailRequested,
  type Outcome,
  type SessionView,
  type SignupClosed,
} from '../outcomes.ts'
import { toCurrentSession } from '../sessions/live-sessions.ts'
import { buildSession, createGenerationId, endPrevious, enterSession, startSession } from '../sessions/new-session.ts'
import type { RequestAuth } from '../sessions/request-auth.ts'
import { addFirstDevice } from './known-devices.ts'

export interface SignupInput {
  email: string
  password: string
  firstName?: string | null | undefined
  lastName?: string | null | undefined
}

interface Person extends EmailAddress {
  firstName: string | null
  lastName: string | null
}

export type SignupSuccess = Outcome<'SignupSuccess', { user: User; session: SessionView }>

/** Reads who signs up, and checks their password. */
export async function readPerson(deps: Deps, auth: RequestAuth, input: SignupInput): Promise<Person | InvalidInput> {
  const address = readEmailField('email', input.email)
  const firstName = readName('firstName', input.firstName)
  const lastName = readName('lastName', input.lastName)
  const toName = (name: string | null | InvalidField) => (typeof name === 'string' ? name : null)
  const names = { firstName: toName(firstName), lastName: toName(lastName) }
  const email = isInvalidField(address) ? '' : address.email
  const password = await checkNewPassword(deps, auth, 'password', input.password, { email, ...names })
  const problems = [address, password, firstName, lastName].filter(isInvalidField)
  return problems.length > 0 || isInvalidField(address) ? invalidInput(problems) : { ...address, ...names }
}

export function buildUser({ clock }: Deps, id: string, person: Person, passwordHash: string): User {
  return {
    ...person,
    id,
    passwordHash,
    emailVerified: false,
    roles: [],
    createdAt: clock.now(),
    disabledAt: null,
    passwordChangedAt: null,
    breachToldAt: null,
    emailChangedAt: null,
    generation: createGenerationId(),
    ended: null,
    tokens: {},
    lastLoginAt: null,
    secondFactor: false,
    factorsChangedAt: null,
    pendingDemotion: null,
  }
}

const insertUser = (auth: RequestAuth, user: User): Promise<boolean> =>
  commitOrConfirm(
    auth,
    () => auth.db.users.insert(user),
    async (db) => (await db.users.findById(user.id)) !== null,
  )

/** Does the same work and gives the same answer for a new and for a taken address. */
async function requestVerification({ mails }: Deps, auth: RequestAuth, user: User): Promise<MailRequested> {
  const { id: userId, emailCanonical, passwordHash, firstName, lastName } = user
  const attempt = { passwordHash, firstName, lastName }
  const mail = await mails.enqueueHeld(auth, { kind: 'signup', emailCanonical, userId, attempt })
  const isNew = await insertUser(auth, user)
  auth.report(isNew ? { event: 'signup.succeeded', userId } : { event: 'signup.refused', reason: 'EmailTaken' })
  await mails.release(auth, mail)
  return { kind: 'MailRequested', email: user.email }
}

async function signIn(deps: Deps, auth: RequestAuth, user: User): Promise<SignupSuccess | EmailTaken> {
  const { mails } = deps
  const mail = await mails.enqueueHeld(auth, { kind: 'verifyEmail', emailCanonical: user.emailCanonical })
  const outcome = await signInNewUser(deps, auth, user)
  if (outcome.kind === 'EmailTaken') await mails.cancel(auth, mail)
  else await mails.release(auth, mail)
  return outcome
}

/** Stores a new user with their first session. */
export async function signInNewUser(deps: Deps, auth: RequestAuth, user: User): Promise<SignupSuccess | EmailTaken> {
  const previous = await auth.cookie.read()
  const session = buildSession(deps, auth, user, { generation: user.generation, remembered: false })
  const record = await startSession(auth, session, () => insertUser(auth, user))
  if (!record) return { kind: 'EmailTaken' }
  await endPrevious(auth, previous)
  await addFirstDevice(auth, user)
  const viewer = enterSession(deps, auth, user, record)
  auth.report({ event: 'signup.succeeded', userId: user.id })
  return { kind: 'SignupSuccess', user, session: toCurrentSession(viewer) }
}

/** Creates a user and signs them in, unless a verified email is required first. */
export async function signup(
  deps: Deps,
  auth: RequestAuth,
  input: SignupInput,
): Promise<SignupSuccess | MailRequested | EmailTaken | InvalidInput | SignupClosed> {
  auth.cookie.requireSecure()
  if (deps.settings.signup !== 'open') {
    auth.report({ event: 'signup.refused', reason: 'SignupClosed' })
    return { kind: 'SignupClosed' }
  }
  const person = await readPerson(deps, auth, input)
  if ('kind' in person) {
    auth.report({ event: 'signup.refused', reason: 'InvalidInput' })
    return person
  }
  const passwordHash = await hashPassword(deps.hasher, input.password)
  const user = buildUser(deps, auth.db.users.createId(), person, passwordHash)
  if (deps.settings.emailVerification === 'required') return requestVerification(deps, auth, user)
  const outcome = await signIn(deps, auth, user)
  if (outcome.kind === 'EmailTaken') auth.report({ event: 'signup.refused', reason: 'EmailTaken' })
  return outcome
}
