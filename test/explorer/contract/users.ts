import { expect } from 'vitest'
import type { User } from '../../../src/model.ts'
import type { Ports } from '../ports.ts'
import { NOW, person } from '../world.ts'
import { ANN, BEN, type CasesOf, NOBODY, promise } from './kit.ts'

const ann: User = { ...person(ANN, 'ann@example.com', ['SUPPORT']), tokens: { verifyEmail: 'v', resetPassword: 'r' } }
const ben: User = person(BEN, 'ben@example.com', ['ADMIN'])
const disabled = { ...ann, disabledAt: NOW }
const ending = { generation: 'next', ended: { at: NOW, reason: 'REVOKED' } } as const
const named = { firstName: 'Annie' }
const wrong = { ...ann, generation: 'another' }

/** The users as they are. */
const both = async ({ users }: Ports) => [await users.byId(ANN), await users.byId(BEN)]

/** Adds both, as they are or as given. */
async function add({ users }: Ports, one: User = ann, other: User = ben): Promise<void> {
  expect([await users.insert(one), await users.insert(other)]).toEqual([true, true])
}

/** A write of Ann's document that is refused, and changes nothing. */
const refused = (name: string, before: User, write: (users: Ports['users']) => Promise<unknown>, answer: unknown) =>
  promise(name, async (ports) => {
    await add(ports, before)
    expect(await write(ports.users)).toEqual(answer)
    expect(await both(ports)).toEqual([before, ben])
  })

/** A write of Ann's document that leaves it like this. */
const done = (
  name: string,
  write: (users: Ports['users']) => Promise<unknown>,
  answer: unknown,
  after: Partial<User>,
) =>
  promise(name, async (ports) => {
    await add(ports)
    expect(await write(ports.users)).toEqual(answer)
    expect(await both(ports)).toEqual([{ ...ann, ...after }, ben])
  })

const address = { email: 'New@example.com', emailCanonical: 'new@example.com' }
const taken = { email: 'Ben@example.com', emailCanonical: 'ben@example.com' }

