import type { SessionRecord, TokenPurpose, User } from '../../src/model.ts'
import type { MailRecords } from '../../src/mongo/mails.ts'
import type { SessionRecords } from '../../src/mongo/sessions.ts'
import type { TokenRecords } from '../../src/mongo/tokens.ts'
import type { UserGuard, Users } from '../../src/mongo/users.ts'
import { type Memory, type StoredMail, withEntry, withoutEntries } from './memory.ts'

/** What the domain asks of a database. */
export interface Ports {
  users: Users
  sessions: SessionRecords
  tokens: TokenRecords
  mails: MailRecords
}

function memoryUsers(memory: Memory, newId: () => string): Users {
  const all = () => [...memory.users.values()]
  const taken = (emailCanonical: string, id: string) =>
    all().some((user) => user.id !== id && user.emailCanonical === emailCanonical)
  const set = (user: User, change: Partial<User>) => {
    memory.users = withEntry(memory.users, user.id, { ...user, ...change })
  }

  const update = (id: string, fits: (user: User) => boolean, change: (user: User) => Partial<User>): boolean => {
    const user = memory.users.get(id)
    if (!user || !fits(user)) return false
    const { emailCanonical } = change(user)
    if (emailCanonical !== undefined && taken(emailCanonical, id)) throw new Error('E11000 duplicate key')
    set(user, change(user))
    return true
  }
  const replace = (id: string, fits: (user: User) => boolean, change: Partial<User>): User | 'taken' | null => {
    const user = memory.users.get(id)
    if (!user || !fits(user)) return null
    if (change.emailCanonical !== undefined && taken(change.emailCanonical, id)) return 'taken'
    set(user, change)
    return user
  }
  const live =
    ({ generation }: UserGuard) =>
    (user: User) =>
      user.generation === generation && user.disabledAt === null
  const without = (user: User, purpose: TokenPurpose) => {
    const { [purpose]: _spent, ...tokens } = user.tokens
    return { tokens }
  }

  return {
    newId,
    byId: async (id) => memory.users.get(id) ?? null,
    byEmail: async (emailCanonical) => all().find((user) => user.emailCanonical === emailCanonical) ?? null,
    async insert(user) {
      if (memory.users.has(user.id) || taken(user.emailCanonical, user.id)) return false
      set(user, {})
      return true
    },
    change: async (guard, change) => update(guard.id, live(guard), () => change),
    changeAndSpendTokens: async (guard, change) => update(guard.id, live(guard), () => ({ ...change, tokens: {} })),
    changeById: async (id, change) =>
      update(
        id,
        () => true,
        () => change,
      ),
    restoreRoles: async (id, tried, roles) =>
      update(
        id,
        (user) => user.roles.join() === tried.join(),
        () => ({ roles }),
      ),
    async disable(id, change) {
      const before = replace(id, (user) => user.disabledAt === null, { ...change, tokens: {} })
      return before === 'taken' ? null : before
    },
    reinstate: async ({ id, generation: disabled }, { disabledAt, generation, ended, tokens }) =>
      update(
        id,
        (user) => user.generation === disabled,
        () => ({ disabledAt, generation, ended, tokens }),
      ),
    setToken: async (guard, purpose, hash) =>
      update(
        guard.id,
        (user) => live(guard)(user) && user.emailCanonical === guard.emailCanonical,
        (user) => ({ tokens: { ...user.tokens, [purpose]: hash } }),
      ),
    unsetToken: async (id, purpose, hash) =>
      update(
        id,
        (user) => user.tokens[purpose] === hash,
        (user) => without(user, purpose),
      ),
    async spendToken(id, purpose, hash, change) {
      const fits = (user: User) => user.tokens[purpose] === hash && user.disabledAt === null
      const user = memory.users.get(id)
      const left = user && purpose === 'verifyEmail' ? without(user, purpose) : { tokens: {} }
      return replace(id, fits, { ...change, ...left })
    },
    confirmAttempt: async (id, emailCanonical, change) =>
      replace(id, (user) => user.emailCanonical === emailCanonical && !user.emailVerified && user.disabledAt === null, {
        ...change,
        tokens: {},
      }),
    async remove({ id, generation }) {
      if (memory.users.get(id)?.generation !== generation) return false
      memory.users = withoutEntries(memory.users, [id])
      return true
    },
    countEnabled: async (role) =>
      Math.min(2, all().filter((user) => user.roles.includes(role) && !user.disabledAt).length),
    page: async ({ after, prefix, limit }) =>
      all()
        .filter(({ emailCanonical }) => emailCanonical.startsWith(prefix) && emailCanonical > (after ?? ''))
        .sort((a, b) => (a.emailCanonical < b.emailCanonical ? -1 : 1))
        .slice(0, limit),
  }
}

