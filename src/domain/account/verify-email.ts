import type { User } from '../../model.ts'
import type { TokenDocument } from '../../mongo/tokens.ts'
import { cleanUp, commitOrConfirm } from '../commit.ts'
import { findToken } from '../credentials/tokens.ts'
import type { Deps } from '../deps.ts'
import type { EmailTaken, InvalidToken, MailRequested, VerifyEmailSuccess } from '../outcomes.ts'
import { createGeneration } from '../sessions/new-session.ts'
import type { RequestAuth } from '../sessions/request-auth.ts'
import { confirmEmailChange } from './change-email.ts'
import { queueLinkMail } from './link-mail.ts'
import { refuseToken } from './refused-token.ts'

/** Sends the verification mail again, if the address is not verified yet. */
export function requestEmailVerification(deps: Deps, auth: RequestAuth, email: string): Promise<MailRequested> {
  auth.report({ event: 'email.verification-requested' })
  return queueLinkMail(deps, auth, 'verifyEmail', email)
}

async function verifySignup(auth: RequestAuth, token: TokenDocument): Promise<VerifyEmailSuccess | InvalidToken> {
  const isDone = (found: User | null) =>
    found?.emailVerified === true &&
    found.emailCanonical === token.emailCanonical &&
    found.tokens.verifyEmail !== token._id
  const user = await commitOrConfirm(
    auth,
    () => auth.db.users.spendToken(token.userId, 'verifyEmail', token._id, { emailVerified: true }),
    async (db) => {
      const found = await db.users.findById(token.userId)
      return isDone(found) && found
    },
  )
  if (!user || user === 'duplicate') return refuseToken(auth)
  await cleanUp(auth, (db) => db.tokens.delete(token._id))
  auth.report({ event: 'email.verified', userId: user.id })
  return { kind: 'VerifyEmailSuccess', email: user.email }
}

/** Gives the address to the sign-up that its owner confirms, and ends all sessions that others have started with it. */
async function verifyAttempt(
  deps: Deps,
  auth: RequestAuth,
  token: TokenDocument,
): Promise<VerifyEmailSuccess | InvalidToken> {
  const before = await auth.db.users.findById(token.userId)
  if (!before) return refuseToken(auth)
  const ending = createGeneration(deps, 'PASSWORD_CHANGED')
  const change = { ...token.attempt, emailVerified: true, passwordChangedAt: ending.ended.at, ...ending }
  const user = await commitOrConfirm(
    auth,
    () => auth.db.users.confirmAttempt(before.id, token.emailCanonical, change),
    async (db) => (await db.users.findById(before.id))?.generation === change.generation && before,
  )
  if (!user || user === 'duplicate') return refuseToken(auth)
  await cleanUp(
    auth,
    (db) => db.sessions.deleteByGeneration(user.id, user.generation),
    (db) => db.tokens.delete(token._id),
  )
  auth.report({ event: 'email.verified', userId: user.id })
  return { kind: 'VerifyEmailSuccess', email: token.email }
}

/** Verifies an address after a sign-up or a change of address. Signs nobody in. */
export async function verifyEmail(
  deps: Deps,
  auth: RequestAuth,
  text: string,
): Promise<VerifyEmailSuccess | InvalidToken | EmailTaken> {
  const token = await findToken({ ...deps, db: auth.db }, text, ['verifyEmail', 'changeEmail'])
  if (!token) return refuseToken(auth)
  if (token.purpose === 'changeEmail') return confirmEmailChange(deps, auth, token)
  return token.attempt ? verifyAttempt(deps, auth, token) : verifySignup(auth, token)
}
