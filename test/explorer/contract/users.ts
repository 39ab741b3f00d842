import { expect } from 'vitest'
import type { User } from '../../../src/model.ts'
import type { Ports } from '../ports.ts'
import { NOW, person } from '../world.ts'
import { add, ann, ben, both, disabled, ending, named, refused, wrong } from './ann-and-ben.ts'
import { demotionCases } from './demotions.ts'
import { ANN, BEN, type Cases, NOBODY, promise } from './kit.ts'

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
const bensAddress = { email: 'Ben@example.com', emailCanonical: 'ben@example.com' }

export const userCases: Cases<Ports['users']> = {
  ...demotionCases,
  createId: [
    promise('gives an id that no user has, and never the same twice', async ({ users }) => {
      const ids = [users.createId(), users.createId()]
      expect(new Set(ids).size).toBe(2)
      expect(ids[0]).toMatch(/^[0-9a-f]{24}$/)
      expect(await users.insert(person(ids[0] ?? '', 'x@example.com', []))).toBe(true)
      expect((await users.findById(ids[0] ?? ''))?.id).toBe(ids[0])
    }),
  ],
  findById: [
    promise('gives the user as they were added', async (ports) => {
      await add(ports)
      expect(await both(ports)).toEqual([ann, ben])
    }),
    promise('gives nobody for an unknown id, and for what is none', async ({ users }) => {
      for (const id of [NOBODY, '', 'x', 'new user of A', '$ne']) expect(await users.findById(id)).toBeNull()
    }),
  ],
  findByEmail: [
    promise('finds by the whole canonical address only', async (ports) => {
      await add(ports)
      expect(await ports.users.findByEmail('ben@example.com')).toEqual(ben)
      for (const text of ['ben@example', 'Ben@example.com', '']) expect(await ports.users.findByEmail(text)).toBeNull()
    }),
  ],
  insert: [
    refused('refuses a taken address', ann, (users) => users.insert({ ...ann, id: NOBODY }), false),
    refused('refuses a taken id', ann, (users) => users.insert({ ...ann, ...address }), false),
  ],
  update: [
    done('changes these fields', (users) => users.update(ann, named), true, named),
    refused('refuses another generation', ann, (users) => users.update(wrong, named), false),
    refused('refuses a disabled user', disabled, (users) => users.update(ann, named), false),
    refused('refuses nobody', ann, (users) => users.update({ ...ann, id: NOBODY }, named), false),
    promise('fails with an address that is taken', async (ports) => {
      await add(ports)
      await expect(async () => ports.users.update(ann, bensAddress)).rejects.toThrow('E11000')
      expect(await both(ports)).toEqual([ann, ben])
    }),
    done('is done, too, where nothing differs', (users) => users.update(ann, { firstName: 'First' }), true, {}),
  ],
  updateAndSpendTokens: [
    done('spends all tokens', (users) => users.updateAndSpendTokens(ann, ending), true, { ...ending, tokens: {} }),
    refused('refuses another generation', ann, (users) => users.updateAndSpendTokens(wrong, ending), false),
    refused('refuses a disabled user', disabled, (users) => users.updateAndSpendTokens(ann, ending), false),
  ],
  updateById: [
    done('asks for no generation', (users) => users.updateById(ANN, named), true, named),
    refused('refuses nobody', ann, (users) => users.updateById(NOBODY, named), false),
    refused('refuses what is no id', ann, (users) => users.updateById('x', named), false),
    promise('changes a disabled user', async (ports) => {
      await add(ports, disabled)
      expect(await ports.users.updateById(ANN, { disabledAt: null })).toBe(true)
      expect(await both(ports)).toEqual([ann, ben])
    }),
  ],
  updateRoles: [
    done('sets them', (users) => users.updateRoles(ann, ['ADMIN']), true, { roles: ['ADMIN'] }),
    done('takes the roles of a user who is no ADMIN', (users) => users.updateRoles(ann, []), true, { roles: [] }),
    promise('takes ADMIN from nobody who is enabled', async (ports) => {
      await add(ports)
      expect(await ports.users.updateRoles(ben, ['SUPPORT'])).toBe(false)
      expect(await both(ports)).toEqual([ann, ben])
      await ports.users.updateById(BEN, { disabledAt: NOW })
      expect(await ports.users.updateRoles(ben, ['SUPPORT'])).toBe(true)
    }),
    refused('refuses nobody', ann, (users) => users.updateRoles({ ...ann, id: NOBODY }, []), false),
  ],
  hasOtherAdmin: [
    promise('finds an enabled ADMIN other than one', async (ports) => {
      await add(ports)
      expect(await ports.users.hasOtherAdmin(ANN)).toBe(true)
      expect(await ports.users.hasOtherAdmin(null)).toBe(true)
      expect(await ports.users.hasOtherAdmin(BEN)).toBe(false)
      await ports.users.updateById(BEN, { disabledAt: NOW })
      expect(await ports.users.hasOtherAdmin(null)).toBe(false)
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
    refused(
      'refuses a taken address',
      ann,
      (users) => users.spendToken(ANN, 'resetPassword', 'r', bensAddress),
      'duplicate',
    ),
    refused('asks for the token first', ann, (users) => users.spendToken(ANN, 'resetPassword', 'x', bensAddress), null),
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
  delete: [
    promise('deletes a user, a disabled one too', async (ports) => {
      await add(ports, disabled)
      expect([await ports.users.delete(ann), await ports.users.delete(ann)]).toEqual([true, false])
      expect(await both(ports)).toEqual([null, ben])
    }),
    refused('refuses another generation', ann, (users) => users.delete(wrong), false),
  ],
  hasDevice: [
    promise('finds a device by the user it was added to, of the last 20', async (ports) => {
      await add(ports)
      for (let n = 0; n < 21; n += 1) await ports.users.addDevice(ANN, `device ${n}`)
      const found = (device: string) => ports.users.hasDevice(ann.emailCanonical, device)
      expect(await Promise.all(['device 0', 'device 1', 'device 20'].map(found))).toEqual([false, true, true])
      expect(await ports.users.hasDevice(ben.emailCanonical, 'device 1')).toBe(false)
      expect(await both(ports)).toEqual([ann, ben])
    }),
  ],
  addDevice: [refused('refuses nobody', ann, (users) => users.addDevice(NOBODY, 'device'), false)],
  removeDevice: [
    promise('removes one that is there', async (ports) => {
      await add(ports)
      await ports.users.addDevice(ANN, 'device')
      expect(await ports.users.removeDevice(BEN, 'device')).toBe(false)
      expect(await ports.users.removeDevice(ANN, 'device')).toBe(true)
      expect(await ports.users.removeDevice(ANN, 'device')).toBe(false)
      expect(await ports.users.hasDevice(ann.emailCanonical, 'device')).toBe(false)
    }),
  ],
  findPage: [
    promise('gives users by address, ascending, with a prefix, after one, so many', async ({ users }) => {
      for (const [index, name] of ['bb', 'a', 'b', 'ba', 'c', 'b+', 'b~'].entries()) {
        await users.insert({ ...ben, id: `${index}`.repeat(24), emailCanonical: `${name}@example.com` })
      }
      const page = async (prefix: string, after: string | null, limit: number) =>
        (await users.findPage({ prefix, after, limit })).map(({ emailCanonical }) => emailCanonical.split('@')[0])
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
