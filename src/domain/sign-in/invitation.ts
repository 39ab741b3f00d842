import type { TokenDocument } from '../../mongo/tokens.ts'
import type { Role } from '../../roles.ts'
import { isInvalidField, readEmailField } from '../account/fields.ts'
import { refuseToken } from '../account/refused-token.ts'
import { canInvite } from '../administration/can-invite.ts'
import { cleanUp } from '../commit.ts'
import { hashPassword } from '../credentials/passwords.ts'
import { findToken } from '../credentials/tokens.ts'
import type { Deps } from '../deps.ts'
import { type EmailTaken, type InvalidInput, type InvalidToken, invalidInput, type MailRequested } from '../outcomes.ts'
import { assertStillActive } from '../sessions/authentication.ts'
import type { RequestAuth } from '../sessions/request-auth.ts'
import { buildUser, readPerson, type SignupInput, type SignupSuccess, signInNewUser } from './signup.ts'

export interface InviteUserInput {
  email: string
  roles?: readonly Role[]
}

export interface AcceptInvitationInput extends Omit<SignupInput, 'email'> {
  readonly token: string
}

/** Queues an invitation. Known and unknown addresses cause the same work. */
export async function invite(
  deps: Deps,
  auth: RequestAuth,
  { email, roles = [] }: InviteUserInput,
  invitedBy: string | null,
): Promise<MailRequested | InvalidInput> {
  const address = readEmailField('email', email)
  if (isInvalidField(address)) return invalidInput([address])
  await deps.mails.enqueue(auth, { kind: 'invitation', ...address, roles: [...new Set(roles)], invitedBy })
  return { kind: 'MailRequested', email: address.email }
}

/** Sends somebody an invitation to sign up, with the roles that they will have. */
export async function inviteUser(
  deps: Deps,
  auth: RequestAuth,
  input: InviteUserInput,
): Promise<MailRequested | InvalidInput> {
  const { user } = auth.requireViewer()
  await assertStillActive(deps, auth)
  const outcome = await invite(deps, auth, input, user.id)
  if (outcome.kind === 'MailRequested') auth.report({ event: 'invitation.requested', by: user.id })
  return outcome
}

async function isValid(auth: RequestAuth, { invitation }: TokenDocument): Promise<boolean> {
  if (!invitation) return false
  const { invitedBy } = invitation
  return invitedBy === null || canInvite(await auth.db.users.findById(invitedBy))
}

/** Creates the invited user, with a verified address, and signs them in. */
export async function acceptInvitation(
  deps: Deps,
  auth: RequestAuth,
  { token: text, ...input }: AcceptInvitationInput,
): Promise<SignupSuccess | InvalidToken | InvalidInput | EmailTaken> {
  auth.cookie.requireSecure()
  const token = await findToken({ ...deps, db: auth.db }, text, ['invitation'])
  if (!token || !(await isValid(auth, token))) return refuseToken(auth)
  const person = await readPerson(deps, auth, { ...input, email: token.email })
  if ('kind' in person) return person
  const passwordHash = await hashPassword(deps.hasher, input.password)
  const user = {
    ...buildUser(deps, auth.db.users.createId(), person, passwordHash),
    emailVerified: true,
    roles: token.invitation?.roles ?? [],
  }
  const outcome = await signInNewUser(deps, auth, user)
  if (outcome.kind === 'EmailTaken') return outcome
  await cleanUp(auth, (db) => db.tokens.delete(token._id))
  auth.report({ event: 'invitation.accepted', userId: user.id })
  return outcome
}
