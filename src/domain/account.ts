import type { Clock, User, Viewer } from '../model.ts'
import type { MailRecords } from '../mongo/mails.ts'
import type { SessionRecords } from '../mongo/sessions.ts'
import type { TokenRecords } from '../mongo/tokens.ts'
import type { UserChange, Users } from '../mongo/users.ts'
import type { Administration } from './administration.ts'
import { clearUp, settle } from './commit.ts'
import type { Credentials } from './credentials.ts'
import type { Hasher } from './hashing.ts'
import type { MailQueue } from './mail-queue.ts'
import {
  type InvalidCredentials,
  type InvalidField,
  type InvalidInput,
  invalidInput,
  type LastAdmin,
  type MailRequested,
  type Outcome,
  type SessionView,
  Unauthenticated,
} from './outcomes.ts'
import { normalizePassword, passwordFault } from './passwords.ts'
import { isFault, readEmailField, readName } from './profiles.ts'
import { unchangedPassword } from './recovery.ts'
import type { Renewal } from './renewal.ts'
import { type Asker, guardOf, newGeneration, type Sessions } from './sessions.ts'

interface Parts {
  users: Users
  sessionRecords: SessionRecords
  tokenRecords: TokenRecords
  mailRecords: MailRecords
  sessions: Sessions
  renewal: Renewal
  administration: Pick<Administration, 'giveUpAdmin' | 'takeUpAdmin'>
  mails: MailQueue
  credentials: Credentials
  hasher: Hasher
  clock: Clock
  rules: { passwordMinLength: number }
}

/** What changes of a profile: an absent field stays, null or blank clears. */
export interface ProfileChange {
  firstName?: string | null | undefined
  lastName?: string | null | undefined
}

/** A change of password. */
export interface PasswordChange {
  currentPassword: string
  newPassword: string
}

type UpdateProfileSuccess = Outcome<'UpdateProfileSuccess', { user: User }>
type ChangePasswordSuccess = Outcome<'ChangePasswordSuccess', { session: SessionView }>
type DeleteAccountSuccess = Outcome<'DeleteAccountSuccess', { id: string }>

