// Several mutations in one operation: each acts as the user whom the one before it has left signed in.
import { beforeEach, expect, test } from 'vitest'
import { getSignedInEmail, listSessions, OTHER_PASSWORD, PASSWORD } from '../testkit/client.ts'
import { provideProxiedService } from '../testkit/fixtures.ts'
import { createIdleUser, type User } from '../testkit/users.ts'

const service = provideProxiedService()
let ada: User
let bob: User
beforeEach(async () => {
  ada = await createIdleUser(service())
  bob = await createIdleUser(service())
})

const hasUser = async (browser: User) =>
  (await service().db.collection('users').countDocuments({ emailCanonical: browser.email })) === 1
const buildLogin = (browser: User) =>
  `login(input: { email: "${browser.email}", password: "${PASSWORD}" }) { __typename ... on LoginSuccess { user { email } } }`

test('logout, then deleteAccount: nobody is deleted', async () => {
  const { body, code } = await ada.browser.gql('mutation { logout { ended } deleteAccount { __typename } }')
  expect(body.data).toEqual({ logout: { ended: true }, deleteAccount: null })
  expect(code).toBe('UNAUTHENTICATED')
  expect(await hasUser(ada)).toBe(true)
})

test('revokeAllSessions, then deleteAccount: nobody is deleted', async () => {
  const { body } = await ada.browser.gql('mutation { revokeAllSessions { count } deleteAccount { __typename } }')
  expect(body.data).toEqual({ revokeAllSessions: { count: 1 }, deleteAccount: null })
  expect(await hasUser(ada)).toBe(true)
})

test('deleteAccount, then changePassword and updateProfile: both are refused', async () => {
  const { body } = await ada.browser.gql(`mutation {
    deleteAccount { __typename }
    changePassword(input: { currentPassword: "${PASSWORD}", newPassword: "${OTHER_PASSWORD}" }) { __typename }
    updateProfile(input: { firstName: "x" }) { __typename }
  }`)
  expect(body.data).toEqual({
    deleteAccount: { __typename: 'DeleteAccountSuccess' },
    changePassword: null,
    updateProfile: null,
  })
})

test('login as another user, then deleteAccount: the other user is deleted, not the first one', async () => {
  const { body } = await ada.browser.gql(
    `mutation { ${buildLogin(bob)} deleteAccount { __typename ... on DeleteAccountSuccess { id } } }`,
  )
  expect(body.data).toMatchObject({
    login: { __typename: 'LoginSuccess', user: { email: bob.email } },
    deleteAccount: { id: bob.id },
  })
  expect([await hasUser(ada), await hasUser(bob)]).toEqual([true, false])
  expect(await getSignedInEmail(ada.browser)).toBeNull()
})

test('login, then revokeOtherSessions: one cookie, and it works', async () => {
  const phone = service().openBrowser()
  const answer = await phone.gql(`mutation { ${buildLogin(ada)} revokeOtherSessions { count } }`)
  expect(answer.body.data).toMatchObject({
    login: { __typename: 'LoginSuccess' },
    revokeOtherSessions: { count: 1 },
  })
  expect(answer.setCookie).toHaveLength(1)
  expect(await getSignedInEmail(phone)).toBe(ada.email)
  expect(await getSignedInEmail(ada.browser)).toBeNull()
  expect(await listSessions(phone)).toHaveLength(1)
})

test('login, then logout: nobody is signed in, and no session is left', async () => {
  const phone = service().openBrowser()
  const answer = await phone.gql(`mutation { ${buildLogin(ada)} logout { ended } }`)
  expect(answer.body.data).toMatchObject({ login: { __typename: 'LoginSuccess' }, logout: { ended: true } })
  expect(phone.cookie).toBeUndefined()
  expect(await service().db.collection('sessions').countDocuments({ 'session.userId': ada.id })).toBe(1)
})

test('logout, then login: signed in, with one cookie', async () => {
  const answer = await ada.browser.gql(`mutation { logout { ended } ${buildLogin(ada)} }`)
  expect(answer.setCookie).toHaveLength(1)
  expect(await getSignedInEmail(ada.browser)).toBe(ada.email)
  expect(await listSessions(ada.browser)).toHaveLength(1)
})
