import type { Role, SessionRecord, TokenPurpose, User } from '../../../src/model.ts'
import type { MailJob } from '../../../src/mongo/mails.ts'
import type { UserChange } from '../../../src/mongo/users.ts'
import type { Ports } from '../ports.ts'
import { ago, NOW, person, session, token } from '../world.ts'
import { ANN, BEN, NOBODY } from './kit.ts'

/** One random choice after the other, from few values: so that guards meet what they ask for about as often as not. */
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
  guard = () => ({ id: this.id(), generation: this.generation() })
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
    const [generation, handle, expires] = [this.generation(), this.handle(), this.one(NOW, new Date('2031-01-01'))]
    return { ...session(id, this.one(ANN, BEN), ago(Number(id.slice(1)))), generation, handle, expires }
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
export const calls: Omit<Calls, 'users'> & { readonly users: Omit<Calls['users'], 'newId'> } = {
  users: {
    byId: (dice) => [dice.id()],
    byEmail: (dice) => [dice.address()],
    insert: (dice) => [dice.user()],
    change: (dice) => [
      dice.guard(),
      dice.one<UserChange>({ lastName: 'Other' }, { roles: dice.roles() }, dice.ending()),
    ],
    changeAndSpendTokens: (dice) => [dice.guard(), dice.ending()],
    changeById: (dice) => [dice.id(), dice.one<UserChange>({ disabledAt: null }, { roles: dice.roles() })],
    restoreRoles: (dice) => [dice.id(), dice.roles(), dice.roles()],
    disable: (dice) => [dice.id(), { ...dice.ending(), disabledAt: NOW }],
    reinstate: (dice) => [dice.guard(), dice.user()],
    setToken: (dice) => [{ ...dice.guard(), emailCanonical: dice.address() }, dice.purpose(), dice.hash()],
    unsetToken: (dice) => [dice.id(), dice.purpose(), dice.hash()],
    spendToken: (dice) => [dice.id(), dice.purpose(), dice.hash(), dice.change()],
    confirmAttempt: (dice) => [dice.id(), dice.address(), { ...dice.change(), ...dice.ending() }],
    remove: (dice) => [dice.guard()],
    countEnabled: (dice) => [dice.one('ADMIN', 'SUPPORT')],
    page: (dice) => [
      { prefix: dice.one('', 'a', 'b', 'c'), after: dice.one(null, dice.address()), limit: dice.one(1, 2, 5) },
    ],
  },
  sessions: {
    byId: (dice) => [dice.session()],
    insert: (dice) => [dice.record(), {}],
    removeById: (dice) => [dice.session()],
    touch: (dice) => [dice.record(), { lastSeen: dice.instant(), expires: NOW }],
    entomb: (dice) => [dice.session(), dice.generation(), { ended: NOW, expires: NOW }],
    removeByHandle: (dice) => [dice.one(ANN, BEN), dice.handle()],
    removeGeneration: (dice) => [
      dice.one(ANN, BEN),
      dice.generation(),
      ...dice.one<[] | [string]>([], [dice.session()]),
    ],
    removeOfUser: (dice) => [dice.id()],
    ofUser: (dice) => [dice.one(ANN, BEN), dice.generation()],
    trim: (dice) => [dice.record(), dice.one(1, 2, 3), dice.one(NOW, ago(1))],
  },
  tokens: {
    insert: (dice) => [
      { ...token(dice.hash(), dice.purpose(), dice.address(), null), _id: dice.hash(), userId: dice.id() },
    ],
    byHash: (dice) => [dice.hash()],
    remove: (dice) => [dice.hash()],
    removeOfUser: (dice) => [dice.id()],
  },
  mails: {
    insert: (dice) => [dice.job(), NOW, dice.instant()],
    count: (dice) => [dice.one(1, 5)],
    reschedule: (dice) => [dice.mail(), dice.instant()],
    claim: (dice) => [NOW, dice.instant()],
    nextDue: () => [],
    remove: (dice) => [dice.mail()],
    removeOfUser: (dice) => [dice.id(), dice.address()],
  },
}

/** What is there before the calls, so that they meet something. */
export const beginning: readonly (readonly [port: string, method: string, args: (dice: Dice) => readonly unknown[]])[] =
  [
    ['users', 'insert', (dice) => [dice.user(ANN, 'ann@example.com')]],
    ['users', 'insert', (dice) => [dice.user(BEN, 'ben@example.com')]],
    ...['s0', 's1', 's2', 's3', 's4'].map(
      (id) => ['sessions', 'insert', (dice: Dice) => [dice.record(id), {}]] as const,
    ),
    ...[0, 1, 2].map(() => ['mails', 'insert', calls.mails.insert] as const),
  ]
