import { LOCALES } from '../../locales.ts'
import type { Mail } from '../../mail/messages.ts'
import type { Clock, User } from '../../model.ts'
import type { Collections } from '../../mongo/collections.ts'
import type { FeatureJob, MailJob } from '../../mongo/mails.ts'
import { DAYS } from '../../units.ts'
import { canInvite } from '../administration/can-invite.ts'
import { createAttemptToken, createInvitationToken, createToken } from '../credentials/tokens.ts'

interface Access {
  readonly clock: Clock
  readonly db: Collections
}

type Job<Kind extends MailJob['kind']> = Extract<MailJob, { kind: Kind }>
type MailToSend = Exclude<MailJob, FeatureJob>

const toUser = ({ email, locale }: User) => ({ to: email, locale })

/** Writes to a user who has just signed up, or whose unverified address somebody else has used to sign up. */
async function writeSignupMail(access: Access, job: Job<'signup'>): Promise<Mail | null> {
  const user = await access.db.users.findByEmail(job.emailCanonical)
  if (!user || user.disabledAt) return null
  const isOwn = user.id === job.userId
  if (user.emailVerified) return isOwn ? null : { kind: 'signupAttempted', ...toUser(user) }
  const token = isOwn
    ? await createToken(access, 'verifyEmail', user, user)
    : await createAttemptToken(access, user, job.attempt)
  return { kind: 'verifyEmail', ...toUser(user), token }
}

/** Writes to the new address of a user, unless it is taken or the sessions of that user have ended. */
async function writeChangeMail(access: Access, job: Job<'changeEmail'>): Promise<Mail | null> {
  const user = await access.db.users.findById(job.userId)
  if (!user || user.generation !== job.generation || user.disabledAt) return null
  const owner = await access.db.users.findByEmail(job.emailCanonical)
  if (owner && owner.id !== user.id) return null
  const token = await createToken(access, 'changeEmail', user, { email: job.email, emailCanonical: job.emailCanonical })
  return { kind: 'changeEmail', ...toUser(user), to: job.email, token }
}

async function writeLinkMail(access: Access, job: Job<'verifyEmail' | 'resetPassword'>): Promise<Mail | null> {
  const user = await access.db.users.findByEmail(job.emailCanonical)
  if (!user || user.disabledAt || (job.kind === 'verifyEmail' && user.emailVerified)) return null
  const token = await createToken(access, job.kind, user, user)
  return { kind: job.kind, ...toUser(user), token }
}

/** Tells whether a change was committed, or a later one. */
export const hasHappened = (at: Date | null, { changedAt }: { changedAt: Date }) => at !== null && at >= changedAt

/** Writes to the owner of a changed password or address, unless the change was never committed. */
function writeNotice(user: User | null, job: Job<'passwordChanged' | 'emailChanged'>): Mail | null {
  if (!user) return null
  if (job.kind === 'passwordChanged') {
    return hasHappened(user.passwordChangedAt, job) ? { kind: 'passwordChanged', ...toUser(user) } : null
  }
  return hasHappened(user.emailChangedAt, job) ? { kind: 'emailChanged', ...toUser(user), to: job.oldEmail } : null
}

/** Writes to somebody who has no account yet, if whoever invited them still may. */
async function writeInvitation(
  access: Access,
  { email, emailCanonical, roles, invitedBy }: Job<'invitation'>,
): Promise<Mail | null> {
  const inviter = invitedBy === null ? null : await access.db.users.findById(invitedBy)
  if (invitedBy !== null && !canInvite(inviter)) return null
  if (await access.db.users.findByEmail(emailCanonical)) return null
  const token = await createInvitationToken(access, { email, emailCanonical }, { roles, invitedBy })
  return { kind: 'invitation', to: email, locale: inviter?.locale ?? LOCALES[0], token }
}

/** Writes to a user whose password somebody knows, at most once a day. */
async function writeFactorAlert({ db }: Access, { userId, at, deviceName }: Job<'factorFailed'>): Promise<Mail | null> {
  const user = await db.users.findById(userId)
  if (!user || !(await db.factors.startAlert(userId, at, new Date(at.getTime() - 1 * DAYS)))) return null
  return { kind: 'factorFailed', ...toUser(user), at, deviceName }
}

/**
 * Writes a job's mail, with a new token if it needs one. Returns null if there is nobody to send it to. Requests only queue
 * jobs and look nobody up, so their timing reveals nothing.
 */
export async function writeMail(access: Access, job: MailToSend): Promise<Mail | null> {
  switch (job.kind) {
    case 'signup':
      return writeSignupMail(access, job)
    case 'changeEmail':
      return writeChangeMail(access, job)
    case 'verifyEmail':
    case 'resetPassword':
      return writeLinkMail(access, job)
    case 'passwordChanged':
    case 'emailChanged':
      return writeNotice(await access.db.users.findById(job.userId), job)
    case 'factorChanged': {
      const user = await access.db.users.findById(job.userId)
      const { change, name } = job
      return user && hasHappened(user.factorsChangedAt, job) ? { kind: job.kind, ...toUser(user), change, name } : null
    }
    case 'recoveryCodeUsed': {
      const user = await access.db.users.findById(job.userId)
      return user && { kind: job.kind, ...toUser(user), at: job.at, left: job.left }
    }
    case 'passwordBreached': {
      const user = await access.db.users.findById(job.userId)
      return user?.breachToldAt?.getTime() === job.at.getTime() ? { kind: job.kind, ...toUser(user) } : null
    }
    case 'passkeyCopied': {
      const user = await access.db.users.findById(job.userId)
      return user && { kind: job.kind, ...toUser(user), at: job.at, name: job.name }
    }
    case 'invitation':
      return writeInvitation(access, job)
    case 'factorFailed':
      return writeFactorAlert(access, job)
    case 'factorsReset': {
      const user = await access.db.users.findById(job.userId)
      if (!user || user.disabledAt) return null
      return { kind: job.kind, ...toUser(user), token: await createToken(access, 'resetPassword', user, user) }
    }
    case 'newDevice': {
      const user = await access.db.users.findById(job.userId)
      return user && { kind: 'newDevice', ...toUser(user), at: job.at, deviceName: job.deviceName }
    }
    case 'feature': {
      const { kind, to, subject, text } = job
      return { kind, to, subject, text }
    }
  }
}
