import { beforeAll, describe, expect, test } from 'vitest'
import { listSessions } from '../testkit/account.ts'
import type { Browser } from '../testkit/browser.ts'
import { sharedService } from '../testkit/lend.ts'
import { logIn, OTHER_PASSWORD, PASSWORD, whoIs } from '../testkit/people.ts'
import {
  anotherBrowser,
  disableUser,
  enableUser,
  idOf,
  newcomer,
  revokeUserSessions,
  setUserRoles,
  usersPage,
} from '../testkit/staff.ts'

const service = sharedService()
const NOBODY = '0123456789abcdef01234567'
const NO_IDS = [
  NOBODY,
  '',
  'x',
  '{"$ne":null}',
  `${NOBODY}0`,
  'ZZZZZZZZZZZZZZZZZZZZZZZZ',
  '\u0000',
  NOBODY.slice(0, 12),
]

let admin: Browser
let support: Browser
let nobody: Browser

beforeAll(async () => {
  admin = await newcomer(service(), 'admin@example.com', ['ADMIN'])
  support = await newcomer(service(), 'support@example.com', ['SUPPORT'])
  nobody = await newcomer(service(), 'nobody@example.com')
})

const readUser = async (who: Browser, id: string) => {
  const { body, code } = await who.gql(
    'query User($id: ID!) { user(id: $id) { id email emailVerified firstName roles disabledAt createdAt } }',
    { id },
  )
  return { user: body.data?.user, code }
}

const scopes = async (who: Browser) => (await who.gql('{ session { scopes } }')).body.data?.session?.scopes

describe('who may', () => {
  test('ADMIN reads and writes users, SUPPORT reads, and a user without a role does neither', async () => {
    const id = await idOf(service(), 'nobody@example.com')
    for (const staff of [admin, support]) {
      expect((await readUser(staff, id)).user).toMatchObject({ id, email: 'nobody@example.com', roles: [] })
      expect((await usersPage(staff)).page?.edges.length).toBeGreaterThan(2)
    }
    for (const who of [support, nobody]) {
      const refused = [
        await setUserRoles(who, id, ['ADMIN']),
        await disableUser(who, id),
        await enableUser(who, id),
        await revokeUserSessions(who, id),
      ]
      expect(refused.map(({ kind }) => kind)).toEqual(Array(4).fill('FORBIDDEN'))
    }
    expect([(await readUser(nobody, id)).code, (await usersPage(nobody)).code]).toEqual(['FORBIDDEN', 'FORBIDDEN'])
    const stranger = service().browser()
    expect((await usersPage(stranger)).code).toBe('UNAUTHENTICATED')
    expect((await setUserRoles(stranger, id, ['ADMIN'])).kind).toBe('UNAUTHENTICATED')
    expect((await readUser(admin, id)).user).toMatchObject({ roles: [], disabledAt: null })
  })

  test('the scopes of a session are what the roles grant now', async () => {
    expect([...((await scopes(admin)) as unknown as string[])].sort()).toEqual(['users:read', 'users:write'])
    expect(await scopes(support)).toEqual(['users:read'])
    expect(await scopes(nobody)).toEqual([])
  })

  test('B-41: an id of nothing is null to read and NotFound to change, whatever its form', async () => {
    const inOtherLetters = (await idOf(service(), 'admin@example.com')).toUpperCase()
    for (const id of [...NO_IDS, inOtherLetters]) {
      expect(await readUser(admin, id)).toEqual({ user: null, code: undefined })
      const kinds = [
        await setUserRoles(admin, id, []),
        await disableUser(admin, id),
        await enableUser(admin, id),
        await revokeUserSessions(admin, id),
      ].map(({ kind }) => kind)
      expect(kinds).toEqual(Array(4).fill('NotFound'))
    }
  })
})

