// OWASP ASVS 5.0, 8.3.2 and 7.4: changes of rights take effect at once, and administrators can end sessions.
import { beforeAll, expect, test } from 'vitest'
import type { Browser } from '../testkit/browser.ts'
import {
  disableUser,
  enableUser,
  getSignedInEmail,
  listSessions,
  listUsers,
  logIn,
  OTHER_PASSWORD,
  PASSWORD,
  revokeUserSessions,
  setUserRoles,
} from '../testkit/client.ts'
import { provideService } from '../testkit/fixtures.ts'
import { createUser, findUserId, openSignedInBrowser } from '../testkit/users.ts'

const service = provideService()
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
let noRole: Browser

beforeAll(async () => {
  admin = (await createUser(service(), { email: 'admin@example.com', roles: ['ADMIN'] })).browser
  support = (await createUser(service(), { email: 'support@example.com', roles: ['SUPPORT'] })).browser
  noRole = (await createUser(service(), { email: 'nobody@example.com' })).browser
})

const readUser = async (browser: Browser, id: string) => {
  const { body, code } = await browser.gql(
    'query User($id: ID!) { user(id: $id) { id email emailVerified firstName roles disabledAt createdAt } }',
    { id },
  )
  return { user: body.data?.user, code }
}

const scopes = async (browser: Browser) => (await browser.gql('{ session { scopes } }')).body.data?.session?.scopes

test('ADMIN reads and writes users, SUPPORT reads them, and a user without a role does neither', async () => {
  const id = await findUserId(service(), 'nobody@example.com')
  for (const staff of [admin, support]) {
    expect((await readUser(staff, id)).user).toMatchObject({ id, email: 'nobody@example.com', roles: [] })
    expect((await listUsers(staff)).page?.edges.length).toBeGreaterThan(2)
  }
  for (const browser of [support, noRole]) {
    const refused = [
      await setUserRoles(browser, { id, roles: ['ADMIN'] }),
      await disableUser(browser, { id }),
      await enableUser(browser, { id }),
      await revokeUserSessions(browser, { id }),
    ]
    expect(refused.map(({ kind }) => kind)).toEqual(Array(4).fill('FORBIDDEN'))
  }
  expect([(await readUser(noRole, id)).code, (await listUsers(noRole)).code]).toEqual(['FORBIDDEN', 'FORBIDDEN'])
  const stranger = service().openBrowser()
  expect((await listUsers(stranger)).code).toBe('UNAUTHENTICATED')
  expect((await setUserRoles(stranger, { id, roles: ['ADMIN'] })).kind).toBe('UNAUTHENTICATED')
  expect((await readUser(admin, id)).user).toMatchObject({ roles: [], disabledAt: null })
})

test('the scopes of a session are those of the current roles', async () => {
  expect([...((await scopes(admin)) as unknown as string[])].sort()).toEqual([
    'audit:read',
    'users:read',
    'users:write',
  ])
  expect(await scopes(support)).toEqual(['users:read'])
  expect(await scopes(noRole)).toEqual([])
})

test('an unknown user id is null to read and NotFound to change, whatever its form', async () => {
  const inOtherLetters = (await findUserId(service(), 'admin@example.com')).toUpperCase()
  for (const id of [...NO_IDS, inOtherLetters]) {
    expect(await readUser(admin, id)).toEqual({ user: null, code: undefined })
    const kinds = [
      await setUserRoles(admin, { id, roles: [] }),
      await disableUser(admin, { id }),
      await enableUser(admin, { id }),
      await revokeUserSessions(admin, { id }),
    ].map(({ kind }) => kind)
    expect(kinds).toEqual(Array(4).fill('NotFound'))
  }
})

