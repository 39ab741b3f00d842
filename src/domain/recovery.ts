import type { Clock, EndReason, User } from '../model.ts'
import type { SessionRecords } from '../mongo/sessions.ts'
import type { TokenDocument, TokenRecords } from '../mongo/tokens.ts'
import type { Users } from '../mongo/users.ts'
import { clearUp, settle } from './commit.ts'
import type { Credentials } from './credentials.ts'
import { readEmail } from './emails.ts'
import type { Hasher } from './hashing.ts'
import type { MailQueue } from './mail-queue.ts'
import {
  type EmailTaken,
  type InvalidInput,
  type InvalidToken,
  invalidInput,
  type MailRequested,
  type Outcome,
} from './outcomes.ts'
import { normalizePassword, passwordFault } from './passwords.ts'
import { type Asker, newGeneration } from './sessions.ts'
import type { Tokens } from './tokens.ts'

interface Parts {
  users: Users
  sessionRecords: SessionRecords
  tokenRecords: TokenRecords
  tokens: Tokens
  mails: MailQueue
  credentials: Credentials
  hasher: Hasher
  clock: Clock
  rules: { passwordMinLength: number }
}

type VerifyEmailSuccess = Outcome<'VerifyEmailSuccess', { email: string }>
type ResetPasswordSuccess = Outcome<'ResetPasswordSuccess', { email: string }>

