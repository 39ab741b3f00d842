import { type Clock, Unavailable } from '../model.ts'
import type { MailJob, MailRecords } from '../mongo/mails.ts'
import { SECONDS } from '../units.ts'

/** More than that wait only when nothing is sent. */
const MOST_WAITING = 10_000
/** A request is over by then, or has crashed. */
const LONGEST_REQUEST = 30 * SECONDS

/** The one place where each mail passes on its way into the queue. */
export interface MailQueue {
  /** Adds a job that nobody sends before it is released, or the request must have crashed; gives its id. */
  hold(job: MailJob): Promise<string>
  /** The commit is done: the job may be sent. Never fails: left alone, the job is due a little later. */
  release(id: string): Promise<void>
  /** The commit was refused: the job is gone. */
  withdraw(id: string): Promise<void>
  /** Adds a job that may be sent at once. */
  add(job: MailJob): Promise<void>
}

/** The queue of mails; `wake` tells the worker that something is due. */
export function createMailQueue(mails: MailRecords, clock: Clock, wake: () => void): MailQueue {
  async function insert(job: MailJob, delay: number): Promise<string> {
    if ((await mails.count(MOST_WAITING)) >= MOST_WAITING) throw new Unavailable('Too many mails wait to be sent.')
    const now = clock.now()
    return mails.insert(job, now, new Date(now.getTime() + delay))
  }
  return {
    hold: (job) => insert(job, LONGEST_REQUEST),
    async release(id) {
      await mails.reschedule(id, clock.now()).catch(() => {})
      wake()
    },
    withdraw: (id) => mails.remove(id),
    async add(job) {
      await insert(job, 0)
      wake()
    },
  }
}