/** The most recently seen first; equals by id, so that the order of insertion decides nothing. */
const bySeen = (a: SessionRecord, b: SessionRecord) =>
  b.lastSeen.getTime() - a.lastSeen.getTime() || (a.id < b.id ? -1 : 1)

function memorySessions(memory: Memory): SessionRecords {
  const select = (fits: (session: SessionRecord) => boolean) => [...memory.sessions.values()].filter(fits)
  const set = (session: SessionRecord) => {
    memory.sessions = withEntry(memory.sessions, session.id, session)
  }
  const remove = (fits: (session: SessionRecord) => boolean): number => {
    const found = select(fits)
    memory.sessions = withoutEntries(
      memory.sessions,
      found.map(({ id }) => id),
    )
    return found.length
  }
  return {
    byId: async (id) => memory.sessions.get(id) ?? null,
    async insert(session) {
      if (memory.sessions.has(session.id)) throw new Error('E11000 duplicate key')
      set(session)
    },
    removeById: async (id) => remove((session) => session.id === id),
    async touch({ id, lastSeen }, seen) {
      const session = memory.sessions.get(id)
      if (!session || session.ended || session.lastSeen.getTime() !== lastSeen.getTime()) return
      set({ ...session, ...seen })
    },
    async entomb(id, generation, tomb) {
      const session = memory.sessions.get(id)
      if (!session || session.ended || session.generation !== generation) return false
      set({ ...session, ...tomb })
      return true
    },
    removeByHandle: async (userId, handle) =>
      remove((session) => session.userId === userId && session.handle === handle),
    removeGeneration: async (userId, generation, except) =>
      remove((session) => session.userId === userId && session.generation === generation && session.id !== except),
    removeOfUser: async (userId) => remove((session) => session.userId === userId),
    ofUser: async (userId, generation) =>
      select((session) => session.userId === userId && session.generation === generation && !session.ended)
        .sort(bySeen)
        .slice(0, 200),
    async trim({ id, userId, generation }, most, now) {
      const live = select(
        (session) =>
          session.userId === userId && session.generation === generation && !session.ended && session.expires > now,
      )
      const surplus = live
        .filter((session) => session.id !== id)
        .sort(bySeen)
        .slice(most - 1)
      memory.sessions = withoutEntries(
        memory.sessions,
        surplus.map((session) => session.id),
      )
    },
  }
}

function memoryTokens(memory: Memory): TokenRecords {
  return {
    async insert(token) {
      if (memory.tokens.has(token._id)) throw new Error('E11000 duplicate key')
      memory.tokens = withEntry(memory.tokens, token._id, token)
    },
    byHash: async (hash) => memory.tokens.get(hash) ?? null,
    async remove(hash) {
      memory.tokens = withoutEntries(memory.tokens, [hash])
    },
    async removeOfUser(userId) {
      const found = [...memory.tokens.values()].filter((token) => token.userId === userId)
      memory.tokens = withoutEntries(
        memory.tokens,
        found.map(({ _id }) => _id),
      )
    },
  }
}

function memoryMails(memory: Memory, newId: () => string): MailRecords {
  const byDue = () => [...memory.mails.values()].sort((a, b) => a.dueAt.getTime() - b.dueAt.getTime())
  const set = (mail: StoredMail) => {
    memory.mails = withEntry(memory.mails, mail.id, mail)
  }
  const isOf = (mail: StoredMail, userId: string, emailCanonical: string) =>
    ('userId' in mail && mail.userId === userId) || ('emailCanonical' in mail && mail.emailCanonical === emailCanonical)
  return {
    async insert(job, createdAt, dueAt) {
      const id = newId()
      set({ ...job, id, createdAt, dueAt, tries: 0 })
      return id
    },
    count: async (most) => Math.min(most, memory.mails.size),
    async reschedule(id, dueAt) {
      const mail = memory.mails.get(id)
      if (mail) set({ ...mail, dueAt })
    },
    async claim(now, leaseUntil) {
      const [mail] = byDue().filter(({ dueAt }) => dueAt <= now)
      if (!mail) return null
      const claimed = { ...mail, dueAt: leaseUntil, tries: mail.tries + 1 }
      set(claimed)
      return claimed
    },
    nextDue: async () => byDue()[0]?.dueAt ?? null,
    async remove(id) {
      memory.mails = withoutEntries(memory.mails, [id])
    },
    async removeOfUser(userId, emailCanonical) {
      const found = [...memory.mails.values()].filter((mail) => isOf(mail, userId, emailCanonical))
      memory.mails = withoutEntries(
        memory.mails,
        found.map(({ id }) => id),
      )
    },
  }
}

/** The ports of `src/mongo` in memory, with ids from `newId`; ports.test.ts holds them to the real ones. */
export const createMemoryPorts = (memory: Memory, newId: () => string): Ports => ({
  users: memoryUsers(memory, newId),
  sessions: memorySessions(memory),
  tokens: memoryTokens(memory),
  mails: memoryMails(memory, newId),
})
