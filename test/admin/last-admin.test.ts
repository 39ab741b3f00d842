import { beforeEach, expect, test } from 'vitest'
import type { Browser } from '../testkit/browser.ts'
import { deleteAccount, disableUser, enableUser, getSignedInEmail, setUserRoles } from '../testkit/client.ts'
import { provideProxiedService } from '../testkit/fixtures.ts'
import { holdAt } from '../testkit/mongo/holds.ts'
import type { Match } from '../testkit/mongo/proxy.ts'
import { createIdleUser, type User } from '../testkit/users.ts'

const service = provideProxiedService()
let ada: User
let bea: User

beforeEach(async () => {
  await service().db.collection('users').deleteMany({})
  ada = await createIdleUser(service(), { roles: ['ADMIN'] })
  bea = await createIdleUser(service(), { roles: ['ADMIN', 'SUPPORT'] })
})

const findRoles = async ({ id }: User) =>
  (await service().db.collection('users').find().toArray()).find(({ _id }) => _id.toHexString() === id)?.roles

const countEnabledAdmins = () => service().db.collection('users').countDocuments({ roles: 'ADMIN', disabledAt: null })

test('the last ADMIN can be neither demoted nor disabled nor deleted, and keeps every role', async () => {
  expect((await setUserRoles(ada.browser, { id: ada.id, roles: ['SUPPORT'] })).kind).toBe('AdminUserSuccess')
  expect((await setUserRoles(bea.browser, { id: bea.id, roles: ['SUPPORT'] })).kind).toBe('LastAdmin')
  expect((await setUserRoles(bea.browser, { id: bea.id, roles: [] })).kind).toBe('LastAdmin')
  expect((await deleteAccount(bea.browser)).kind).toBe('LastAdmin')
  expect(await findRoles(bea)).toEqual(['ADMIN', 'SUPPORT'])
  expect((await setUserRoles(bea.browser, { id: bea.id, roles: ['ADMIN'] })).kind).toBe('AdminUserSuccess')
})

test('a disabled ADMIN does not count as one, and counts again when enabled', async () => {
  expect((await disableUser(ada.browser, { id: bea.id })).kind).toBe('AdminUserSuccess')
  expect((await setUserRoles(ada.browser, { id: ada.id, roles: [] })).kind).toBe('LastAdmin')
  expect((await enableUser(ada.browser, { id: bea.id })).data?.user).toMatchObject({ roles: ['ADMIN', 'SUPPORT'] })
  expect((await setUserRoles(ada.browser, { id: ada.id, roles: [] })).kind).toBe('AdminUserSuccess')
})

test('removing ADMIN from a disabled user, or disabling one without it, needs no other ADMIN', async () => {
  await disableUser(ada.browser, { id: bea.id })
  expect((await setUserRoles(ada.browser, { id: bea.id, roles: [] })).kind).toBe('AdminUserSuccess')
  const cid = await createIdleUser(service(), { roles: ['SUPPORT'] })
  expect((await disableUser(ada.browser, { id: cid.id })).kind).toBe('AdminUserSuccess')
})

const matchSetting = (field: string, command: 'update' | 'findAndModify'): Match => ({
  command,
  collection: 'users',
  where: (document) => field in ((command === 'update' ? document.updates[0].u : document.update).$set ?? {}),
})

/** What two ADMINs do to themselves or to each other at once, with which write, and the result of success. */
const PAIRS = {
  'each demotes the other': [
    (browser: Browser, _own: string, other: string) => setUserRoles(browser, { id: other, roles: [] }),
    matchSetting('roles', 'update'),
    'AdminUserSuccess',
  ],
  'each demotes themself': [
    (browser: Browser, own: string) => setUserRoles(browser, { id: own, roles: [] }),
    matchSetting('roles', 'update'),
    'AdminUserSuccess',
  ],
  'each disables the other': [
    (browser: Browser, _own: string, other: string) => disableUser(browser, { id: other }),
    matchSetting('disabledAt', 'update'),
    'AdminUserSuccess',
  ],
  'each deletes themself': [
    (browser: Browser) => deleteAccount(browser),
    matchSetting('roles', 'update'),
    'DeleteAccountSuccess',
  ],
} as const

/** The count after the write; another one comes before it. */
const COUNT: Match = {
  command: 'find',
  collection: 'users',
  where: ({ filter }) => filter.roles === 'ADMIN',
  nth: 2,
}

for (const [name, [act, write, done]] of Object.entries(PAIRS)) {
  const actAsAda = () => act(ada.browser, ada.id, bea.id)
  const actAsBea = () => act(bea.browser, bea.id, ada.id)

  /** Expects that at most one succeeded, and that what was acknowledged is stored. */
  async function expectOneAdminLeft(kinds: (string | undefined)[]) {
    expect([done, 'LastAdmin', 'UNAUTHENTICATED']).toEqual(expect.arrayContaining(kinds))
    expect(kinds.filter((kind) => kind === done).length).toBeLessThan(2)
    expect(await countEnabledAdmins()).toBe(kinds.includes(done) ? 1 : 2)
  }

  test(`when ${name} and one writes after the other is done, an ADMIN is left`, async () => {
    const held = await holdAt(service().proxy, write, actAsBea)
    const first = await actAsAda()
    held.release()
    const second = await held.answer
    expect(first.kind).toBe(done)
    await expectOneAdminLeft([first.kind, second.kind])
  })

  test(`when ${name} and both write before either counts, an ADMIN is left`, async () => {
    const held = await holdAt(service().proxy, write, actAsBea)
    const first = await holdAt(service().proxy, COUNT, actAsAda)
    held.release()
    const second = await held.answer
    first.release()
    await expectOneAdminLeft([(await first.answer).kind, second.kind])
  })

  test(`when ${name} and both count nobody, both are refused and keep what they had`, async () => {
    const held = await holdAt(service().proxy, write, actAsBea)
    const first = await holdAt(service().proxy, COUNT, actAsAda)
    const secondCount = service().proxy.hold({ ...COUNT, nth: 1, at: 'reply' })
    held.release()
    await secondCount.reached
    first.release()
    const kinds = [(await first.answer).kind]
    secondCount.release()
    kinds.push((await held.answer).kind)
    await expectOneAdminLeft(kinds)
    expect(kinds).toEqual(['LastAdmin', 'LastAdmin'])
    expect([await findRoles(ada), await findRoles(bea)]).toEqual([['ADMIN'], ['ADMIN', 'SUPPORT']])
    expect(await Promise.all([getSignedInEmail(ada.browser), getSignedInEmail(bea.browser)])).toEqual([
      ada.email,
      bea.email,
    ])
  })
}