export const userCases: CasesOf<Ports['users']> = {
  newId: [
    promise('gives an id that no user has, and never the same twice', async ({ users }) => {
      const ids = [users.newId(), users.newId()]
      expect(new Set(ids).size).toBe(2)
      expect(ids[0]).toMatch(/^[0-9a-f]{24}$/)
      expect(await users.insert(person(ids[0] ?? '', 'x@example.com', []))).toBe(true)
      expect((await users.byId(ids[0] ?? ''))?.id).toBe(ids[0])
    }),
  ],
  byId: [
    promise('gives the user as they were added', async (ports) => {
      await add(ports)
      expect(await both(ports)).toEqual([ann, ben])
    }),
    promise('gives nobody for an unknown id, and for what is none', async ({ users }) => {
      for (const id of [NOBODY, '', 'x', 'new user of A', '$ne']) expect(await users.byId(id)).toBeNull()
    }),
  ],
  byEmail: [
    promise('finds by the whole canonical address only', async (ports) => {
      await add(ports)
      expect(await ports.users.byEmail('ben@example.com')).toEqual(ben)
      for (const text of ['ben@example', 'Ben@example.com', '']) expect(await ports.users.byEmail(text)).toBeNull()
    }),
  ],
  insert: [
    refused('refuses a taken address', ann, (users) => users.insert({ ...ann, id: NOBODY }), false),
    refused('refuses a taken id', ann, (users) => users.insert({ ...ann, ...address }), false),
  ],
  change: [
    done('changes these fields', (users) => users.change(ann, named), true, named),
    refused('refuses another generation', ann, (users) => users.change(wrong, named), false),
    refused('refuses a disabled user', disabled, (users) => users.change(ann, named), false),
    refused('refuses nobody', ann, (users) => users.change({ ...ann, id: NOBODY }, named), false),
    promise('fails with an address that is taken', async (ports) => {
      await add(ports)
      await expect(async () => ports.users.change(ann, taken)).rejects.toThrow('E11000')
      expect(await both(ports)).toEqual([ann, ben])
    }),
    done('is done, too, where nothing differs', (users) => users.change(ann, { firstName: 'First' }), true, {}),
  ],
  changeAndSpendTokens: [
    done('spends all tokens', (users) => users.changeAndSpendTokens(ann, ending), true, { ...ending, tokens: {} }),
    refused('refuses another generation', ann, (users) => users.changeAndSpendTokens(wrong, ending), false),
    refused('refuses a disabled user', disabled, (users) => users.changeAndSpendTokens(ann, ending), false),
  ],
  changeById: [
    done('asks for no generation', (users) => users.changeById(ANN, named), true, named),
    refused('refuses nobody', ann, (users) => users.changeById(NOBODY, named), false),
    refused('refuses what is no id', ann, (users) => users.changeById('x', named), false),
    promise('changes a disabled user', async (ports) => {
      await add(ports, disabled)
      expect(await ports.users.changeById(ANN, { disabledAt: null })).toBe(true)
      expect(await both(ports)).toEqual([ann, ben])
    }),
  ],
  restoreRoles: [
    done('puts them back', (users) => users.restoreRoles(ANN, ['SUPPORT'], ['ADMIN']), true, { roles: ['ADMIN'] }),
    refused('leaves roles that differ', ann, (users) => users.restoreRoles(ANN, [], ['ADMIN']), false),
    refused(
      'leaves roles of which some only were tried',
      { ...ann, roles: ['ADMIN', 'SUPPORT'] },
      (users) => users.restoreRoles(ANN, ['SUPPORT'], ['ADMIN']),
      false,
    ),
    promise('takes no roles for roles, too', async (ports) => {
      await add(ports, { ...ann, roles: [] })
      expect(await ports.users.restoreRoles(ANN, [], ['SUPPORT'])).toBe(true)
      expect(await both(ports)).toEqual([ann, ben])
    }),
  ],
  disable: [
    done('gives the user as before', (users) => users.disable(ANN, { ...ending, disabledAt: NOW }), ann, {
      ...ending,
      ...{ disabledAt: NOW, tokens: {} },
    }),
    refused('refuses the disabled', disabled, (users) => users.disable(ANN, { ...ending, disabledAt: NOW }), null),
    refused('refuses nobody', ann, (users) => users.disable(NOBODY, { ...ending, disabledAt: NOW }), null),
    refused('refuses what is no id', ann, (users) => users.disable('x', { ...ending, disabledAt: NOW }), null),
  ],
  reinstate: [
    promise('takes back a disabling, and nothing that was done since', async (ports) => {
      await add(ports)
      await ports.users.disable(ANN, { ...ending, disabledAt: NOW })
      await ports.users.changeById(ANN, named)
      expect(await ports.users.reinstate({ id: ANN, generation: 'next' }, ann)).toBe(true)
      expect(await both(ports)).toEqual([{ ...ann, ...named }, ben])
    }),
    refused('refuses another generation', disabled, (users) => users.reinstate(wrong, ann), false),
  ],
  setToken: [
    done('sets one', (users) => users.setToken(ann, 'changeEmail', 'c'), true, {
      tokens: { ...ann.tokens, changeEmail: 'c' },
    }),
    done('replaces one', (users) => users.setToken(ann, 'verifyEmail', 'w'), true, {
      tokens: { ...ann.tokens, verifyEmail: 'w' },
    }),
    refused('refuses another generation', ann, (users) => users.setToken(wrong, 'verifyEmail', 'w'), false),
    refused(
      'refuses another address',
      ann,
      (users) => users.setToken({ ...ann, ...address }, 'verifyEmail', 'w'),
      false,
    ),
    refused('refuses a disabled user', disabled, (users) => users.setToken(ann, 'verifyEmail', 'w'), false),
  ],
  unsetToken: [
    done('takes one back', (users) => users.unsetToken(ANN, 'verifyEmail', 'v'), true, {
      tokens: { resetPassword: 'r' },
    }),
    refused('leaves another hash', ann, (users) => users.unsetToken(ANN, 'verifyEmail', 'r'), false),
    refused('finds none', ann, (users) => users.unsetToken(ANN, 'changeEmail', 'v'), false),
  ],
  spendToken: [
    done(
      'spends a token with all others',
      (users) => users.spendToken(ANN, 'resetPassword', 'r', { ...ending, ...address }),
      ann,
      {
        ...{ ...ending, ...address, tokens: {} },
      },
    ),
    done(
      'that of a sign-up alone',
      (users) => users.spendToken(ANN, 'verifyEmail', 'v', { emailVerified: true }),
      ann,
      {
        ...{ emailVerified: true, tokens: { resetPassword: 'r' } },
      },
    ),
    done('takes the address that the user has', (users) => users.spendToken(ANN, 'resetPassword', 'r', ann), ann, {
      tokens: {},
    }),
    refused('refuses another hash', ann, (users) => users.spendToken(ANN, 'resetPassword', 'v', named), null),
    refused('refuses where there is none', ann, (users) => users.spendToken(ANN, 'changeEmail', 'v', named), null),
    refused('refuses a disabled user', disabled, (users) => users.spendToken(ANN, 'resetPassword', 'r', named), null),
    refused('refuses nobody', ann, (users) => users.spendToken(NOBODY, 'resetPassword', 'r', named), null),
    refused('refuses a taken address', ann, (users) => users.spendToken(ANN, 'resetPassword', 'r', taken), 'taken'),
    refused('asks for the token first', ann, (users) => users.spendToken(ANN, 'resetPassword', 'x', taken), null),
  ],
  confirmAttempt: [
    done(
      'spends all tokens',
      (users) => users.confirmAttempt(ANN, ann.emailCanonical, { ...ending, emailVerified: true }),
      ann,
      { ...ending, emailVerified: true, tokens: {} },
    ),
    refused(
      'refuses a verified address',
      { ...ann, emailVerified: true },
      (users) => users.confirmAttempt(ANN, ann.emailCanonical, ending),
      null,
    ),
    refused('refuses another address', ann, (users) => users.confirmAttempt(ANN, 'ben@example.com', ending), null),
    refused('refuses the disabled', disabled, (users) => users.confirmAttempt(ANN, ann.emailCanonical, ending), null),
  ],
  remove: [
    promise('deletes a user, a disabled one too', async (ports) => {
      await add(ports, disabled)
      expect([await ports.users.remove(ann), await ports.users.remove(ann)]).toEqual([true, false])
      expect(await both(ports)).toEqual([null, ben])
    }),
    refused('refuses another generation', ann, (users) => users.remove(wrong), false),
  ],
  countEnabled: [
    promise('counts the enabled of a role, to two', async ({ users }) => {
      const counts = [await users.countEnabled('ADMIN')]
      for (const [index, disabledAt] of [NOW, null, null, null].entries()) {
        await users.insert({ ...ben, id: `${index}`.repeat(24), emailCanonical: `${index}@example.com`, disabledAt })
        counts.push(await users.countEnabled('ADMIN'))
      }
      expect(counts).toEqual([0, 0, 1, 2, 2])
      expect(await users.countEnabled('SUPPORT')).toBe(0)
    }),
  ],
  page: [
    promise('gives users by address, ascending, with a prefix, after one, so many', async ({ users }) => {
      for (const [index, name] of ['bb', 'a', 'b', 'ba', 'c', 'b+', 'b~'].entries()) {
        await users.insert({ ...ben, id: `${index}`.repeat(24), emailCanonical: `${name}@example.com` })
      }
      const page = async (prefix: string, after: string | null, limit: number) =>
        (await users.page({ prefix, after, limit })).map(({ emailCanonical }) => emailCanonical.split('@')[0])
      expect(await page('', null, 9)).toEqual(['a', 'b+', 'b', 'ba', 'bb', 'b~', 'c'])
      expect(await page('b', null, 9)).toEqual(['b+', 'b', 'ba', 'bb', 'b~'])
      expect(await page('b', null, 2)).toEqual(['b+', 'b'])
      expect(await page('b', 'b@example.com', 9)).toEqual(['ba', 'bb', 'b~'])
      expect(await page('b', 'a', 1)).toEqual(['b+'])
      expect(await page('b', 'c', 9)).toEqual([])
      expect(await page('b.', null, 9)).toEqual([])
    }),
  ],
}
