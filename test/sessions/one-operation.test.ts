// Several mutations in one operation: each is asked as whoever the one before it has left there.
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type Cast, type Somebody, startCast } from '../testkit/cast.ts'
import { OTHER_PASSWORD, PASSWORD, whoIs } from '../testkit/people.ts'
import { sessionsOf } from '../testkit/verbs.ts'

let cast: Cast
let ada: Somebody
let bob: Somebody
beforeAll(async () => {
  cast = await startCast()
})
beforeEach(async () => {
  ada = await cast.somebody()
  bob = await cast.somebody()
})
afterAll(() => cast.close())

const exists = async (who: Somebody) =>
  (await cast.db.collection('users').countDocuments({ emailCanonical: who.email })) === 1
const login = (who: Somebody) =>
  `login(input: { email: "${who.email}", password: "${PASSWORD}" }) { __typename ... on LoginSuccess { user { email } } }`

test('logout, then deleteAccount: nobody is deleted', async () => {
  const { body, code } = await ada.browser.gql('mutation { logout { ended } deleteAccount { __typename } }')
  expect(body.data).toEqual({ logout: { ended: true }, deleteAccount: null })
  expect(code).toBe('UNAUTHENTICATED')
  expect(await exists(ada)).toBe(true)
})

test('revokeAllSessions, then deleteAccount: nobody is deleted', async () => {
  const { body } = await ada.browser.gql('mutation { revokeAllSessions { count } deleteAccount { __typename } }')
  expect(body.data).toEqual({ revokeAllSessions: { count: 1 }, deleteAccount: null })
  expect(await exists(ada)).toBe(true)
})

test('deleteAccount, then changePassword and updateProfile: nobody is there any more', async () => {
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

test('login as another, then deleteAccount: it is the other one’s account, not the first one’s', async () => {
  const { body } = await ada.browser.gql(
    `mutation { ${login(bob)} deleteAccount { __typename ... on DeleteAccountSuccess { id } } }`,
  )
  expect(body.data).toMatchObject({
    login: { __typename: 'LoginSuccess', user: { email: bob.email } },
    deleteAccount: { id: bob.id },
  })
  expect([await exists(ada), await exists(bob)]).toEqual([true, false])
  expect(await whoIs(ada.browser)).toBeNull()
})

test('login, then revokeOtherSessions: one cookie, and it works', async () => {
  const phone = cast.service.browser()
  const answer = await phone.gql(`mutation { ${login(ada)} revokeOtherSessions { count } }`)
  expect(answer.body.data).toMatchObject({
    login: { __typename: 'LoginSuccess' },
    revokeOtherSessions: { count: 1 },
  })
  expect(answer.setCookie).toHaveLength(1)
  expect(await whoIs(phone)).toBe(ada.email)
  expect(await whoIs(ada.browser)).toBeNull()
  expect(await sessionsOf(phone)).toHaveLength(1)
})

test('login, then logout: nobody is signed in, and no session is left', async () => {
  const phone = cast.service.browser()
  const answer = await phone.gql(`mutation { ${login(ada)} logout { ended } }`)
  expect(answer.body.data).toMatchObject({ login: { __typename: 'LoginSuccess' }, logout: { ended: true } })
  expect(phone.cookie).toBeUndefined()
  expect(await cast.db.collection('sessions').countDocuments({ 'session.userId': ada.id })).toBe(1)
})

test('logout, then login: signed in, with one cookie', async () => {
  const answer = await ada.browser.gql(`mutation { logout { ended } ${login(ada)} }`)
  expect(answer.setCookie).toHaveLength(1)
  expect(await whoIs(ada.browser)).toBe(ada.email)
  expect(await sessionsOf(ada.browser)).toHaveLength(1)
})
