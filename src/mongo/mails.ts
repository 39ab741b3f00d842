import { ObjectId } from 'mongodb'
import type { FactorChangeKind } from '../model.ts'
import type { Role } from '../roles.ts'
import type { CollectionIndexes } from './database.ts'
import type { QueryScope } from './query-scope.ts'
import type { SignupAttempt } from './tokens.ts'

/** What a mail is about. Its text and its token are made when it is sent. */
export type MailJob =
  | { kind: 'verifyEmail'; emailCanonical: string }
  | { kind: 'signup'; emailCanonical: string; userId: string; attempt: SignupAttempt }
  | { kind: 'resetPassword'; emailCanonical: string }
  | { kind: 'changeEmail'; userId: string; generation: string; email: string; emailCanonical: string }
  | { kind: 'passwordChanged'; userId: string; changedAt: Date }
  | { kind: 'passwordBreached'; userId: string; at: Date }
  | { kind: 'emailChanged'; userId: string; changedAt: Date; oldEmail: string }
  | { kind: 'newDevice'; userId: string; at: Date; deviceName: string }
  | { kind: 'invitation'; email: string; emailCanonical: string; roles: readonly Role[]; invitedBy: string | null }
  | FactorMail
  | { kind: 'recoveryCodeUsed'; userId: string; at: Date; left: number }
  | { kind: 'factorFailed'; userId: string; at: Date; deviceName: string }
  | { kind: 'factorsReset'; userId: string }
  | { kind: 'passkeyCopied'; userId: string; at: Date; name: string }
  | FeatureJob
  | { kind: 'feature'; to: string; subject: string; text: string }

/** What features hear of after it was committed. */
export type FeatureJob =
  | { kind: 'userCreated'; createdId: string }
  | { kind: 'userDeleted'; deletedId: string; email: string }
  | { kind: 'userEmailChanged'; userId: string; changedAt: Date }

/** Tells the owner of a changed second factor. */
export interface FactorMail {
  kind: 'factorChanged'
  userId: string
  changedAt: Date
  change: FactorChangeKind
  /** Of the passkey. */
  name?: string
}

/** A job, with the trace of the request that asked for it, as W3C's `traceparent`. */
export type TracedJob = MailJob & { trace?: string }

/** A document of `mails`, the queue. */
export type MailDocument = TracedJob & {
  _id: ObjectId
  createdAt: Date
  /** Not sent before: held by a request, leased by a worker, or waiting for another try. */
  dueAt: Date
  tries: number
}

/** A job that a worker has leased. */
export type LeasedMail = TracedJob & { id: string; createdAt: Date; tries: number }

export const mailIndexes: CollectionIndexes = {
  collection: 'mails',
  indexes: [{ key: { dueAt: 1 } }, { key: { userId: 1 } }, { key: { emailCanonical: 1 } }],
}

/** The mail queue. */
export class MailCollection {
  readonly #scope: QueryScope

  constructor(scope: QueryScope) {
    this.#scope = scope
  }

  get #mails() {
    return this.#scope.collection<MailDocument>('mails')
  }

  /** Adds a job that is due at `dueAt`. Returns its id. */
  async insert(job: TracedJob, createdAt: Date, dueAt: Date): Promise<string> {
    const _id = new ObjectId()
    await this.#mails.insertOne({ _id, ...job, createdAt, dueAt, tries: 0 }, this.#scope.options)
    return _id.toHexString()
  }

  /** Counts the jobs from the collection's own figures, without reading them. */
  count(): Promise<number> {
    return this.#mails.estimatedDocumentCount(this.#scope.options)
  }

  /** Makes a job due at another time. */
  async reschedule(id: string, dueAt: Date): Promise<void> {
    await this.#mails.updateOne({ _id: new ObjectId(id) }, { $set: { dueAt } }, this.#scope.options)
  }

  /** Leases the job that has been due longest to one worker. Returns null if none is due. */
  async lease(now: Date, leaseUntil: Date): Promise<LeasedMail | null> {
    const document = await this.#mails.findOneAndUpdate(
      { dueAt: { $lte: now } },
      { $set: { dueAt: leaseUntil }, $inc: { tries: 1 } },
      { sort: { dueAt: 1 }, returnDocument: 'after', ...this.#scope.options },
    )
    if (!document) return null
    const { _id, ...job } = document
    return { ...job, id: _id.toHexString() }
  }

  /** Returns when the next job is due, or null if the queue is empty. */
  async findNextDue(): Promise<Date | null> {
    const [next] = await this.#mails
      .find({}, { projection: { dueAt: 1 }, ...this.#scope.options })
      .sort({ dueAt: 1 })
      .limit(1)
      .toArray()
    return next?.dueAt ?? null
  }

  async delete(id: string): Promise<void> {
    await this.#mails.deleteOne({ _id: new ObjectId(id) }, this.#scope.options)
  }

  /** Deletes the jobs for a user, by id or by address. */
  async deleteByUser(userId: string, emailCanonical: string): Promise<void> {
    await this.#mails.deleteMany({ $or: [{ userId }, { emailCanonical }] }, this.#scope.options)
  }
}