/** What a signed-in user may do with their own account. */
export function createAccount(parts: Parts) {
  const { users, sessionRecords, tokenRecords, mailRecords, sessions, renewal, administration } = parts
  const { mails, credentials, hasher, clock, rules } = parts

  async function replacePassword(viewer: Viewer, newPassword: string, authenticatedAt: Date, asker: Asker) {
    const { user } = viewer
    const passwordHash = await hasher.hash(normalizePassword(newPassword) ?? '')
    const changedAt = clock.now()
    const generation = newGeneration()
    const ended = { at: changedAt, reason: 'PASSWORD_CHANGED' as const }
    const change = { passwordHash, passwordChangedAt: changedAt, generation, ended }
    const mail = await mails.hold({ kind: 'passwordChanged', userId: user.id, changedAt })
    const commit = () => users.changeAndSpendTokens(guardOf(viewer), change)
    const session = await renewal
      .renewAlone(viewer, asker, { generation, authenticatedAt }, commit)
      .catch(async (error) => {
        if (error instanceof Unauthenticated) await mails.withdraw(mail)
        throw error
      })
    await mails.release(mail)
    return session
  }

  function passwordFaultOf(user: User, { currentPassword, newPassword }: PasswordChange): InvalidField | null {
    const fault = passwordFault('newPassword', newPassword, rules.passwordMinLength, user)
    if (fault) return fault
    return normalizePassword(newPassword) === normalizePassword(currentPassword) ? unchangedPassword : null
  }

  return {
    /** Changes the user's names. */
    async updateProfile(
      input: ProfileChange,
      viewer: Viewer,
      asker: Asker,
    ): Promise<UpdateProfileSuccess | InvalidInput> {
      const change: UserChange = {}
      const faults: InvalidField[] = []
      for (const field of ['firstName', 'lastName'] as const) {
        if (input[field] === undefined) continue
        const name = readName(field, input[field])
        if (isFault(name)) faults.push(name)
        else Object.assign(change, { [field]: name })
      }
      if (faults.length > 0) return invalidInput(faults)
      if (Object.keys(change).length > 0 && !(await users.change(guardOf(viewer), change))) throw new Unauthenticated()
      asker.report({ event: 'profile.updated', userId: viewer.user.id })
      asker.forget()
      return { kind: 'UpdateProfileSuccess', user: { ...viewer.user, ...change } }
    },

    /** Ends all other sessions; the current one gets a new cookie value. */
    async changePassword(
      input: PasswordChange,
      viewer: Viewer,
      asker: Asker,
    ): Promise<ChangePasswordSuccess | InvalidCredentials | InvalidInput> {
      asker.slot.requireSecure()
      const { user } = viewer
      const authenticatedAt = clock.now()
      if (!(await credentials.check(user, input.currentPassword, asker.report))) {
        asker.report({ event: 'password.change-refused', userId: user.id })
        return { kind: 'InvalidCredentials' }
      }
      const fault = passwordFaultOf(user, input)
      if (fault) return invalidInput([fault])
      const session = await replacePassword(viewer, input.newPassword, authenticatedAt, asker)
      asker.report({ event: 'password.changed', userId: user.id })
      return { kind: 'ChangePasswordSuccess', session: sessions.view(user, session, true) }
    },

    /** Asks the new address; the same answer when it is taken. */
    async changeEmail(text: string, viewer: Viewer, asker: Asker): Promise<MailRequested | InvalidInput> {
      const { user } = viewer
      const address = readEmailField('email', text)
      if (isFault(address)) return invalidInput([address])
      if (address.emailCanonical === user.emailCanonical && address.email === user.email) {
        return invalidInput([{ name: 'email', reason: 'UNCHANGED', message: 'This is the address that you have.' }])
      }
      await sessions.lookAgain(viewer)
      await mails.add({ kind: 'changeEmail', userId: user.id, generation: user.generation, ...address })
      asker.report({ event: 'email.change-requested', userId: user.id })
      return { kind: 'MailRequested', email: address.email }
    },

    /** Deletes the user with all that is theirs; an ADMIN gives that up first. */
    async deleteAccount(viewer: Viewer, asker: Asker): Promise<DeleteAccountSuccess | LastAdmin> {
      const { user } = viewer
      await sessions.lookAgain(viewer)
      if (!(await administration.giveUpAdmin(user))) return { kind: 'LastAdmin' }
      let deleted = false
      try {
        deleted = await settle(
          () => users.remove(guardOf(viewer)),
          () => users.byId(user.id),
          (found) => found === null,
        )
      } finally {
        if (!deleted) await clearUp(() => administration.takeUpAdmin(user))
      }
      if (!deleted) throw new Unauthenticated()
      await clearUp(
        () => sessionRecords.removeOfUser(user.id),
        () => tokenRecords.removeOfUser(user.id),
        () => mailRecords.removeOfUser(user.id, user.emailCanonical),
      )
      sessions.end(asker)
      asker.report({ event: 'user.deleted', userId: user.id })
      return { kind: 'DeleteAccountSuccess', id: user.id }
    },

    /** All that is kept of a user, as they may take it with them. */
    async exportData(viewer: Viewer, asker: Asker) {
      const { id, email, emailVerified, firstName, lastName, roles, createdAt, lastLoginAt } = viewer.user
      const live = await sessions.list(viewer)
      asker.report({ event: 'user.exported', userId: id })
      return {
        user: { id, email, emailVerified, firstName, lastName, roles, createdAt, lastLoginAt },
        sessions: live.map(({ session, expiresAt, current }) => ({
          id: session.handle,
          current,
          createdAt: session.createdAt,
          lastSeenAt: session.lastSeen,
          authenticatedAt: session.authenticatedAt,
          expiresAt,
          device: session.device,
        })),
      }
    },
  }
}

export type Account = ReturnType<typeof createAccount>
