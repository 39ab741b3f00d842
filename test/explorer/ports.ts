import type { SessionRecord, TokenPurpose, User } from '../../src/model.ts'
import type { Collections } from '../../src/mongo/collections.ts'
import type { UserVersion } from '../../src/mongo/user-document.ts'
import { type Memory, type StoredSession, withEntry, withoutEntries } from './memory.ts'
import { memoryChallenges, memoryFactors } from './memory-factors.ts'
import { memoryMails } from './memory-mails.ts'
import { memoryTokens } from './memory-tokens.ts'

/** The session store, as the session cookie uses it. */
export interface StorePort {
  get(id: string): Promise<SessionRecord | null>
  create(record: SessionRecord, expires: Date): Promise<void>
  delete(id: string): Promise<void>
}

/** What the domain asks of a database. */
export interface Ports
  extends Omit<Collections, 'extend' | 'factors' | 'loginChallenges' | 'usedChallenges' | 'events'> {
  readonly store: StorePort
  readonly factors: Pick<
    Collections['factors'],
    | 'find'
    | 'countTry'
    | 'spend'
    | 'setPendingTotp'
    | 'confirmTotp'
    | 'removeTotp'
    | 'addPasskey'
    | 'removePasskey'
    | 'replaceRecoveryCodes'
    | 'reset'
    | 'setUserHandle'
  >
  readonly loginChallenges: Pick<Collections['loginChallenges'], 'insert' | 'find' | 'countTry' | 'setAlert' | 'spend'>
}

function memoryUsers(memory: Memory, newId: () => string): Ports['users'] {
  const all = () => [...memory.users.values()]
  const isTaken = (emailCanonical: string, id: string) =>
    all().some((user) => user.id !== id && user.emailCanonical === emailCanonical)
  const set = (user: User, change: Partial<User>) => {
    memory.users = withEntry(memory.users, user.id, { ...user, ...change })
  }

  const update = (id: string, fits: (user: User) => boolean, change: (user: User) => Partial<User>): boolean => {
    const user = memory.users.get(id)
    if (!user || !fits(user)) return false
    const { emailCanonical } = change(user)
    if (emailCanonical !== undefined && isTaken(emailCanonical, id)) throw new Error('E11000 duplicate key')
    set(user, change(user))
    return true
  }
  const replace = (id: string, fits: (user: User) => boolean, change: Partial<User>): User | 'duplicate' | null => {
    const user = memory.users.get(id)
    if (!user || !fits(user)) return null
    if (change.emailCanonical !== undefined && isTaken(change.emailCanonical, id)) return 'duplicate'
    set(user, change)
    return user
  }
  const isLive =
    ({ generation }: UserVersion) =>
    (user: User) =>
      user.generation === generation && user.disabledAt === null
  const isAdmin = (user: User) => user.roles.includes('ADMIN') && !user.disabledAt
  const isPending = (at: Date) => (user: User) => user.pendingDemotion?.at.getTime() === at.getTime()
  const devices = (id: string) => memory.devices.get(id) ?? []
  const without = (user: User, purpose: TokenPurpose) => {
    const { [purpose]: _spent, ...tokens } = user.tokens
    return { tokens }
  }

  return {
    createId: newId,
    findById: async (id) => memory.users.get(id) ?? null,
    findByEmail: async (emailCanonical) => all().find((user) => user.emailCanonical === emailCanonical) ?? null,
    async insert(user) {
      if (memory.users.has(user.id) || isTaken(user.emailCanonical, user.id)) return false
      set(user, {})
      return true
    },
    update: async (expected, change) => update(expected.id, isLive(expected), () => change),
    updateAndSpendTokens: async (expected, change) =>
      update(expected.id, isLive(expected), () => ({ ...change, tokens: {} })),
    updateById: async (id, change) =>
      update(
        id,
        () => true,
        () => change,
      ),
    updateRoles: async ({ id }, roles) =>
      update(
        id,
        (user) => roles.includes('ADMIN') || !isAdmin(user),
        () => ({ roles }),
      ),
    async disable(id, change) {
      const before = replace(id, (user) => user.disabledAt === null, { ...change, tokens: {} })
      return before === 'duplicate' ? null : before
    },
    demote: async (user, change, taken) =>
      update(
        user.id,
        (found) => isLive(user)(found) && isAdmin(found),
        () => ({ ...change, ...(change.generation ? { tokens: {} } : {}), pendingDemotion: taken }),
      ),
    confirmDemotion: async (id, at) => update(id, isPending(at), () => ({ pendingDemotion: null })),
    undoDemotion: async (id, { at, roles, access }) =>
      update(id, isPending(at), (user) => {
        if (!access) return { roles, pendingDemotion: null }
        const { replacedBy, ...kept } = access
        return {
          ...{ roles, disabledAt: null, pendingDemotion: null },
          ...(user.generation === replacedBy ? kept : {}),
        }
      }),
    async findOldestDemotion() {
      const time = (user: User) => user.pendingDemotion?.at.getTime() ?? 0
      return (
        all()
          .filter((user) => user.pendingDemotion)
          .sort((a, b) => time(a) - time(b))[0] ?? null
      )
    },
    hasOtherAdmin: async (id) => all().some((user) => user.id !== id && isAdmin(user)),
    setToken: async (expected, purpose, hash) =>
      update(
        expected.id,
        (user) => isLive(expected)(user) && user.emailCanonical === expected.emailCanonical,
        (user) => ({ tokens: { ...user.tokens, [purpose]: hash } }),
      ),
    unsetToken: async (id, purpose, hash) =>
      update(
        id,
        (user) => user.tokens[purpose] === hash,
        (user) => without(user, purpose),
      ),
    async spendToken(id, purpose, hash, change, isFirstProof = false) {
      const fits = (user: User) =>
        user.tokens[purpose] === hash && user.disabledAt === null && !(isFirstProof && user.emailVerified)
      const user = memory.users.get(id)
      const left = user && purpose === 'verifyEmail' ? without(user, purpose) : { tokens: {} }
      return replace(id, fits, { ...change, ...left })
    },
    confirmAttempt: async (id, emailCanonical, change) =>
      replace(id, (user) => user.emailCanonical === emailCanonical && !user.emailVerified && user.disabledAt === null, {
        ...change,
        tokens: {},
      }),
    async hasDevice(emailCanonical, device) {
      const user = all().find((one) => one.emailCanonical === emailCanonical)
      return user !== undefined && devices(user.id).includes(device)
    },
    async addDevice(id, device) {
      if (!memory.users.has(id)) return false
      memory.devices = withEntry(memory.devices, id, [...devices(id), device].slice(-20))
      return true
    },
    async removeDevice(id, device) {
      if (!memory.users.has(id) || !devices(id).includes(device)) return false
      const left = devices(id).filter((one) => one !== device)
      memory.devices = withEntry(memory.devices, id, left)
      return true
    },
    async delete({ id, generation }) {
      if (memory.users.get(id)?.generation !== generation) return false
      memory.users = withoutEntries(memory.users, [id])
      memory.devices = withoutEntries(memory.devices, [id])
      memory.factors = withoutEntries(memory.factors, [id])
      return true
    },
    findPage: async ({ after, prefix, limit }) =>
      all()
        .filter(({ emailCanonical }) => emailCanonical.startsWith(prefix) && emailCanonical > (after ?? ''))
        .sort((a, b) => (a.emailCanonical < b.emailCanonical ? -1 : 1))
        .slice(0, limit),
  }
}