/** What the owner of a mailbox may do without being signed in: verify an address, reset a password. */
export function createRecovery(parts: Parts) {
  const { users, sessionRecords, tokenRecords, tokens, mails, credentials, hasher, clock, rules } = parts

  const newEnding = (reason: EndReason) => ({ generation: newGeneration(), ended: { at: clock.now(), reason } })

  function refuse(asker: Asker): InvalidToken {
    asker.report({ event: 'token.refused' })
    return { kind: 'InvalidToken' }
  }

  /** Queues a mail for whoever may have the address: the same for known and unknown ones. */
  async function request(kind: 'verifyEmail' | 'resetPassword', email: string): Promise<MailRequested> {
    const address = readEmail(email)
    if (address) await mails.add({ kind, emailCanonical: address.emailCanonical })
    return { kind: 'MailRequested', email: email.trim() }
  }

  /** Verifies the address that a sign-up gave. */
  async function confirm(token: TokenDocument, asker: Asker): Promise<VerifyEmailSuccess | InvalidToken> {
    const isDone = (found: User | null) =>
      found?.emailVerified === true &&
      found.emailCanonical === token.emailCanonical &&
      found.tokens.verifyEmail !== token._id
    const user = await settle(
      () => users.spendToken(token.userId, 'verifyEmail', token._id, { emailVerified: true }),
      () => users.byId(token.userId),
      (found) => isDone(found) && found,
    )
    if (!user || user === 'taken') return refuse(asker)
    await clearUp(() => tokenRecords.remove(token._id))
    asker.report({ event: 'email.verified', userId: user.id })
    return { kind: 'VerifyEmailSuccess', email: user.email }
  }

  /** Gives the address to the attempt to sign up that its owner confirms; what others have made of it ends. */
  async function confirmAttempt(token: TokenDocument, asker: Asker): Promise<VerifyEmailSuccess | InvalidToken> {
    const before = await users.byId(token.userId)
    if (!before) return refuse(asker)
    const change = {
      ...token.attempt,
      emailVerified: true,
      passwordChangedAt: clock.now(),
      ...newEnding('PASSWORD_CHANGED'),
    }
    const user = await settle(
      () => users.confirmAttempt(before.id, token.emailCanonical, change),
      () => users.byId(before.id),
      (found) => found?.generation === change.generation && before,
    )
    if (!user || user === 'taken') return refuse(asker)
    await clearUp(
      () => sessionRecords.removeGeneration(user.id, user.generation),
      () => tokenRecords.remove(token._id),
    )
    asker.report({ event: 'email.verified', userId: user.id })
    return { kind: 'VerifyEmailSuccess', email: token.email }
  }

  /** Gives a user the new address that answered. */
  async function confirmChange(
    token: TokenDocument,
    asker: Asker,
  ): Promise<VerifyEmailSuccess | InvalidToken | EmailTaken> {
    const before = await users.byId(token.userId)
    if (before?.tokens.changeEmail !== token._id) return refuse(asker)
    const changedAt = clock.now()
    const { email, emailCanonical } = token
    const mail = await mails.hold({ kind: 'emailChanged', userId: before.id, changedAt, oldEmail: before.email })
    const change = { email, emailCanonical, emailVerified: true, emailChangedAt: changedAt }
    const user = await settle(
      () => users.spendToken(before.id, 'changeEmail', token._id, change),
      () => users.byId(before.id),
      (found) =>
        found?.emailCanonical === emailCanonical && found.emailChangedAt?.getTime() === changedAt.getTime() && before,
    )
    if (!user || user === 'taken') {
      await mails.withdraw(mail)
      if (!user) return refuse(asker)
      await users.unsetToken(before.id, 'changeEmail', token._id)
      return { kind: 'EmailTaken' }
    }
    await mails.release(mail)
    await clearUp(() => tokenRecords.remove(token._id))
    asker.report({ event: 'email.changed', userId: user.id })
    return { kind: 'VerifyEmailSuccess', email }
  }

  /** Sets the new password with the token, in one write, and ends every session of the user. */
  async function reset(user: User, token: TokenDocument, newPassword: string): Promise<boolean> {
    const changedAt = clock.now()
    const ending = newEnding('PASSWORD_CHANGED')
    const passwordHash = await hasher.hash(normalizePassword(newPassword) ?? '')
    const mail = await mails.hold({ kind: 'passwordChanged', userId: user.id, changedAt })
    const change = { passwordHash, passwordChangedAt: changedAt, emailVerified: true, ...ending }
    const before = await settle(
      () => users.spendToken(user.id, 'resetPassword', token._id, change),
      () => users.byId(user.id),
      (found) => found?.generation === change.generation && user,
    )
    if (!before || before === 'taken') {
      await mails.withdraw(mail)
      return false
    }
    await mails.release(mail)
    await clearUp(
      () => sessionRecords.removeGeneration(user.id, before.generation),
      () => tokenRecords.remove(token._id),
    )
    return true
  }

  return {
    /** Sends the verification mail again, if the address is one that waits for it. */
    requestEmailVerification(email: string, asker: Asker): Promise<MailRequested> {
      asker.report({ event: 'email.verification-requested' })
      return request('verifyEmail', email)
    },

    /** Sends a mail that lets its reader set a new password, if the address is a user's. */
    requestPasswordReset(email: string, asker: Asker): Promise<MailRequested> {
      asker.report({ event: 'password.reset-requested' })
      return request('resetPassword', email)
    },

    /** Takes the token of a verification mail, of a sign-up as of a change of address. */
    async verifyEmail(text: string, asker: Asker): Promise<VerifyEmailSuccess | InvalidToken | EmailTaken> {
      const token = await tokens.find(text, ['verifyEmail', 'changeEmail'])
      if (!token) return refuse(asker)
      if (token.purpose === 'changeEmail') return confirmChange(token, asker)
      return token.attempt ? confirmAttempt(token, asker) : confirm(token, asker)
    },

    /** Sets a new password; a refused one does not spend the token. */
    async resetPassword(
      input: { token: string; newPassword: string },
      asker: Asker,
    ): Promise<ResetPasswordSuccess | InvalidToken | InvalidInput> {
      const token = await tokens.find(input.token, ['resetPassword'])
      const user = token && (await users.byId(token.userId))
      if (!token || !user || user.disabledAt || user.tokens.resetPassword !== token._id) return refuse(asker)
      const fault = passwordFault('newPassword', input.newPassword, rules.passwordMinLength, user)
      if (fault) return invalidInput([fault])
      if (await credentials.check(user, input.newPassword, asker.report)) return invalidInput([unchangedPassword])
      if (!(await reset(user, token, input.newPassword))) return refuse(asker)
      asker.report({ event: 'password.reset', userId: user.id })
      return { kind: 'ResetPasswordSuccess', email: user.email }
    },
  }
}

/** The fault of a new password that is the old one. */
export const unchangedPassword = {
  name: 'newPassword',
  reason: 'UNCHANGED',
  message: 'This is the password that you have.',
} as const

export type Recovery = ReturnType<typeof createRecovery>
