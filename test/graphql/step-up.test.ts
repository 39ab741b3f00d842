import { ObjectId } from 'mongodb'
import { beforeEach, expect, test } from 'vitest'
import type { Browser } from '../testkit/browser.ts'
import { changeEmail, getSignedInEmail, logIn, PASSWORD, reauthenticate, signUp } from '../testkit/client.ts'
import { provideService } from '../testkit/fixtures.ts'

const service = provideService()
const SECOND = 1000
let count = 0
let email: string
let ada: Browser

beforeEach(async () => {
  count += 1
  email = `stepup${count}@example.com`
  ada = service().openBrowser()
  await signUp(ada, { email })
})

test('a step-up field is open for 600 seconds after authentication, and not for a millisecond more', async () => {
  service().clock.advance(600 * SECOND)
  expect((await changeEmail(ada, { email: 'new@example.com' })).kind).toBe('MailRequested')
  service().clock.advance(1)
  expect(await changeEmail(ada, { email: 'new@example.com' })).toMatchObject({
    status: 200,
    body: {
      data: { changeEmail: null },
      errors: [{ extensions: { code: 'REAUTHENTICATION_REQUIRED', maxAge: 600 } }],
    },
  })
})

test('a step-up field is open again after reauthenticate, and after a new login', async () => {
  service().clock.advance(601 * SECOND)
  await reauthenticate(ada)
  expect((await changeEmail(ada, { email: 'new@example.com' })).code).toBeUndefined()
  service().clock.advance(601 * SECOND)
  await logIn(ada, { email })
  expect((await changeEmail(ada, { email: 'new@example.com' })).code).toBeUndefined()
})

test('a step-up field stays closed after a wrong password', async () => {
  service().clock.advance(601 * SECOND)
  const wrong = await reauthenticate(ada, { password: 'something else entirely' })
  expect(wrong.kind).toBe('InvalidCredentials')
  expect((await changeEmail(ada, { email: 'new@example.com' })).code).toBe('REAUTHENTICATION_REQUIRED')
  expect(await getSignedInEmail(ada)).toBe(email)
})

test('a step-up field is not opened by other use of the session', async () => {
  service().clock.advance(500 * SECOND)
  await ada.gql('{ me { email } sessions { id } }')
  await ada.gql('mutation { updateProfile(input: { firstName: "Ada" }) { __typename } }')
  service().clock.advance(101 * SECOND)
  expect((await changeEmail(ada, { email: 'new@example.com' })).code).toBe('REAUTHENTICATION_REQUIRED')
})

test('a step-up field checks who is signed in first, then what they may do, then when they authenticated', async () => {
  const disable = 'mutation { disableUser(id: "1") { __typename } }'
  service().clock.advance(601 * SECOND)
  expect((await service().openBrowser().gql(disable)).code).toBe('UNAUTHENTICATED')
  expect((await ada.gql(disable)).code).toBe('FORBIDDEN')
  await service()
    .db.collection('users')
    .updateOne({ email }, { $set: { roles: ['ADMIN'] } })
  expect((await ada.gql(disable)).code).toBe('REAUTHENTICATION_REQUIRED')
  await reauthenticate(ada)
  expect((await ada.gql(disable)).body.data?.disableUser?.__typename).toBe('NotFound')
})

const read = '{ users { edges { node { id } } } }'
const write = `mutation { enableUser(id: "${new ObjectId()}") { __typename } }`
const setRoles = (roles: unknown) => service().db.collection('users').updateOne({ email }, { $set: { roles } })

test.each([
  ['ADMIN', ['ADMIN'], ['audit:read', 'users:read', 'users:write'], undefined, undefined],
  ['SUPPORT', ['SUPPORT'], ['users:read'], undefined, 'FORBIDDEN'],
  ['both', ['SUPPORT', 'ADMIN'], ['audit:read', 'users:read', 'users:write'], undefined, undefined],
  ['none', [], [], 'FORBIDDEN', 'FORBIDDEN'],
  ['an unknown role', ['ROOT', 'constructor'], [], 'FORBIDDEN', 'FORBIDDEN'],
  ['a text for a list (D-22)', 'ADMIN', [], 'FORBIDDEN', 'FORBIDDEN'],
  ['a null', null, [], 'FORBIDDEN', 'FORBIDDEN'],
])('the scopes of %s are granted from the next request on', async (_name, roles, scopes, reading, writing) => {
  await setRoles(roles)
  const session = (await ada.gql<{ session: { scopes: string[] } }>('{ session { scopes } }')).body.data?.session
  expect([...(session?.scopes ?? [])].sort()).toEqual(scopes)
  expect((await ada.gql(read)).code).toBe(reading)
  expect((await ada.gql(write)).code).toBe(writing)
})

test('scopes are lost with the role, in a session that had them', async () => {
  await setRoles(['ADMIN'])
  expect((await ada.gql(read)).code).toBeUndefined()
  await setRoles([])
  expect((await ada.gql(read)).code).toBe('FORBIDDEN')
})

test('a user sees all of their own data through every field that leads to them', async () => {
  const fields = '{ id email emailVerified firstName lastName roles createdAt disabledAt }'
  const answer = await ada.gql(`{ me ${fields} session { user ${fields} } sessions { user ${fields} } }`)
  expect(answer.body.errors).toBeUndefined()
  const update = `mutation { updateProfile(input: {}) { ... on UpdateProfileSuccess { user ${fields} } } }`
  expect((await ada.gql(update)).body.errors).toBeUndefined()
  const login = `mutation { login(input: { email: "${email}", password: "${PASSWORD}" }) { ... on LoginSuccess { user ${fields} } } }`
  expect((await service().openBrowser().gql(login)).body.errors).toBeUndefined()
  await service()
    .db.collection('users')
    .updateOne({ email }, { $set: { roles: ['SUPPORT'] } })
  const all = await ada.gql(`{ users(search: "stepup") { edges { node ${fields} } } }`)
  expect(all.body.errors).toBeUndefined()
})
