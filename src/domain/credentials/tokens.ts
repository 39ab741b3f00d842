import { createHash, randomBytes } from 'node:crypto'
import type { Clock, TokenPurpose, User } from '../../model.ts'
import type { Collections } from '../../mongo/collections.ts'
import type { Invitation, SignupAttempt, TokenDocument } from '../../mongo/tokens.ts'
import { DAYS, HOURS, MINUTES } from '../../units.ts'
import type { EmailAddress } from '../account/emails.ts'
import { cleanUp } from '../commit.ts'

/** How long a token lives (OWASP Forgot Password Cheat Sheet; The Copenhagen Book). */
const LIFETIMES_MS: Record<TokenDocument['purpose'], number> = {
  verifyEmail: 24 * HOURS,
  changeEmail: 24 * HOURS,
  resetPassword: 60 * MINUTES,
  invitation: 7 * DAYS,
}

const TOKEN_PATTERN = /^[A-Za-z0-9_-]{43}$/

/** Only the hash is stored: a dump of the database holds no usable token. */
const hashToken = (token: string): string => createHash('sha256').update(token).digest('hex')

interface Access {
  readonly clock: Clock
  readonly db: Collections
}

type TokenContents = Omit<TokenDocument, '_id' | 'expires'>

async function insertToken({ clock, db }: Access, contents: TokenContents): Promise<string> {
  const token = randomBytes(32).toString('base64url')
  const expires = new Date(clock.now().getTime() + LIFETIMES_MS[contents.purpose])
  const document = { _id: hashToken(token), ...contents, expires }
  await db.tokens.insert(document)
  if (contents.purpose === 'invitation') await db.tokens.deleteOlderInvitations(document)
  return token
}

/** Creates an invitation; an earlier one to the same address ends. */
export const createInvitationToken = (
  access: Access,
  { email, emailCanonical }: EmailAddress,
  invitation: Invitation,
): Promise<string> =>
  insertToken(access, {
    ...{ purpose: 'invitation', userId: invitation.invitedBy ?? '', email, emailCanonical },
    ...{ attempt: null, invitation },
  })

/**
 * Creates a one-time token of 32 random bytes, the user's only live one for its purpose.
 * @throws Error if the user has changed since they were read
 */
export async function createToken(
  access: Access,
  purpose: TokenPurpose,
  user: User,
  { email, emailCanonical }: EmailAddress,
): Promise<string> {
  const token = await insertToken(access, { purpose, userId: user.id, email, emailCanonical, attempt: null })
  if (await access.db.users.setToken(user, purpose, hashToken(token))) return token
  await cleanUp(access, (db) => db.tokens.delete(hashToken(token)))
  throw new Error('The user has changed since they were read.')
}

/** Creates a token for a sign-up with an address that another user has not verified. */
export const createAttemptToken = (access: Access, user: User, attempt: SignupAttempt): Promise<string> => {
  const { id: userId, email, emailCanonical } = user
  return insertToken(access, { purpose: 'verifyEmail', userId, email, emailCanonical, attempt })
}

/** Finds an unexpired token for one of the purposes. */
export async function findToken(
  { clock, db }: Access,
  token: string,
  purposes: readonly TokenDocument['purpose'][],
): Promise<TokenDocument | null> {
  if (!TOKEN_PATTERN.test(token)) return null
  const found = await db.tokens.findByHash(hashToken(token))
  const isValid = found && purposes.includes(found.purpose) && clock.now() < found.expires
  return isValid ? found : null
}
