import type { PendingDemotion, SessionRecord, TokenPurpose, User } from '../../../src/model.ts'
import type { MailJob } from '../../../src/mongo/mails.ts'
import type { UserChange } from '../../../src/mongo/user-document.ts'
import type { Role } from '../../../src/roles.ts'
import type { Ports } from '../ports.ts'
import { ago, NOW, person, session, token } from '../world.ts'
import { ANN, BEN, NOBODY } from './kit.ts'

/** One random choice after the other, from few values: so that conditions are met about as often as not. */
export class Dice {
  readonly #numbers: readonly number[]
  readonly #call: number
  #next = 0

  /** `call` is this call's place among the calls of its run. */
  constructor(numbers: readonly number[], call: number) {
    this.#numbers = numbers
    this.#call = call
  }

  one<const T>(...values: readonly [T, ...T[]]): T {
    const number = this.#numbers[this.#next++ % this.#numbers.length] ?? 0
    return values[number % values.length] ?? values[0]
  }

  /** An instant that no other call has: of two equal ones, the database may put either first. */
  instant = () => new Date(NOW.getTime() + this.one(-1, 1) * (this.#call * 1000 + this.#next))
  id = () => this.one(ANN, BEN, NOBODY)
  address = () => this.one('ann@example.com', 'ben@example.com', 'new@example.com')
  generation = () => this.one('one', 'two')
  version = () => ({ id: this.id(), generation: this.generation() })
  purpose = () => this.one<TokenPurpose>('verifyEmail', 'changeEmail', 'resetPassword')
  hash = () => this.one('h1', 'h2')
  roles = () => this.one<readonly Role[]>([], ['ADMIN'], ['ADMIN', 'SUPPORT'])
  ending = () => ({ generation: this.generation(), ended: { at: NOW, reason: 'REVOKED' } as const })
  session = () => this.one('s0', 's1', 's2', 's3', 's4')
  handle = () => this.one('first', 'second')
  /** The mail that was inserted so many inserts ago. */
  mail = () => this.one('mail 0', 'mail 1', 'mail 2')

  change(): UserChange {
    const address = this.address()
    return this.one<UserChange>(
      { firstName: 'Other' },
      { roles: this.roles() },
      { email: address, emailCanonical: address, emailVerified: true },
      this.ending(),
    )
  }

  user(id: string = this.id(), emailCanonical: string = this.address()): User {
    const tokens = { resetPassword: this.hash(), [this.purpose()]: this.hash() }
    return { ...person(id, emailCanonical, [...this.roles()]), generation: this.generation(), tokens }
  }

  /** A session that was seen when only it was, before it is touched. */
  record(id: string = this.session()): SessionRecord {
    const { expires: _expires, ...record } = session(id, this.one(ANN, BEN), ago(Number(id.slice(1))))
    return { ...record, generation: this.generation(), handle: this.handle(), pending: this.one(false, false, true) }
  }

  expiry = () => this.one(NOW, new Date('2031-01-01'))

  taken(): PendingDemotion {
    const { roles, generation, ended, tokens } = this.user()
    const access = this.one(null, { generation, ended, tokens, replacedBy: this.generation() })
    return { roles, access, at: this.one(NOW, ago(1)) }
  }

  job(): MailJob {
    const [userId, emailCanonical] = [this.id(), this.address()]
    return this.one<MailJob>(
      { kind: 'resetPassword', emailCanonical },
      { kind: 'passwordChanged', userId, changedAt: NOW },
      { kind: 'changeEmail', userId, generation: 'one', email: emailCanonical, emailCanonical },
    )
  }
}

type Calls = {
  readonly [Port in keyof Ports]: {
    readonly [Method in keyof Ports[Port]]: Ports[Port][Method] extends (...args: infer Args) => unknown
      ? (dice: Dice) => Args
      : never
  }
}

/** Arguments for each method; one without does not compile. */
export const calls: Omit<Calls, 'users' | 'factors' | 'loginChallenges'> & {
  readonly users: Omit<Calls['users'], 'createId'>
} = {
  users: {
    findById: (dice) => [dice.id()],
    findByEmail: (dice) => [dice.address()],
    insert: (dice) => [dice.user()],
    update: (dice) => [
      dice.version(),
      dice.one<UserChange>({ lastName: 'Other' }, { roles: dice.roles() }, dice.ending()),
    ],
    updateAndSpendTokens: (dice) => [dice.version(), dice.ending()],
    updateById: (dice) => [dice.id(), dice.one<UserChange>({ disabledAt: null }, { roles: dice.roles() })],
    updateRoles: (dice) => [dice.user(), dice.roles()],
    disable: (dice) => [dice.id(), { ...dice.ending(), disabledAt: NOW }],
    demote: (dice) => [
      dice.user(),
      dice.one<UserChange>({ roles: dice.roles() }, { ...dice.ending(), disabledAt: NOW }),
      dice.taken(),
    ],
    confirmDemotion: (dice) => [dice.id(), dice.one(NOW, ago(1))],
    undoDemotion: (dice) => [dice.id(), dice.taken()],
    findOldestDemotion: () => [],
    hasOtherAdmin: (dice) => [dice.one(null, dice.id())],
    setToken: (dice) => [{ ...dice.version(), emailCanonical: dice.address() }, dice.purpose(), dice.hash()],
    unsetToken: (dice) => [dice.id(), dice.purpose(), dice.hash()],
    spendToken: (dice) => [dice.id(), dice.purpose(), dice.hash(), dice.change()],
    confirmAttempt: (dice) => [dice.id(), dice.address(), { ...dice.change(), ...dice.ending() }],
    hasDevice: (dice) => [dice.address(), dice.hash()],
    addDevice: (dice) => [dice.id(), dice.hash()],
    removeDevice: (dice) => [dice.id(), dice.hash()],
    delete: (dice) => [dice.version()],
    findPage: (dice) => [
      { prefix: dice.one('', 'a', 'b', 'c'), after: dice.one(null, dice.address()), limit: dice.one(1, 2, 5) },
    ],
  },
  sessions: {
    findById: (dice) => [dice.session(), dice.one(NOW, ago(1))],
    activate: (dice) => [dice.session(), dice.expiry()],
    touch: (dice) => [dice.record(), { lastSeen: dice.instant(), expires: NOW }],
    replace: (dice) => [dice.session(), dice.generation(), { replacedAt: NOW, expires: NOW }],
    deleteByHandle: (dice) => [dice.one(ANN, BEN), dice.handle()],
    deleteByGeneration: (dice) => [
      dice.one(ANN, BEN),
      dice.generation(),
      ...dice.one<[] | [string]>([], [dice.session()]),
    ],
    deleteByUser: (dice) => [dice.id()],
    findByGeneration: (dice) => [dice.one(ANN, BEN), dice.generation(), dice.one(NOW, ago(1))],
    trim: (dice) => [dice.record(), dice.one(1, 2, 3), dice.one(NOW, ago(1))],
  },
  store: {
    get: (dice) => [dice.session()],
    create: (dice) => [dice.record(), dice.expiry()],
    delete: (dice) => [dice.session()],
  },
  tokens: {
    insert: (dice) => [
      { ...token(dice.hash(), dice.purpose(), dice.address(), null), _id: dice.hash(), userId: dice.id() },
    ],
    deleteOlderInvitations: (dice) => [
      { ...token(dice.hash(), dice.purpose(), dice.address(), null), _id: dice.hash(), userId: dice.id() },
    ],
    findByHash: (dice) => [dice.hash()],
    delete: (dice) => [dice.hash()],
    deleteByUser: (dice) => [dice.id()],
  },
  mails: {
    insert: (dice) => [dice.job(), NOW, dice.instant()],
    count: () => [],
    reschedule: (dice) => [dice.mail(), dice.instant()],
    lease: (dice) => [NOW, dice.instant()],
    findNextDue: () => [],
    delete: (dice) => [dice.mail()],
    deleteByUser: (dice) => [dice.id(), dice.address()],
  },
}

/** What is there before the calls, so that they meet something. */
export const beginning: readonly (readonly [port: string, method: string, args: (dice: Dice) => readonly unknown[]])[] =
  [
    ['users', 'insert', (dice) => [dice.user(ANN, 'ann@example.com')]],
    ['users', 'insert', (dice) => [dice.user(BEN, 'ben@example.com')]],
    ...['s0', 's1', 's2', 's3', 's4'].map(
      (id) => ['store', 'create', (dice: Dice) => [dice.record(id), dice.expiry()]] as const,
    ),
    ...[0, 1, 2].map(() => ['mails', 'insert', calls.mails.insert] as const),
  ]
