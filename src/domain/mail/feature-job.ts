import type { User } from '../../model.ts'
import type { Collections } from '../../mongo/collections.ts'
import type { FeatureJob, MailJob } from '../../mongo/mails.ts'
import { hasHappened } from './mail-job.ts'

/** What features learn about a deleted user. */
export interface DeletedUser {
  readonly id: string
  readonly email: string
}

/** What features hear of, each at least once after its commit. */
export interface UserHooks {
  onUserCreated(user: User): Promise<void>
  onUserDeleted(user: DeletedUser): Promise<void>
  onEmailChanged(user: User): Promise<void>
}

const KINDS: readonly MailJob['kind'][] = [
  'userCreated',
  'userDeleted',
  'userEmailChanged',
] satisfies FeatureJob['kind'][]

export const isFeatureJob = (job: MailJob): job is FeatureJob => KINDS.includes(job.kind)

/** Tells the features, unless the commit was never made. */
export async function tellFeatures(hooks: UserHooks, { users }: Collections, job: FeatureJob): Promise<void> {
  switch (job.kind) {
    case 'userCreated': {
      const user = await users.findById(job.createdId)
      return user ? hooks.onUserCreated(user) : undefined
    }
    case 'userEmailChanged': {
      const user = await users.findById(job.userId)
      return user && hasHappened(user.emailChangedAt, job) ? hooks.onEmailChanged(user) : undefined
    }
    case 'userDeleted': {
      const user = await users.findById(job.deletedId)
      return user ? undefined : hooks.onUserDeleted({ id: job.deletedId, email: job.email })
    }
  }
}