describe('setUserRoles', () => {
  test('C-27, 8.3.2: a role that is granted or taken holds on the next request of a session that lives', async () => {
    const ada = await newcomer(service(), 'ada@example.com')
    const id = await idOf(service(), 'ada@example.com')
    expect((await usersPage(ada)).code).toBe('FORBIDDEN')
    const granted = await setUserRoles(admin, id, ['SUPPORT', 'SUPPORT'])
    expect(granted.data?.user).toMatchObject({ id, roles: ['SUPPORT'] })
    expect((await usersPage(ada)).code).toBeUndefined()
    expect((await setUserRoles(ada, id, ['ADMIN'])).kind).toBe('FORBIDDEN')
    await setUserRoles(admin, id, ['ADMIN', 'SUPPORT'])
    expect((await enableUser(ada, id)).kind).toBe('AdminUserSuccess')
    expect((await setUserRoles(admin, id, [])).data?.user).toMatchObject({ roles: [] })
    expect((await usersPage(ada)).code).toBe('FORBIDDEN')
    expect(await whoIs(ada)).toBe('ada@example.com')
  })

  test('an ADMIN who gives up the role has lost it for the rest of the same operation', async () => {
    const bea = await newcomer(service(), 'bea@example.com', ['ADMIN'])
    const id = await idOf(service(), 'bea@example.com')
    const answer = await bea.gql(
      `mutation Twice($id: ID!) {
        down: setUserRoles(id: $id, roles: []) { __typename }
        up: setUserRoles(id: $id, roles: [ADMIN]) { __typename }
      }`,
      { id },
    )
    expect(answer.body.data).toEqual({ down: { __typename: 'AdminUserSuccess' }, up: null })
    expect(answer.code).toBe('FORBIDDEN')
  })

  test('a role that does not exist is an error of the request', async () => {
    const answer = await admin.gql(`mutation { setUserRoles(id: "${NOBODY}", roles: [OWNER]) { __typename } }`)
    expect([answer.status, answer.code]).toEqual([400, 'BAD_USER_INPUT'])
  })
})

describe('disableUser and enableUser', () => {
  test('7.4.2, C-29: every session ends at once, and a login fails as with a wrong password, until enabled again', async () => {
    const cid = await newcomer(service(), 'cid@example.com', ['SUPPORT'])
    const phone = await anotherBrowser(service(), 'cid@example.com')
    const id = await idOf(service(), 'cid@example.com')
    const disabled = await disableUser(admin, id)
    const at = service().clock.now().toISOString()
    expect(disabled.data?.user).toMatchObject({ id, disabledAt: at, roles: ['SUPPORT'] })
    expect(await Promise.all([cid, phone].map(whoIs))).toEqual([null, null])
    expect((await usersPage(cid)).code).toBe('UNAUTHENTICATED')
    const login = (password: string) => logIn(service().browser(), 'cid@example.com', password)
    const [right, wrong] = [await login(PASSWORD), await login(OTHER_PASSWORD)]
    expect(right.text).toBe(wrong.text)
    expect(right.text).toContain('InvalidCredentials')

    service().clock.advance(1000)
    expect((await disableUser(admin, id)).data?.user?.disabledAt).toBe(at)
    expect((await enableUser(admin, id)).data?.user).toMatchObject({ disabledAt: null, roles: ['SUPPORT'] })
    expect((await enableUser(admin, id)).kind).toBe('AdminUserSuccess')
    expect(await whoIs(cid)).toBeNull()
    expect((await login(PASSWORD)).text).toContain('LoginSuccess')
  })

  test('nobody disables themself', async () => {
    const { kind, answer } = await disableUser(admin, await idOf(service(), 'admin@example.com'))
    expect([kind, answer.setCookie]).toEqual(['NotYourself', []])
    expect(await whoIs(admin)).toBe('admin@example.com')
  })
})

describe('revokeUserSessions', () => {
  test('7.4.5: every browser of the user is signed out at once, and the answer names the sessions', async () => {
    const dot = await newcomer(service(), 'dot@example.com')
    const phone = await anotherBrowser(service(), 'dot@example.com')
    const handles = (await listSessions(dot)).map(({ id }) => id)
    const { data } = await revokeUserSessions(admin, await idOf(service(), 'dot@example.com'))
    expect(data?.count).toBe(2)
    expect(data?.ids).toEqual(expect.arrayContaining(handles))
    expect(await Promise.all([dot, phone].map(whoIs))).toEqual([null, null])
    expect((await logIn(dot, 'dot@example.com')).text).toContain('LoginSuccess')
  })

  test('an ADMIN may end their own; the answer sets no cookie, and the rest of the operation is nobody’s', async () => {
    const eve = await newcomer(service(), 'eve@example.com', ['ADMIN'])
    const answer = await eve.gql(
      'mutation Own($id: ID!) { revokeUserSessions(id: $id) { __typename } again: revokeUserSessions(id: $id) { __typename } }',
      { id: await idOf(service(), 'eve@example.com') },
    )
    expect(answer.body.data).toEqual({ revokeUserSessions: { __typename: 'SessionsRevoked' }, again: null })
    expect(answer.code).toBe('UNAUTHENTICATED')
    expect(answer.setCookie).toEqual([])
    expect(await whoIs(eve)).toBeNull()
  })
})
