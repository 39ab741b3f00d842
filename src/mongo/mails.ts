import { ObjectId } from 'mongodb'
import { type CollectionIndexes, type Database, timed } from './connect.ts'
import type { Attempt } from './tokens.ts'

/** What a mail is about; what it says is made when it is sent. */
export type MailJob =
  | { kind: 'verifyEmail'; emailCanonical: string }
  | { kind: 'signup'; emailCanonical: string; userId: string; attempt: Attempt }
  | { kind: 'resetPassword'; emailCanonical: string }
  | { kind: 'changeEmail'; userId: string; generation: string; email: string; emailCanonical: string }
  | { kind: 'passwordChanged'; userId: string; changedAt: Date }
  | { kind: 'emailChanged'; userId: string; changedAt: Date; oldEmail: string }

/** A document of `mails`, the queue. */
export type MailDocument = MailJob & {
  _id: ObjectId
  createdAt: Date
  /** Not to be sent before: held by a request under way, leased by a worker, or waiting for another try. */
  dueAt: Date
  tries: number
}

export const mailIndexes: CollectionIndexes = {
  collection: 'mails',
  indexes: [{ key: { dueAt: 1 } }, { key: { userId: 1 } }, { key: { emailCanonical: 1 } }],
}

/** The queue of mails, by the few queries that the service asks. */
export function createMailRecords(database: Database) {
  const mails = () => database.collection<MailDocument>('mails')
  return {
    /** Adds a job that is due at `dueAt`, and gives its id. */
    async insert(job: MailJob, createdAt: Date, dueAt: Date): Promise<string> {
      const _id = new ObjectId()
      await mails().insertOne({ _id, ...job, createdAt, dueAt, tries: 0 }, timed())
      return _id.toHexString()
    },

    /** How many wait, counted to `most`. */
    count: (most: number) => mails().countDocuments({}, { limit: most, ...timed() }),

    /** Makes a job due at another time. */
    async reschedule(id: string, dueAt: Date): Promise<void> {
      await mails().updateOne({ _id: new ObjectId(id) }, { $set: { dueAt } }, timed())
    },

    /** Leases the job that is due longest to one worker; null if none is due. */
    async claim(
      now: Date,
      leaseUntil: Date,
    ): Promise<(MailJob & { id: string; createdAt: Date; tries: number }) | null> {
      const document = await mails().findOneAndUpdate(
        { dueAt: { $lte: now } },
        { $set: { dueAt: leaseUntil }, $inc: { tries: 1 } },
        { sort: { dueAt: 1 }, returnDocument: 'after' },
      )
      if (!document) return null
      const { _id, ...job } = document
      return { ...job, id: _id.toHexString() }
    },

    /** When the next job is due; null if none waits. */
    async nextDue(): Promise<Date | null> {
      const [next] = await mails()
        .find({}, { projection: { dueAt: 1 } })
        .sort({ dueAt: 1 })
        .limit(1)
        .toArray()
      return next?.dueAt ?? null
    },

    async remove(id: string): Promise<void> {
      await mails().deleteOne({ _id: new ObjectId(id) }, timed())
    },

    /** Removes what waits for a user, by id or by address. */
    async removeOfUser(userId: string, emailCanonical: string): Promise<void> {
      await mails().deleteMany({ $or: [{ userId }, { emailCanonical }] }, timed())
    },
  }
}

export type MailRecords = ReturnType<typeof createMailRecords>
