import { AppError } from '../../errors.ts'
import type { Clock } from '../../model.ts'
import type { Collections } from '../../mongo/collections.ts'
import type { MailJob, TracedJob } from '../../mongo/mails.ts'
import { SECONDS } from '../../units.ts'
import { cleanUp } from '../commit.ts'

/** So many wait only if no mail can be sent. */
const MAX_WAITING = 10_000
/** By then a request has ended or crashed. */
const HOLD_MS = 30 * SECONDS

interface Access {
  readonly db: Collections
}

export class MailQueue {
  readonly #clock: Clock
  readonly #wake: () => void
  readonly #carryTrace: () => string | null

  /** `wake` tells the mail worker that a mail is due. `carryTrace` names the trace that asks for one. */
  constructor(clock: Clock, wake: () => void, carryTrace: () => string | null) {
    this.#clock = clock
    this.#wake = wake
    this.#carryTrace = carryTrace
  }

  async #insert({ db }: Access, job: MailJob, delayMs: number): Promise<string> {
    if ((await db.mails.count()) >= MAX_WAITING) throw new AppError('UNAVAILABLE')
    const now = this.#clock.now()
    return db.mails.insert(this.#trace(job), now, new Date(now.getTime() + delayMs))
  }

  /** @throws AppError UNAVAILABLE if the queue is full */
  async enqueue(access: Access, job: MailJob): Promise<void> {
    await this.#insert(access, job, 0)
    this.#wake()
  }

  /**
   * Adds a job that is sent when it is released, or after its request must have crashed. Returns its id.
   * @throws AppError UNAVAILABLE if the queue is full
   */
  enqueueHeld(access: Access, job: MailJob): Promise<string> {
    return this.#insert(access, job, HOLD_MS)
  }

  /** Lets a held job be sent after the commit. Never fails: a job that stays held is sent a little later. */
  async release(access: Access, id: string): Promise<void> {
    await cleanUp(access, (db) => db.mails.reschedule(id, this.#clock.now()))
    this.#wake()
  }

  /** Ends a held job: sends it where its commit was made, and else drops it. */
  async settle(access: Access, id: string | null, isDone: boolean): Promise<void> {
    if (id === null) return
    if (isDone) await this.release(access, id)
    else await this.cancel(access, id)
  }

  /** Cancels a held job after an error that proves that its commit was not made; after any other, the worker finds out. */
  async cancelAfter(access: Access, id: string, error: unknown): Promise<void> {
    if (error instanceof AppError && error.reason === 'UNAUTHENTICATED') await this.cancel(access, id)
  }

  /** Adds a job that is due at a time. Returns its id. */
  async enqueueAt({ db }: Access, job: MailJob, dueAt: Date): Promise<string> {
    return db.mails.insert(this.#trace(job), this.#clock.now(), dueAt)
  }

  #trace(job: MailJob): TracedJob {
    const trace = this.#carryTrace()
    return trace ? { ...job, trace } : job
  }

  async cancel({ db }: Access, id: string): Promise<void> {
    await db.mails.delete(id)
  }
}

/** Reads how many mails wait, and for how many seconds the oldest has been due. */
export async function readMailQueue(
  { mails }: Collections,
  clock: Clock,
): Promise<{ depth: number; ageSeconds: number }> {
  const [depth, due] = await Promise.all([mails.count(), mails.findNextDue()])
  const ageMs = due ? clock.now().getTime() - due.getTime() : 0
  return { depth, ageSeconds: Math.max(0, ageMs / SECONDS) }
}
