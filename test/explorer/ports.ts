import type { SessionRecord, TokenPurpose, User } from '../../src/model.ts'
import type { MailRecords } from '../../src/mongo/mails.ts'
import type { SessionRecords } from '../../src/mongo/sessions.ts'
import type { TokenRecords } from '../../src/mongo/tokens.ts'
import type { UserGuard, Users } from '../../src/mongo/users.ts'
import type { Memory, StoredMail } from './memory.ts'

/** What the domain asks of a database. */
export interface Ports {
  users: Users
  sessions: SessionRecords
  tokens: TokenRecords
  mails: MailRecords
}

let made = 0
/** An id like MongoDB's, never the same twice. */
const nextId = () => (++made).toString(16).padStart(24, 'f')

function memoryUsers({ users }: Memory): Users {
  const taken = (emailCanonical: string, id: string) =>
    [...users.values()].some((user) => user.id !== id && user.emailCanonical === emailCanonical)
  const set = (user: User, change: Partial<User>) => users.set(user.id, { ...user, ...change })

  const update = (id: string, fits: (user: User) => boolean, change: (user: User) => Partial<User>): boolean => {
    const user = users.get(id)
    if (!user || !fits(user)) return false
    set(user, change(user))
    return true
  }
  const replace = (id: string, fits: (user: User) => boolean, change: Partial<User>): User | 'taken' | null => {
    const user = users.get(id)
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
    newId: nextId,
    byId: async (id) => users.get(id) ?? null,
    byEmail: async (emailCanonical) =>
      [...users.values()].find((user) => user.emailCanonical === emailCanonical) ?? null,
    async insert(user) {
      if (users.has(user.id) || taken(user.emailCanonical, user.id)) return false
      users.set(user.id, user)
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
      const user = users.get(id)
      const left = user && purpose === 'verifyEmail' ? without(user, purpose) : { tokens: {} }
      return replace(id, fits, { ...change, ...left })
    },
    confirmAttempt: async (id, emailCanonical, change) =>
      replace(id, (user) => user.emailCanonical === emailCanonical && !user.emailVerified && user.disabledAt === null, {
        ...change,
        tokens: {},
      }),
    remove: async ({ id, generation }) => users.get(id)?.generation === generation && users.delete(id),
    countEnabled: async (role) =>
      Math.min(2, [...users.values()].filter((user) => user.roles.includes(role) && !user.disabledAt).length),
    page: async ({ after, prefix, limit }) =>
      [...users.values()]
        .filter(({ emailCanonical }) => emailCanonical.startsWith(prefix) && emailCanonical > (after ?? ''))
        .sort((a, b) => (a.emailCanonical < b.emailCanonical ? -1 : 1))
        .slice(0, limit),
  }
}

/** The most recently seen first; equals by id, so that the order of insertion decides nothing. */
const bySeen = (a: SessionRecord, b: SessionRecord) =>
  b.lastSeen.getTime() - a.lastSeen.getTime() || (a.id < b.id ? -1 : 1)

function memorySessions({ sessions }: Memory): SessionRecords {
  const select = (fits: (session: SessionRecord) => boolean) => [...sessions.values()].filter(fits)
  const remove = (fits: (session: SessionRecord) => boolean): number => {
    const found = select(fits)
    for (const { id } of found) sessions.delete(id)
    return found.length
  }
  return {
    byId: async (id) => sessions.get(id) ?? null,
    async insert(session) {
      if (sessions.has(session.id)) throw new Error('E11000 duplicate key')
      sessions.set(session.id, session)
    },
    removeById: async (id) => remove((session) => session.id === id),
    async touch({ id, lastSeen }, seen) {
      const session = sessions.get(id)
      if (!session || session.ended || session.lastSeen.getTime() !== lastSeen.getTime()) return
      sessions.set(id, { ...session, ...seen })
    },
    async entomb(id, generation, tomb) {
      const session = sessions.get(id)
      if (!session || session.ended || session.generation !== generation) return false
      sessions.set(id, { ...session, ...tomb })
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
      for (const session of surplus) sessions.delete(session.id)
    },
  }
}

function memoryTokens({ tokens }: Memory): TokenRecords {
  return {
    async insert(token) {
      if (tokens.has(token._id)) throw new Error('E11000 duplicate key')
      tokens.set(token._id, token)
    },
    byHash: async (hash) => tokens.get(hash) ?? null,
    async remove(hash) {
      tokens.delete(hash)
    },
    async removeOfUser(userId) {
      for (const token of [...tokens.values()]) if (token.userId === userId) tokens.delete(token._id)
    },
  }
}

function memoryMails({ mails }: Memory): MailRecords {
  const byDue = () => [...mails.values()].sort((a, b) => a.dueAt.getTime() - b.dueAt.getTime())
  const isOf = (mail: StoredMail, userId: string, emailCanonical: string) =>
    ('userId' in mail && mail.userId === userId) || ('emailCanonical' in mail && mail.emailCanonical === emailCanonical)
  return {
    async insert(job, createdAt, dueAt) {
      const id = nextId()
      mails.set(id, { ...job, id, createdAt, dueAt, tries: 0 })
      return id
    },
    count: async (most) => Math.min(most, mails.size),
    async reschedule(id, dueAt) {
      const mail = mails.get(id)
      if (mail) mails.set(id, { ...mail, dueAt })
    },
    async claim(now, leaseUntil) {
      const [mail] = byDue().filter(({ dueAt }) => dueAt <= now)
      if (!mail) return null
      const claimed = { ...mail, dueAt: leaseUntil, tries: mail.tries + 1 }
      mails.set(mail.id, claimed)
      return claimed
    },
    nextDue: async () => byDue()[0]?.dueAt ?? null,
    async remove(id) {
      mails.delete(id)
    },
    async removeOfUser(userId, emailCanonical) {
      for (const mail of [...mails.values()]) if (isOf(mail, userId, emailCanonical)) mails.delete(mail.id)
    },
  }
}

/** The ports of `src/mongo` in memory; ports.test.ts holds them to the real ones. */
export const createMemoryPorts = (memory: Memory): Ports => ({
  users: memoryUsers(memory),
  sessions: memorySessions(memory),
  tokens: memoryTokens(memory),
  mails: memoryMails(memory),
})
