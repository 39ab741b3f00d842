import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { deleteAccount } from '../testkit/account.ts'
import type { Browser } from '../testkit/browser.ts'
import { type Cast, type Somebody, startCast } from '../testkit/cast.ts'
import { holdAt } from '../testkit/held.ts'
import { whoIs } from '../testkit/people.ts'
import type { Match } from '../testkit/proxy.ts'
import { disableUser, enableUser, setUserRoles } from '../testkit/staff.ts'

let cast: Cast
let ada: Somebody
let bea: Somebody

beforeAll(async () => {
  cast = await startCast()
})
beforeEach(async () => {
  await cast.db.collection('users').deleteMany({})
  ada = await cast.somebody('ADMIN')
  bea = await cast.somebody('ADMIN', 'SUPPORT')
})
afterEach(() => cast.proxy.restore())
afterAll(() => cast.close())

const rolesOf = async ({ id }: Somebody) =>
  (await cast.db.collection('users').find().toArray()).find(({ _id }) => _id.toHexString() === id)?.roles

const enabledAdmins = () => cast.db.collection('users').countDocuments({ roles: 'ADMIN', disabledAt: null })

describe('one after the other', () => {
  test('the last ADMIN can be neither demoted nor disabled nor deleted, and keeps every role', async () => {
    expect((await setUserRoles(ada.browser, ada.id, ['SUPPORT'])).kind).toBe('AdminUserSuccess')
    expect((await setUserRoles(bea.browser, bea.id, ['SUPPORT'])).kind).toBe('LastAdmin')
    expect((await setUserRoles(bea.browser, bea.id, [])).kind).toBe('LastAdmin')
    expect((await deleteAccount(bea.browser)).kind).toBe('LastAdmin')
    expect(await rolesOf(bea)).toEqual(['ADMIN', 'SUPPORT'])
    expect((await setUserRoles(bea.browser, bea.id, ['ADMIN'])).kind).toBe('AdminUserSuccess')
  })

  test('a disabled ADMIN is none to rely on, and one who is enabled again is', async () => {
    expect((await disableUser(ada.browser, bea.id)).kind).toBe('AdminUserSuccess')
    expect((await setUserRoles(ada.browser, ada.id, [])).kind).toBe('LastAdmin')
    expect((await enableUser(ada.browser, bea.id)).data?.user).toMatchObject({ roles: ['ADMIN', 'SUPPORT'] })
    expect((await setUserRoles(ada.browser, ada.id, [])).kind).toBe('AdminUserSuccess')
  })

  test('taking ADMIN from one who is disabled, or disabling one without it, needs no other', async () => {
    await disableUser(ada.browser, bea.id)
    expect((await setUserRoles(ada.browser, bea.id, [])).kind).toBe('AdminUserSuccess')
    const cid = await cast.somebody('SUPPORT')
    expect((await disableUser(ada.browser, cid.id)).kind).toBe('AdminUserSuccess')
  })
})

const setting = (field: string, command: 'update' | 'findAndModify'): Match => ({
  command,
  collection: 'users',
  where: (document) => field in ((command === 'update' ? document.updates[0].u : document.update).$set ?? {}),
})

/** What two ADMINs do to themselves or to each other at once: how, with which write, and how it ends when it is done. */
const PAIRS = {
  'each demotes the other': [
    (who: Browser, _own: string, other: string) => setUserRoles(who, other, []),
    setting('roles', 'update'),
    'AdminUserSuccess',
  ],
  'each demotes themself': [
    (who: Browser, own: string) => setUserRoles(who, own, []),
    setting('roles', 'update'),
    'AdminUserSuccess',
  ],
  'each disables the other': [
    (who: Browser, _own: string, other: string) => disableUser(who, other),
    setting('disabledAt', 'update'),
    'AdminUserSuccess',
  ],
  'each deletes themself': [(who: Browser) => deleteAccount(who), setting('roles', 'update'), 'DeleteAccountSuccess'],
} as const

/** The count after the write; another one comes before it. */
const count: Match = {
  command: 'find',
  collection: 'users',
  where: ({ filter }) => filter.roles === 'ADMIN',
  nth: 2,
}

describe.each(Object.entries(PAIRS))('two at once: %s', (_name, [act, write, done]) => {
  const byAda = () => act(ada.browser, ada.id, bea.id)
  const byBea = () => act(bea.browser, bea.id, ada.id)

  /** Never both, and what was acknowledged is there. */
  async function expectOneAdminLeft(kinds: (string | undefined)[]) {
    expect([done, 'LastAdmin', 'UNAUTHENTICATED']).toEqual(expect.arrayContaining(kinds))
    expect(kinds.filter((kind) => kind === done).length).toBeLessThan(2)
    expect(await enabledAdmins()).toBe(kinds.includes(done) ? 1 : 2)
  }

  test('the second one’s write comes after the first is done', async () => {
    const held = await holdAt(cast.proxy, write, byBea)
    const first = await byAda()
    held.release()
    const second = await held.answer
    expect(first.kind).toBe(done)
    await expectOneAdminLeft([first.kind, second.kind])
  })

  test('both write before either counts', async () => {
    const bound = await holdAt(cast.proxy, write, byBea)
    const first = await holdAt(cast.proxy, count, byAda)
    bound.release()
    const second = await bound.answer
    first.release()
    await expectOneAdminLeft([(await first.answer).kind, second.kind])
  })

  test('both count nobody: both are refused, and both keep what they had', async () => {
    const bound = await holdAt(cast.proxy, write, byBea)
    const first = await holdAt(cast.proxy, count, byAda)
    const secondCount = cast.proxy.hold({ ...count, nth: 1, at: 'reply' })
    bound.release()
    await secondCount.reached
    first.release()
    const kinds = [(await first.answer).kind]
    secondCount.release()
    kinds.push((await bound.answer).kind)
    await expectOneAdminLeft(kinds)
    expect(kinds).toEqual(['LastAdmin', 'LastAdmin'])
    expect([await rolesOf(ada), await rolesOf(bea)]).toEqual([['ADMIN'], ['ADMIN', 'SUPPORT']])
    expect(await Promise.all([whoIs(ada.browser), whoIs(bea.browser)])).toEqual([ada.email, bea.email])
  })
})
