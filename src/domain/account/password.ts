import { AppError } from '../../errors.ts'
import type { User, Viewer } from '../../model.ts'
import type { TokenDocument } from '../../mongo/tokens.ts'
import { cleanUp, commitOrConfirm } from '../commit.ts'
import { checkNewPassword } from '../credentials/new-password.ts'
import { checkPassword } from '../credentials/password-check.ts'
import { hashPassword, normalizePassword } from '../credentials/passwords.ts'
import { findToken } from '../credentials/tokens.ts'
import type { Deps } from '../deps.ts'
import {
  type InvalidCredentials,
  type InvalidField,
  type InvalidInput,
  type InvalidToken,
  invalidInput,
  type MailRequested,
  type Outcome,
  type SessionView,
} from '../outcomes.ts'
import { isFresh } from '../sessions/authentication.ts'
import { toCurrentSession } from '../sessions/live-sessions.ts'
import { createGeneration, enterSession, toVersion } from '../sessions/new-session.ts'
import type { RequestAuth } from '../sessions/request-auth.ts'
import { rotateAndRevokeOthers } from '../sessions/rotation.ts'
import { queueLinkMail } from './link-mail.ts'
import { refuseToken } from './refused-token.ts'

export interface ChangePasswordInput {
  currentPassword: string
  newPassword: string
}

export interface ResetPasswordInput {
  token: string
  newPassword: string
}

/** How recent both factors must be for a new password: it is one of them. */
const FRESH_SECONDS = 600

export type ChangePasswordSuccess = Outcome<'ChangePasswordSuccess', { session: SessionView }>
export type ResetPasswordSuccess = Outcome<'ResetPasswordSuccess', { email: string }>

const UNCHANGED: InvalidField = {
  name: 'newPassword',
  reason: 'UNCHANGED',
  message: 'Your new password must differ from the current one.',
}

async function findProblem(deps: Deps, auth: RequestAuth, user: User, input: ChangePasswordInput) {
  const { currentPassword, newPassword } = input
  const problem = await checkNewPassword(deps, auth, 'newPassword', newPassword, user)
  if (problem) return problem
  return normalizePassword(newPassword) === normalizePassword(currentPassword) ? UNCHANGED : null
}

async function buildPasswordChange(deps: Deps, newPassword: string) {
  const passwordHash = await hashPassword(deps.hasher, newPassword)
  const ending = createGeneration(deps, 'PASSWORD_CHANGED')
  return { passwordHash, passwordChangedAt: ending.ended.at, ...ending }
}

async function replacePassword(
  deps: Deps,
  auth: RequestAuth,
  viewer: Viewer,
  newPassword: string,
  authenticatedAt: Date,
): Promise<Viewer> {
  const change = await buildPasswordChange(deps, newPassword)
  const { generation, passwordChangedAt } = change
  const notice = { kind: 'passwordChanged', userId: viewer.user.id, changedAt: passwordChangedAt } as const
  const mail = await deps.mails.enqueueHeld(auth, notice)
  try {
    const { record, user } = await rotateAndRevokeOthers(deps, auth, viewer, { generation, authenticatedAt }, () =>
      auth.db.users.updateAndSpendTokens(toVersion(viewer), change),
    )
    await deps.mails.release(auth, mail)
    return enterSession(deps, auth, { ...user, ...change, tokens: {} }, record)
  } catch (error) {
    await deps.mails.cancelAfter(auth, mail, error)
    throw error
  }
}

/** Changes the viewer's password. Ends all other sessions; the current one gets a new cookie value. */
export async function changePassword(
  deps: Deps,
  auth: RequestAuth,
  input: ChangePasswordInput,
): Promise<ChangePasswordSuccess | InvalidCredentials | InvalidInput> {
  auth.cookie.requireSecure()
  const viewer = auth.requireViewer()
  const { user } = viewer
  const authenticatedAt = deps.clock.now()
  if (user.secondFactor && !isFresh(viewer, FRESH_SECONDS, authenticatedAt)) {
    throw new AppError('REAUTHENTICATION_REQUIRED', { maxAge: FRESH_SECONDS })
  }
  if (!(await checkPassword(deps, auth, user, input.currentPassword))) {
    auth.report({ event: 'password.change-refused', userId: user.id })
    return { kind: 'InvalidCredentials' }
  }
  const problem = await findProblem(deps, auth, user, input)
  if (problem) return invalidInput([problem])
  const changed = await replacePassword(deps, auth, viewer, input.newPassword, authenticatedAt)
  auth.report({ event: 'password.changed', userId: user.id })
  return { kind: 'ChangePasswordSuccess', session: toCurrentSession(changed) }
}

/** Sends a mail with a link to set a new password, if the address belongs to a user. */
export function requestPasswordReset(deps: Deps, auth: RequestAuth, email: string): Promise<MailRequested> {
  auth.report({ event: 'password.reset-requested' })
  return queueLinkMail(deps, auth, 'resetPassword', email)
}

/** Sets the new password in one write. Returns false if the token is no longer valid. */
async function commitReset(
  deps: Deps,
  auth: RequestAuth,
  user: User,
  token: TokenDocument,
  newPassword: string,
): Promise<boolean> {
  const change = { ...(await buildPasswordChange(deps, newPassword)), emailVerified: true }
  const notice = { kind: 'passwordChanged', userId: user.id, changedAt: change.passwordChangedAt } as const
  const mail = await deps.mails.enqueueHeld(auth, notice)
  const before = await commitOrConfirm(
    auth,
    () => auth.db.users.spendToken(user.id, 'resetPassword', token._id, change, !user.emailVerified),
    async (db) => (await db.users.findById(user.id))?.generation === change.generation && user,
  )
  if (!before || before === 'duplicate') {
    await deps.mails.cancel(auth, mail)
    return false
  }
  await deps.mails.release(auth, mail)
  await cleanUp(
    auth,
    (db) => db.sessions.deleteByGeneration(user.id, before.generation),
    (db) => db.tokens.delete(token._id),
  )
  return true
}

/** Sets a new password with the token of a mail, and ends every session of the user. A refused password leaves the token valid. */
export async function resetPassword(
  deps: Deps,
  auth: RequestAuth,
  { token: text, newPassword }: ResetPasswordInput,
): Promise<ResetPasswordSuccess | InvalidToken | InvalidInput> {
  const token = await findToken({ ...deps, db: auth.db }, text, ['resetPassword'])
  const user = token && (await auth.db.users.findById(token.userId))
  if (!token || !user || user.disabledAt || user.tokens.resetPassword !== token._id) return refuseToken(auth)
  const problem = await checkNewPassword(deps, auth, 'newPassword', newPassword, user)
  if (problem) return invalidInput([problem])
  if (await checkPassword(deps, auth, user, newPassword)) return invalidInput([UNCHANGED])
  if (!(await commitReset(deps, auth, user, token, newPassword))) return refuseToken(auth)
  await deps.limiter.clearFailures(auth, user.emailCanonical)
  auth.report({ event: 'password.reset', userId: user.id })
  return { kind: 'ResetPasswordSuccess', email: user.email }
}
