import { expect, test } from 'vitest'
import { logIn, PASSWORD, signUp } from '../testkit/client.ts'
import { provideService } from '../testkit/fixtures.ts'

const service = provideService()
const users = () => service().db.collection('users')

const trySignUp = async (firstName: string | null, email = 'names@example.com') =>
  (await signUp(service().openBrowser(), { email, firstName })).data

test('a name has at most 100 code points, without outer spaces', async () => {
  expect(await trySignUp('😀'.repeat(101))).toMatchObject({ fields: [{ name: 'firstName', reason: 'TOO_LONG' }] })
  expect(await trySignUp(`  ${'😀'.repeat(100)}  `, 'long@example.com')).toMatchObject({ __typename: 'SignupSuccess' })
  expect((await users().findOne({ email: 'long@example.com' }))?.firstName).toBe('😀'.repeat(100))
})

test.each(['a\u0000b', 'a\nb', 'a\u202eb', 'a\u2066b', 'a\u001bb', 'a\u0085b', 'a\u2028b', 'a\ud800b'])(
  'a name has no control character: %j',
  async (name) => {
    expect(await trySignUp(name)).toMatchObject({
      __typename: 'InvalidInput',
      fields: [{ name: 'firstName', reason: 'MALFORMED' }],
    })
  },
)

test.each([null, '', '   '])('a name may be left blank: %j', async (name) => {
  const email = `blank${JSON.stringify(name)?.length}@example.com`
  expect(await trySignUp(name, email)).toMatchObject({ __typename: 'SignupSuccess' })
  expect((await users().findOne({ email }))?.firstName).toBeNull()
})

test.each(['O’Connor-Ó Néill', '山田 太郎', 'محمد', '<img src=x onerror=alert(1)>', '=1+1', "'; --"])(
  'a name may be %j, and is stored so',
  async (name) => {
    const ada = service().openBrowser()
    await signUp(ada, { email: `n${name.length}${name.codePointAt(0)}@example.com`, firstName: name })
    expect((await ada.gql('{ me { firstName } }')).body.data).toEqual({ me: { firstName: name } })
  },
)

test('all faults of an input are named at once, each by its field', async () => {
  const answer = await signUp(service().openBrowser(), {
    email: 'nonsense',
    password: 'short',
    firstName: 'a\u0000',
    lastName: 'b'.repeat(101),
  })
  expect(answer.data).toMatchObject({
    __typename: 'InvalidInput',
    message: expect.stringMatching(/\.$/),
    fields: [
      { name: 'email', reason: 'MALFORMED', message: expect.stringMatching(/\.$/) },
      { name: 'password', reason: 'TOO_SHORT' },
      { name: 'firstName', reason: 'MALFORMED' },
      { name: 'lastName', reason: 'TOO_LONG' },
    ],
  })
  expect(await users().countDocuments({ email: 'nonsense' })).toBe(0)
})

test.each([
  'role',
  'roles',
  'isAdmin',
  'emailVerified',
  '_id',
  'id',
  'passwordHash',
  'generation',
  'disabledAt',
  '__proto__',
  'constructor',
  '$set',
])('the unknown key %s is refused, and no user is made', async (key) => {
  const input = JSON.parse(`{"email":"extra@example.com","password":"${PASSWORD}","${key}":["ADMIN"]}`)
  const query = 'mutation ($input: SignupInput!) { signup(input: $input) { __typename } }'
  expect(await service().openBrowser().gql(query, { input })).toMatchObject({
    status: 400,
    code: 'BAD_USER_INPUT',
    setCookie: [],
  })
  expect(await users().countDocuments({ email: 'extra@example.com' })).toBe(0)
})

test('a new user has only what the service chose', async () => {
  await signUp(service().openBrowser(), { email: 'fields@example.com' })
  const user = await users().findOne({ email: 'fields@example.com' })
  expect(user).toMatchObject({ roles: [], emailVerified: false, disabledAt: null, tokens: {} })
  expect(JSON.stringify(user)).not.toContain(PASSWORD)
})

const wrong = { number: 1, boolean: true, list: ['a'], object: { a: 1 }, null: null, operator: { $gt: '' } }
const strings: [string, (value: unknown) => unknown][] = [
  ['mutation ($v: LoginInput!) { it: login(input: $v) { __typename } }', (v) => ({ email: v, password: 'x' })],
  ['mutation ($v: LoginInput!) { it: login(input: $v) { __typename } }', (v) => ({ email: 'x', password: v })],
  ['mutation ($v: SignupInput!) { it: signup(input: $v) { __typename } }', (v) => ({ email: 'x', password: v })],
  ['mutation ($v: String!) { it: verifyEmail(token: $v) { __typename } }', (v) => v],
  ['mutation ($v: String!) { it: requestPasswordReset(email: $v) { email } }', (v) => v],
  [
    'mutation ($v: ResetPasswordInput!) { it: resetPassword(input: $v) { __typename } }',
    (v) => ({ token: v, newPassword: 'x' }),
  ],
]

test.each(Object.entries(wrong))('a %s is no String', async (_name, value) => {
  for (const [query, wrap] of strings) {
    const answer = await service()
      .openBrowser()
      .gql(query, { v: wrap(value) })
    expect(answer).toMatchObject({ status: 400, code: 'BAD_USER_INPUT', setCookie: [] })
  }
})

test.each([1.5, true, ['a'], { a: 1 }, null])('%j is no ID', async (value) => {
  const answer = await service().openBrowser().gql('query ($v: ID!) { user(id: $v) { id } }', { v: value })
  expect(answer).toMatchObject({ status: 400, code: 'BAD_USER_INPUT' })
})

test.each(['true', 1, null, []])('%j is no rememberMe', async (rememberMe) => {
  const answer = await logIn(service().openBrowser(), { rememberMe: rememberMe as unknown as boolean })
  expect(answer).toMatchObject({ status: 400, code: 'BAD_USER_INPUT' })
})

test('an ID of any form that is not in use is NotFound', async () => {
  const [staff, email] = [service().openBrowser(), 'staff@example.com']
  await signUp(staff, { email })
  await users().updateOne({ email }, { $set: { roles: ['ADMIN'] } })
  const names = ['disableUser', 'enableUser', 'revokeUserSessions', 'revokeSession']
  const calls = names.map((name) => `${name}(id: $id) { __typename }`).join(' ')
  for (const id of [
    '1',
    '',
    'x'.repeat(10_000),
    '0'.repeat(24),
    'zzzzzzzzzzzzzzzzzzzzzzzz',
    '../../etc',
    '\ud800',
    '{"$gt":""}',
    7,
  ]) {
    const read = await staff.gql('query ($id: ID!) { user(id: $id) { id } }', { id })
    expect([id, read.status, read.body.data]).toEqual([id, 200, { user: null }])
    const { data } = (await staff.gql(`mutation ($id: ID!) { ${calls} }`, { id })).body
    expect([id, data]).toEqual([id, Object.fromEntries(names.map((name) => [name, { __typename: 'NotFound' }]))])
  }
})
