import type { Clock, Role, User, Viewer } from '../model.ts'
import type { SessionRecords } from '../mongo/sessions.ts'
import type { Users } from '../mongo/users.ts'
import { clearUp } from './commit.ts'
import { canonicalPrefix } from './emails.ts'
import {
  BadArgument,
  type LastAdmin,
  type NotFound,
  type NotYourself,
  type Outcome,
  type SessionsRevoked,
  sessionsRevoked,
} from './outcomes.ts'
import { type Asker, newGeneration, type Sessions } from './sessions.ts'

interface Parts {
  users: Users
  sessionRecords: SessionRecords
  sessions: Sessions
  clock: Clock
}

/** A page of users by address, ascending. */
export interface UserPage {
  users: readonly User[]
  hasNextPage: boolean
  hasPreviousPage: boolean
}

type AdminUserSuccess = Outcome<'AdminUserSuccess', { user: User }>

const MOST_PER_PAGE = 100

/** What staff may do with users. */
export function createAdministration({ users, sessionRecords, sessions, clock }: Parts) {
  const without = (roles: readonly Role[]) => roles.filter((role) => role !== 'ADMIN')

  /**
   * Takes ADMIN from a user unless nobody enabled is left with it. Two at once may both be refused, never both done:
   * each counts after its own write, so that the later count sees both.
   */
  async function demote(user: User, roles: readonly Role[]): Promise<boolean> {
    await users.changeById(user.id, { roles })
    if ((await users.countEnabled('ADMIN')) > 0) return true
    await users.restoreRoles(user.id, roles, user.roles)
    return false
  }

  const holdsAdmin = (user: User) => user.roles.includes('ADMIN') && !user.disabledAt

  /** Sets roles; false where it would leave nobody with ADMIN. */
  async function assign(user: User, roles: readonly Role[]): Promise<boolean> {
    if (holdsAdmin(user) && !roles.includes('ADMIN')) return demote(user, roles)
    return users.changeById(user.id, { roles })
  }

  /**
   * Refuses logins of a user, who keeps their roles for later, and ends their sessions; with `bound`, unless nobody enabled
   * is left with ADMIN. That write touches no roles, so that it undoes no change of them made at the same time.
   */
  async function disable({ id }: User, { bound }: { bound: boolean }): Promise<boolean> {
    const generation = newGeneration()
    const ended = { at: clock.now(), reason: 'USER_GONE' as const }
    const before = await users.disable(id, { disabledAt: clock.now(), generation, ended })
    if (bound && before && holdsAdmin(before) && (await users.countEnabled('ADMIN')) === 0) {
      await users.reinstate({ id, generation }, before)
      return false
    }
    await clearUp(() => sessionRecords.removeOfUser(id))
    return true
  }

  /** Ends all sessions of a user; `admit` is asked just before. */
  async function endSessions(user: User, admit = async () => {}): Promise<string[]> {
    const live = await sessions.liveOf(user)
    await admit()
    await users.changeById(user.id, { generation: newGeneration(), ended: { at: clock.now(), reason: 'REVOKED' } })
    await clearUp(() => sessionRecords.removeGeneration(user.id, user.generation))
    return live.map(({ session }) => session.handle)
  }

  const changed = async (id: string): Promise<AdminUserSuccess | NotFound> => {
    const user = await users.byId(id)
    return user ? { kind: 'AdminUserSuccess', user } : { kind: 'NotFound' }
  }

  return {
    assign,
    endSessions,

    /** Disables a user even if they are the last ADMIN: for the shell, which can make another. */
    disable: (user: User) => disable(user, { bound: false }),

    /** Takes ADMIN from a user who is about to be deleted; false where nobody enabled would be left with it. */
    giveUpAdmin: (user: User): Promise<boolean> =>
      holdsAdmin(user) ? demote(user, without(user.roles)) : Promise.resolve(true),

    /** Gives back what `giveUpAdmin` took from a user who has not been deleted. */
    async takeUpAdmin(user: User): Promise<void> {
      if (holdsAdmin(user)) await users.restoreRoles(user.id, without(user.roles), user.roles)
    },

    /** A user by id; null for any other text. */
    user: (id: string) => users.byId(id),

    /** Users by address, ascending: the first ones after an address, whose address starts with a text. */
    async page({ first, after, search }: { first: number; after: string | null; search: string }): Promise<UserPage> {
      if (first < 1 || first > MOST_PER_PAGE) throw new BadArgument(`first must be from 1 to ${MOST_PER_PAGE}.`)
      const prefix = canonicalPrefix(search)
      const [found, earlier] = await Promise.all([
        users.page({ after, prefix, limit: first + 1 }),
        after === null ? [] : users.page({ after: null, prefix, limit: 1 }),
      ])
      const hasPreviousPage = after !== null && earlier.some(({ emailCanonical }) => emailCanonical <= after)
      return { users: found.slice(0, first), hasNextPage: found.length > first, hasPreviousPage }
    },

    /** Sets the roles of a user. */
    async setRoles(
      id: string,
      roles: readonly Role[],
      viewer: Viewer,
      asker: Asker,
    ): Promise<AdminUserSuccess | NotFound | LastAdmin> {
      const user = await users.byId(id)
      if (!user) return { kind: 'NotFound' }
      await sessions.lookAgain(viewer)
      const distinct = [...new Set(roles)]
      if (!(await assign(user, distinct))) return { kind: 'LastAdmin' }
      asker.report({ event: 'user.roles-set', userId: id, by: viewer.user.id, roles: distinct })
      if (id === viewer.user.id) asker.forget()
      return changed(id)
    },

    /** Refuses logins of a user and ends every session. */
    async disableUser(
      id: string,
      viewer: Viewer,
      asker: Asker,
    ): Promise<AdminUserSuccess | NotFound | LastAdmin | NotYourself> {
      const user = await users.byId(id)
      if (!user) return { kind: 'NotFound' }
      if (user.id === viewer.user.id) return { kind: 'NotYourself' }
      await sessions.lookAgain(viewer)
      if (!(await disable(user, { bound: true }))) return { kind: 'LastAdmin' }
      asker.report({ event: 'user.disabled', userId: user.id, by: viewer.user.id })
      return changed(user.id)
    },

    /** Lets a disabled user log in again. */
    async enableUser(id: string, viewer: Viewer, asker: Asker): Promise<AdminUserSuccess | NotFound> {
      await sessions.lookAgain(viewer)
      if (!(await users.changeById(id, { disabledAt: null }))) return { kind: 'NotFound' }
      asker.report({ event: 'user.enabled', userId: id, by: viewer.user.id })
      return changed(id)
    },

    /** Ends all sessions of a user. */
    async revokeUserSessions(id: string, viewer: Viewer, asker: Asker): Promise<SessionsRevoked | NotFound> {
      const user = await users.byId(id)
      if (!user) return { kind: 'NotFound' }
      const ids = await endSessions(user, () => sessions.lookAgain(viewer))
      asker.report({ event: 'sessions.revoked', userId: id, by: viewer.user.id, count: ids.length })
      if (user.id === viewer.user.id) asker.forget()
      return sessionsRevoked(ids)
    },
  }
}

export type Administration = ReturnType<typeof createAdministration>