test('a role that is granted or removed takes effect on the next request of a live session', async () => {
  const { browser: ada } = await createUser(service(), { email: 'ada@example.com' })
  const id = await findUserId(service(), 'ada@example.com')
  expect((await listUsers(ada)).code).toBe('FORBIDDEN')
  const granted = await setUserRoles(admin, { id, roles: ['SUPPORT', 'SUPPORT'] })
  expect(granted.data?.user).toMatchObject({ id, roles: ['SUPPORT'] })
  expect((await listUsers(ada)).code).toBeUndefined()
  expect((await setUserRoles(ada, { id, roles: ['ADMIN'] })).kind).toBe('FORBIDDEN')
  await setUserRoles(admin, { id, roles: ['ADMIN', 'SUPPORT'] })
  expect((await enableUser(ada, { id })).kind).toBe('AdminUserSuccess')
  expect((await setUserRoles(admin, { id, roles: [] })).data?.user).toMatchObject({ roles: [] })
  expect((await listUsers(ada)).code).toBe('FORBIDDEN')
  expect(await getSignedInEmail(ada)).toBe('ada@example.com')
})

test('an ADMIN who gives up the role has lost it for the rest of the same operation', async () => {
  const { browser: bea } = await createUser(service(), { email: 'bea@example.com', roles: ['ADMIN'] })
  const id = await findUserId(service(), 'bea@example.com')
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

test('disabling a user ends every session at once, and login fails as with a wrong password until they are enabled', async () => {
  const { browser: cid } = await createUser(service(), { email: 'cid@example.com', roles: ['SUPPORT'] })
  const phone = await openSignedInBrowser(service(), { email: 'cid@example.com' })
  const id = await findUserId(service(), 'cid@example.com')
  const disabled = await disableUser(admin, { id })
  const at = service().clock.now().toISOString()
  expect(disabled.data?.user).toMatchObject({ id, disabledAt: at, roles: ['SUPPORT'] })
  expect(await Promise.all([cid, phone].map(getSignedInEmail))).toEqual([null, null])
  expect((await listUsers(cid)).code).toBe('UNAUTHENTICATED')
  const login = (password: string) => logIn(service().openBrowser(), { email: 'cid@example.com', password })
  const [right, wrong] = [await login(PASSWORD), await login(OTHER_PASSWORD)]
  expect(right.text).toBe(wrong.text)
  expect(right.text).toContain('InvalidCredentials')

  service().clock.advance(1000)
  expect((await disableUser(admin, { id })).data?.user?.disabledAt).toBe(at)
  expect((await enableUser(admin, { id })).data?.user).toMatchObject({ disabledAt: null, roles: ['SUPPORT'] })
  expect((await enableUser(admin, { id })).kind).toBe('AdminUserSuccess')
  expect(await getSignedInEmail(cid)).toBeNull()
  expect((await login(PASSWORD)).text).toContain('LoginSuccess')
})

test('nobody can disable themself', async () => {
  const { kind, setCookie } = await disableUser(admin, { id: await findUserId(service(), 'admin@example.com') })
  expect([kind, setCookie]).toEqual(['NotYourself', []])
  expect(await getSignedInEmail(admin)).toBe('admin@example.com')
})

test('revokeUserSessions signs out every browser of the user at once, and names the sessions', async () => {
  const { browser: dot } = await createUser(service(), { email: 'dot@example.com' })
  const phone = await openSignedInBrowser(service(), { email: 'dot@example.com' })
  const handles = (await listSessions(dot)).map(({ id }) => id)
  const { data } = await revokeUserSessions(admin, { id: await findUserId(service(), 'dot@example.com') })
  expect(data?.count).toBe(2)
  expect(data?.ids).toEqual(expect.arrayContaining(handles))
  expect(await Promise.all([dot, phone].map(getSignedInEmail))).toEqual([null, null])
  expect((await logIn(dot, { email: 'dot@example.com' })).text).toContain('LoginSuccess')
})

test('an ADMIN can revoke their own sessions; no cookie is set, and the rest of the operation is unauthenticated', async () => {
  const { browser: eve } = await createUser(service(), { email: 'eve@example.com', roles: ['ADMIN'] })
  const answer = await eve.gql(
    'mutation Own($id: ID!) { revokeUserSessions(id: $id) { __typename } again: revokeUserSessions(id: $id) { __typename } }',
    { id: await findUserId(service(), 'eve@example.com') },
  )
  expect(answer.body.data).toEqual({ revokeUserSessions: { __typename: 'SessionsRevoked' }, again: null })
  expect(answer.code).toBe('UNAUTHENTICATED')
  expect(answer.setCookie).toEqual([])
  expect(await getSignedInEmail(eve)).toBeNull()
})
