import { findLocale } from '../../locales.ts'
import type { OwnUserFields, User } from '../../model.ts'
import { isOwnFieldName } from '../../mongo/user-document.ts'
import type { EmailAddress } from '../account/emails.ts'
import { isInvalidField, readEmailField, readName } from '../account/fields.ts'
import { commitOrConfirm } from '../commit.ts'
import { checkNewPassword } from '../credentials/new-password.ts'
import { hashPassword } from '../credentials/passwords.ts'
import type { Deps, NewUserInput } from '../deps.ts'
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

export interface SignupInput extends NewUserInput {
  readonly password: string
}

interface Person extends EmailAddress, Pick<User, 'firstName' | 'lastName' | 'locale'> {
  own: OwnUserFields
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
  const { password: _secret, ...rest } = input
  const own = await deps.features.readOwnFields(rest)
  const ownProblems = Array.isArray(own) ? (own as InvalidField[]) : []
  const problems = [...[address, password, firstName, lastName].filter(isInvalidField), ...ownProblems]
  if (problems.length > 0 || isInvalidField(address)) return invalidInput(problems)
  const locale = typeof input.locale === 'string' ? findLocale(input.locale) : auth.locale
  return { ...address, ...names, locale, own: own as OwnUserFields }
}

/** @throws Error if a feature stores a field that is the service's */
export function buildUser({ clock }: Deps, id: string, { own, ...person }: Person, passwordHash: string): User {
  const user = {
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
  const taken = Object.keys(own).find((name) => !isOwnFieldName(name, user))
  if (taken !== undefined) throw new Error(`A feature cannot store the field ${taken} of users.`)
  return { ...own, ...user }
}

const insertUser = (auth: RequestAuth, user: User): Promise<boolean> =>
  commitOrConfirm(
    auth,
    () => auth.db.users.insert(user),
    async (db) => (await db.users.findById(user.id)) !== null,
  )

/** Queues what features hear of a new user. Returns null where none listens. */
const holdNews = async ({ features, mails }: Deps, auth: RequestAuth, { id }: User): Promise<string | null> =>
  features.hears('userCreated') ? mails.enqueueHeld(auth, { kind: 'userCreated', createdId: id }) : null

/** Does the same work and gives the same answer for a new and for a taken address. */
async function requestVerification(deps: Deps, auth: RequestAuth, user: User, { own }: Person): Promise<MailRequested> {
  const { mails } = deps
  const { id: userId, emailCanonical, passwordHash, firstName, lastName, locale } = user
  const attempt = { ...own, passwordHash, firstName, lastName, locale }
  const mail = await mails.enqueueHeld(auth, { kind: 'signup', emailCanonical, userId, attempt })
  const news = await holdNews(deps, auth, user)
  const isNew = await insertUser(auth, user)
  auth.report(isNew ? { event: 'signup.succeeded', userId } : { event: 'signup.refused', reason: 'EmailTaken' })
  await mails.release(auth, mail)
  await mails.settle(auth, news, isNew)
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
  const news = await holdNews(deps, auth, user)
  const session = buildSession(deps, auth, user, { generation: user.generation, remembered: false })
  const record = await startSession(auth, session, () => insertUser(auth, user))
  await deps.mails.settle(auth, news, record !== null)
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
  if (deps.settings.emailVerification === 'required') return requestVerification(deps, auth, user, person)
  const outcome = await signIn(deps, auth, user)
  if (outcome.kind === 'EmailTaken') auth.report({ event: 'signup.refused', reason: 'EmailTaken' })
  return outcome
}