/** The most recently seen first; equals by id, so that the order of insertion decides nothing. */
const compareSeen = (a: SessionRecord, b: SessionRecord) =>
  b.lastSeen.getTime() - a.lastSeen.getTime() || (a.id < b.id ? -1 : 1)

const toRecord = ({ expires: _expires, ...record }: StoredSession): SessionRecord => record

function memoryStore(memory: Memory): StorePort {
  return {
    async get(id) {
      const session = memory.sessions.get(id)
      return session ? toRecord(session) : null
    },
    async create(record, expires) {
      memory.sessions = withEntry(memory.sessions, record.id, { ...record, expires })
    },
    async delete(id) {
      memory.sessions = withoutEntries(memory.sessions, [id])
    },
  }
}

function memorySessions(memory: Memory): Ports['sessions'] {
  const select = (fits: (session: StoredSession) => boolean) => [...memory.sessions.values()].filter(fits)
  const set = (session: StoredSession) => {
    memory.sessions = withEntry(memory.sessions, session.id, session)
  }
  const remove = (fits: (session: StoredSession) => boolean): number => {
    const found = select(fits)
    memory.sessions = withoutEntries(
      memory.sessions,
      found.map(({ id }) => id),
    )
    return found.length
  }
  const update = (id: string, fits: (session: StoredSession) => boolean, change: Partial<StoredSession>): boolean => {
    const session = memory.sessions.get(id)
    if (!session || !fits(session)) return false
    set({ ...session, ...change })
    return true
  }
  return {
    async findById(id, now) {
      const session = memory.sessions.get(id)
      return session && session.expires > now ? toRecord(session) : null
    },
    activate: async (id, expires) => update(id, () => true, { expires, pending: false }),
    async touch({ id, lastSeen }, seen) {
      update(id, (session) => !session.replacedAt && session.lastSeen.getTime() === lastSeen.getTime(), seen)
    },
    replace: async (id, generation, replacement) =>
      update(id, (session) => !session.replacedAt && session.generation === generation, replacement),
    deleteByHandle: async (userId, handle) =>
      remove((session) => session.userId === userId && session.handle === handle),
    deleteByGeneration: async (userId, generation, exceptId) =>
      remove((session) => session.userId === userId && session.generation === generation && session.id !== exceptId),
    deleteByUser: async (userId) => remove((session) => session.userId === userId),
    findByGeneration: async (userId, generation, now) =>
      select(
        (session) =>
          session.userId === userId &&
          session.generation === generation &&
          !session.replacedAt &&
          session.expires > now,
      )
        .sort(compareSeen)
        .slice(0, 200)
        .map(toRecord),
    async trim({ id, userId, generation }, max, now) {
      const isAlive = (session: StoredSession) =>
        session.generation === generation && !session.replacedAt && !session.pending && session.expires > now
      const surplus = select((session) => session.userId === userId && session.id !== id && isAlive(session))
        .sort(compareSeen)
        .slice(max - 1)
      memory.sessions = withoutEntries(
        memory.sessions,
        surplus.map((session) => session.id),
      )
    },
  }
}

/** The ports of `src/mongo` in memory, with ids from `newId`; ports.test.ts holds them to the real ones. */
export const createMemoryPorts = (memory: Memory, newId: () => string): Ports => ({
  users: memoryUsers(memory, newId),
  sessions: memorySessions(memory),
  store: memoryStore(memory),
  tokens: memoryTokens(memory),
  mails: memoryMails(memory, newId),
  factors: memoryFactors(memory),
  loginChallenges: memoryChallenges(memory),
})
