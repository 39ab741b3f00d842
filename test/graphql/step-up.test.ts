import { ObjectId } from 'mongodb'
import { beforeEach, describe, expect, it } from 'vitest'
import type { Browser } from '../testkit/browser.ts'
import { sharedService } from '../testkit/lend.ts'
import { logIn, PASSWORD, signUp, whoIs } from '../testkit/people.ts'

const service = sharedService()
const REAUTHENTICATE = 'mutation ($input: ReauthenticateInput!) { reauthenticate(input: $input) { __typename } }'
const SECOND = 1000
let count = 0
let email: string
let ada: Browser

beforeEach(async () => {
  count += 1
  email = `stepup${count}@example.com`
  ada = service().browser()
  await signUp(ada, email)
})

const changeEmail = (who: Browser) => who.gql('mutation { changeEmail(email: "new@example.com") { __typename } }')

describe('a step-up field', () => {
  it('is open for 600 seconds after a proof, and not for a millisecond more', async () => {
    service().clock.advance(600 * SECOND)
    expect((await changeEmail(ada)).body.data?.changeEmail?.__typename).toBe('MailRequested')
    service().clock.advance(1)
    expect(await changeEmail(ada)).toMatchObject({
      status: 200,
      body: {
        data: { changeEmail: null },
        errors: [{ extensions: { code: 'REAUTHENTICATION_REQUIRED', maxAge: 600 } }],
      },
    })
  })

  it('is open again after reauthenticate, and after a new login', async () => {
    service().clock.advance(601 * SECOND)
    await ada.gql(REAUTHENTICATE, { input: { password: PASSWORD } })
    expect((await changeEmail(ada)).code).toBeUndefined()
    service().clock.advance(601 * SECOND)
    await logIn(ada, email)
    expect((await changeEmail(ada)).code).toBeUndefined()
  })

  it('stays closed after a wrong password', async () => {
    service().clock.advance(601 * SECOND)
    const wrong = await ada.gql(REAUTHENTICATE, { input: { password: 'something else entirely' } })
    expect(wrong.body.data?.reauthenticate?.__typename).toBe('InvalidCredentials')
    expect((await changeEmail(ada)).code).toBe('REAUTHENTICATION_REQUIRED')
    expect(await whoIs(ada)).toBe(email)
  })

  it('is not opened by what the session does otherwise', async () => {
    service().clock.advance(500 * SECOND)
    await ada.gql('{ me { email } sessions { id } }')
    await ada.gql('mutation { updateProfile(input: { firstName: "Ada" }) { __typename } }')
    service().clock.advance(101 * SECOND)
    expect((await changeEmail(ada)).code).toBe('REAUTHENTICATION_REQUIRED')
  })

  it('asks who is there first, then what they may do, then how fresh their proof is', async () => {
    const disable = 'mutation { disableUser(id: "1") { __typename } }'
    service().clock.advance(601 * SECOND)
    expect((await service().browser().gql(disable)).code).toBe('UNAUTHENTICATED')
    expect((await ada.gql(disable)).code).toBe('FORBIDDEN')
    await service()
      .db.collection('users')
      .updateOne({ email }, { $set: { roles: ['ADMIN'] } })
    expect((await ada.gql(disable)).code).toBe('REAUTHENTICATION_REQUIRED')
    await ada.gql(REAUTHENTICATE, { input: { password: PASSWORD } })
    expect((await ada.gql(disable)).body.data?.disableUser?.__typename).toBe('NotFound')
  })
})

describe('scopes', () => {
  const read = '{ users { edges { node { id } } } }'
  const write = `mutation { enableUser(id: "${new ObjectId()}") { __typename } }`
  const setRoles = (roles: unknown) => service().db.collection('users').updateOne({ email }, { $set: { roles } })

  it.each([
    ['ADMIN', ['ADMIN'], ['users:read', 'users:write'], undefined, undefined],
    ['SUPPORT', ['SUPPORT'], ['users:read'], undefined, 'FORBIDDEN'],
    ['both', ['SUPPORT', 'ADMIN'], ['users:read', 'users:write'], undefined, undefined],
    ['none', [], [], 'FORBIDDEN', 'FORBIDDEN'],
    ['an unknown role', ['ROOT', 'constructor'], [], 'FORBIDDEN', 'FORBIDDEN'],
    ['a text for a list (D-22)', 'ADMIN', [], 'FORBIDDEN', 'FORBIDDEN'],
    ['a null', null, [], 'FORBIDDEN', 'FORBIDDEN'],
  ])('of %s are granted from the next request on', async (_name, roles, scopes, reading, writing) => {
    await setRoles(roles)
    const session = (await ada.gql<{ session: { scopes: string[] } }>('{ session { scopes } }')).body.data?.session
    expect([...(session?.scopes ?? [])].sort()).toEqual(scopes)
    expect((await ada.gql(read)).code).toBe(reading)
    expect((await ada.gql(write)).code).toBe(writing)
  })

  it('are lost with the role, in a session that had them', async () => {
    await setRoles(['ADMIN'])
    expect((await ada.gql(read)).code).toBeUndefined()
    await setRoles([])
    expect((await ada.gql(read)).code).toBe('FORBIDDEN')
  })
})

it('a user sees all of their own data by every way that leads to them', async () => {
  const fields = '{ id email emailVerified firstName lastName roles createdAt disabledAt }'
  const answer = await ada.gql(`{ me ${fields} session { user ${fields} } sessions { user ${fields} } }`)
  expect(answer.body.errors).toBeUndefined()
  const update = `mutation { updateProfile(input: {}) { ... on UpdateProfileSuccess { user ${fields} } } }`
  expect((await ada.gql(update)).body.errors).toBeUndefined()
  const login = `mutation { login(input: { email: "${email}", password: "${PASSWORD}" }) { ... on LoginSuccess { user ${fields} } } }`
  expect((await service().browser().gql(login)).body.errors).toBeUndefined()
  await service()
    .db.collection('users')
    .updateOne({ email }, { $set: { roles: ['SUPPORT'] } })
  const all = await ada.gql(`{ users(search: "stepup") { edges { node ${fields} } } }`)
  expect(all.body.errors).toBeUndefined()
})
