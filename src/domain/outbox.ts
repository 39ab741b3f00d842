import type { Mail } from '../mail/messages.ts'
import type { Clock, User } from '../model.ts'
import { withoutDeadline } from '../mongo/deadline.ts'
import type { MailJob, MailRecords } from '../mongo/mails.ts'
import type { Users } from '../mongo/users.ts'
import { DAYS, HOURS, MINUTES, SECONDS } from '../units.ts'
import type { Report } from './events.ts'
import type { Tokens } from './tokens.ts'

/** A worker that crashed gives its job up after this long. */
const LEASE = 2 * MINUTES
const FIRST_PAUSE = 5 * SECONDS
const LONGEST_PAUSE = 1 * HOURS
const GIVEN_UP_AFTER = 1 * DAYS
/** Another process, or a crashed one, may have left a job: how often the queue is looked at unasked. */
const LOOK_EVERY = 15 * SECONDS

/** Sends one mail; rejects where it could not be handed on. */
export interface Mailer {
  send(mail: Mail): Promise<void>
}

interface Parts {
  mails: MailRecords
  users: Pick<Users, 'byId' | 'byEmail'>
  tokens: Tokens
  mailer: Mailer
  clock: Clock
  report: Report
  /** Hears of what went wrong with a mail, or with the queue itself. */
  onError: (error: unknown) => void
}

type Claimed = MailJob & { id: string; createdAt: Date; tries: number }

/**
 * The mail worker. A request decides nothing and knows nothing: here the user is looked up and the token made, when the
 * mail is sent. A job is removed once its mail is handed on, so each is sent at least once.
 */
export function createOutbox({ mails, users, tokens, mailer, clock, report, onError }: Parts) {
  /** What a user is sent who has just signed up, or over whose unverified address somebody else did. */
  async function signupMail(job: Extract<MailJob, { kind: 'signup' }>, user: User | null): Promise<Mail | null> {
    if (!user || user.disabledAt) return null
    if (user.emailVerified) return user.id === job.userId ? null : { kind: 'signupAttempted', to: user.email }
    const own = user.id === job.userId
    const token = own ? await tokens.make('verifyEmail', user, user) : await tokens.makeForAttempt(user, job.attempt)
    return { kind: 'verifyEmail', to: user.email, token }
  }

  /** What asks the new address of a user whether it is theirs; nothing if it is taken, or if the asker's sessions have ended. */
  async function changeMail(job: Extract<MailJob, { kind: 'changeEmail' }>): Promise<Mail | null> {
    const user = await users.byId(job.userId)
    if (!user || user.generation !== job.generation || user.disabledAt) return null
    const owner = await users.byEmail(job.emailCanonical)
    if (owner && owner.id !== user.id) return null
    const token = await tokens.make('changeEmail', user, { email: job.email, emailCanonical: job.emailCanonical })
    return { kind: 'changeEmail', to: job.email, token }
  }

  const happened = (at: Date | null, job: { changedAt: Date }) => at !== null && at >= job.changedAt

  /** The mail that a job is about, or null where there is nobody to send it to. */
  async function write(job: MailJob): Promise<Mail | null> {
    switch (job.kind) {
      case 'signup':
        return signupMail(job, await users.byEmail(job.emailCanonical))
      case 'changeEmail':
        return changeMail(job)
      case 'verifyEmail':
      case 'resetPassword': {
        const user = await users.byEmail(job.emailCanonical)
        if (!user || user.disabledAt || (job.kind === 'verifyEmail' && user.emailVerified)) return null
        const token = await tokens.make(job.kind, user, user)
        return { kind: job.kind, to: user.email, token }
      }
      case 'passwordChanged': {
        const user = await users.byId(job.userId)
        return user && happened(user.passwordChangedAt, job) ? { kind: 'passwordChanged', to: user.email } : null
      }
      case 'emailChanged': {
        const user = await users.byId(job.userId)
        return user && happened(user.emailChangedAt, job) ? { kind: 'emailChanged', to: job.oldEmail } : null
      }
    }
  }

  async function putOff({ id, kind, tries, createdAt }: Claimed): Promise<void> {
    const now = clock.now().getTime()
    if (now - createdAt.getTime() >= GIVEN_UP_AFTER) {
      report({ event: 'mail.given-up', kind, tries })
      return mails.remove(id)
    }
    const retryInMs = Math.min(FIRST_PAUSE * 2 ** (tries - 1), LONGEST_PAUSE)
    report({ event: 'mail.failed', kind, tries, retryInMs })
    return mails.reschedule(id, new Date(now + retryInMs))
  }

  async function handle(job: Claimed): Promise<void> {
    try {
      const mail = await write(job)
      if (mail) {
        await mailer.send(mail)
        report({ event: 'mail.sent', kind: mail.kind })
      }
    } catch (error) {
      onError(error)
      return putOff(job)
    }
    await mails.remove(job.id)
  }

  let stopped = false
  let asked = false
  let working: Promise<void> | null = null
  let callOff = () => {}

  async function drain(): Promise<void> {
    while (!stopped) {
      const now = clock.now()
      const job = await mails.claim(now, new Date(now.getTime() + LEASE))
      if (!job) return
      await handle(job)
    }
  }

  /** When to look again, unasked: when the next job is due, but often enough for jobs that others leave. */
  async function pause(): Promise<number> {
    const due = await mails.nextDue()
    const wait = due ? due.getTime() - clock.now().getTime() : LOOK_EVERY
    return Math.max(SECONDS / 10, Math.min(wait, LOOK_EVERY))
  }

  async function run(): Promise<void> {
    let next = LOOK_EVERY
    try {
      do {
        asked = false
        await drain()
        next = await pause()
      } while (asked && !stopped)
    } catch (error) {
      onError(error)
    }
    working = null
    if (!stopped) callOff = clock.after(next, wake)
  }

  /** Looks whether a mail is due, and sends what is. */
  function wake(): void {
    asked = true
    if (stopped || working) return
    callOff()
    working = withoutDeadline(run)
  }

  return {
    wake,
    /** Sends no more once the mail under way is handed on. */
    async stop(): Promise<void> {
      stopped = true
      callOff()
      await working
    },
  }
}

export type Outbox = ReturnType<typeof createOutbox>
