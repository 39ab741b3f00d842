import { MailRefused } from '../../mail/mail-refused.ts'
import type { Mail } from '../../mail/messages.ts'
import type { Clock } from '../../model.ts'
import type { Collections } from '../../mongo/collections.ts'
import { runWithoutDeadline } from '../../mongo/deadline.ts'
import type { LeasedMail } from '../../mongo/mails.ts'
import { DAYS, HOURS, MINUTES, SECONDS } from '../../units.ts'
import type { Report } from '../events.ts'
import { isFeatureJob, tellFeatures, type UserHooks } from './feature-job.ts'
import { writeMail } from './mail-job.ts'
import type { TraceCarrier } from './trace-carrier.ts'

/** After this long, another worker takes a job over from one that crashed. */
const LEASE_MS = 2 * MINUTES
const FIRST_PAUSE_MS = 5 * SECONDS
const MAX_PAUSE_MS = 1 * HOURS
const GIVE_UP_AFTER_MS = 1 * DAYS
/** Finds the jobs that other processes have added, or left in a crash. */
const POLL_INTERVAL_MS = 15 * SECONDS
const MIN_WAIT_MS = SECONDS / 10

export interface Mailer {
  /** @throws MailRefused if the mail server will never accept the mail; any other error if it may later */
  send(mail: Mail): Promise<void>
}

export interface MailWorkerDeps {
  readonly db: Collections
  readonly mailer: Mailer
  readonly clock: Clock
  readonly report: Report
  readonly hooks: UserHooks
  readonly traces: Pick<TraceCarrier, 'resume' | 'leave'>
  /** Receives failures to send a mail or to read the queue. */
  readonly onError: (error: unknown) => void
}

/** Sends the mails of the queue, each at least once: a job is removed after its mail has been sent. */
export class MailWorker {
  readonly #deps: MailWorkerDeps
  #isStopped = false
  #isAsked = false
  #running: Promise<void> | null = null
  #cancelTimer = () => {}

  constructor(deps: MailWorkerDeps) {
    this.#deps = deps
  }

  readonly wake = (): void => {
    this.#isAsked = true
    if (this.#isStopped || this.#running) return
    this.#cancelTimer()
    this.#running = this.#deps.traces.leave(() => runWithoutDeadline(() => this.#run()))
  }

  /** Stops sending. Resolves when the current mail has been sent. */
  async stop(): Promise<void> {
    this.#isStopped = true
    this.#cancelTimer()
    await this.#running
  }

  async #run(): Promise<void> {
    let waitMs = POLL_INTERVAL_MS
    try {
      do {
        this.#isAsked = false
        await this.#drain()
        waitMs = await this.#findWait()
      } while (this.#isAsked && !this.#isStopped)
    } catch (error) {
      this.#deps.onError(error)
    }
    this.#running = null
    if (!this.#isStopped) this.#cancelTimer = this.#deps.clock.after(waitMs, this.wake)
  }

  async #drain(): Promise<void> {
    const { db, clock } = this.#deps
    while (!this.#isStopped) {
      const now = clock.now()
      const job = await db.mails.lease(now, new Date(now.getTime() + LEASE_MS))
      if (!job) return
      await this.#handle(job)
    }
  }

  /** Finds when the next job is due; others may be added at any time. */
  async #findWait(): Promise<number> {
    const { db, clock } = this.#deps
    const due = await db.mails.findNextDue()
    const waitMs = due ? due.getTime() - clock.now().getTime() : POLL_INTERVAL_MS
    return Math.max(MIN_WAIT_MS, Math.min(waitMs, POLL_INTERVAL_MS))
  }

  async #work(job: LeasedMail): Promise<void> {
    const { db, mailer, report, hooks } = this.#deps
    if (isFeatureJob(job)) return tellFeatures(hooks, db, job)
    const mail = await writeMail(this.#deps, job)
    if (!mail) return
    await mailer.send(mail)
    report({ event: 'mail.sent', kind: mail.kind })
  }

  async #handle(job: LeasedMail): Promise<void> {
    const { db, report, onError, traces } = this.#deps
    try {
      await traces.resume(job.trace, `mail ${job.kind}`, () => this.#work(job))
    } catch (error) {
      onError(error)
      if (error instanceof MailRefused)
        report({ event: 'mail.given-up', kind: job.kind, tries: job.tries, code: error.code })
      else return this.#retryLater(job)
    }
    await db.mails.delete(job.id)
  }

  async #retryLater({ id, kind, tries, createdAt }: LeasedMail): Promise<void> {
    const { db, clock, report } = this.#deps
    const now = clock.now().getTime()
    if (now - createdAt.getTime() >= GIVE_UP_AFTER_MS) {
      report({ event: 'mail.given-up', kind, tries })
      return db.mails.delete(id)
    }
    const retryInMs = Math.min(FIRST_PAUSE_MS * 2 ** (tries - 1), MAX_PAUSE_MS)
    report({ event: 'mail.failed', kind, tries, retryInMs })
    return db.mails.reschedule(id, new Date(now + retryInMs))
  }
}
