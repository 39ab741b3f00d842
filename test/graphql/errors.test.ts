import { ObjectId } from 'mongodb'
import { expect, test } from 'vitest'
import { signUp } from '../testkit/client.ts'
import { provideService, startOwnService } from '../testkit/fixtures.ts'
import { createUser } from '../testkit/users.ts'

const service = provideService()
const ask = (query: string, variables?: Record<string, unknown>, more: object = {}) =>
  service()
    .openBrowser()
    .post('/graphql', { query, variables, ...more })

const readCodes = (body: unknown) =>
  (body as { errors?: { extensions: { code: string } }[] }).errors?.map(({ extensions }) => extensions.code)

test.each<[string, string, string, Record<string, unknown>?]>([
  ['no GraphQL', 'nonsense', 'GRAPHQL_PARSE_FAILED'],
  ['an open brace (B-27)', '{', 'GRAPHQL_PARSE_FAILED'],
  ['an empty pair of braces', '{}', 'GRAPHQL_PARSE_FAILED'],
  ['a field that is not there', '{ nothing }', 'GRAPHQL_VALIDATION_FAILED'],
  ['an argument that is not there', '{ me(a: 1) { id } }', 'GRAPHQL_VALIDATION_FAILED'],
  ['no selection', '{ me }', 'GRAPHQL_VALIDATION_FAILED'],
  ['a variable that nobody declared', '{ user(id: $id) { id } }', 'GRAPHQL_VALIDATION_FAILED'],
  ['a missing argument', '{ user { id } }', 'GRAPHQL_VALIDATION_FAILED'],
  [
    'a cycle of fragments (B-14)',
    '{ me { ...A } } fragment A on User { ...B } fragment B on User { ...A }',
    'GRAPHQL_VALIDATION_FAILED',
  ],
  ['a fragment of itself (B-14)', '{ me { ...A } } fragment A on User { ...A }', 'GRAPHQL_VALIDATION_FAILED'],
  ['a type system', 'type User { id: ID! }', 'GRAPHQL_VALIDATION_FAILED'],
  ['fragments alone', 'fragment A on User { id }', 'GRAPHQL_VALIDATION_FAILED'],
  ['a subscription that there is none of', 'subscription { nothing }', 'GRAPHQL_VALIDATION_FAILED'],
  ['two operations without a name', 'query A { __typename } query B { __typename }', 'GRAPHQL_VALIDATION_FAILED'],
  [
    'a variable of another type',
    'query ($a: Int!) { users(first: $a) { edges { cursor } } }',
    'BAD_USER_INPUT',
    { a: 'x' },
  ],
  ['a variable that is missing', 'query ($a: ID!) { user(id: $a) { id } }', 'BAD_USER_INPUT', {}],
  ['a variable that is null', 'query ($a: ID!) { user(id: $a) { id } }', 'BAD_USER_INPUT', { a: null }],
  ['a literal of another type', '{ users(first: "x") { edges { cursor } } }', 'BAD_USER_INPUT'],
  ['a literal beyond 32 bits', '{ users(first: 2147483648) { edges { cursor } } }', 'BAD_USER_INPUT'],
  [
    'an enum that has no such value',
    'mutation { setUserRoles(id: "1", roles: [KING]) { __typename } }',
    'BAD_USER_INPUT',
  ],
])('a request that holds %s gets 400 and its code', async (_name, query, code, variables) => {
  const { status, body } = await ask(query, variables)
  expect(readCodes(body)?.[0]).toBe(code)
  expect({ status, data: (body as object & { data?: unknown }).data }).toEqual({ status: 400, data: undefined })
})

test('an unknown operation name gets 400, and is not repeated', async () => {
  const { status, body, text } = await ask('query A { __typename }', {}, { operationName: 'canary' })
  expect({ status, codes: readCodes(body) }).toEqual({ status: 400, codes: ['GRAPHQL_VALIDATION_FAILED'] })
  expect(text).not.toContain('canary')
})

test('a persisted query gets BAD_REQUEST, known or not', async () => {
  const sha256Hash = 'ecf4edb46db40b5132295c0291d62fb65d6759a9eedfa4d5d612dd5ec54a6b38'
  for (const [version, query] of [
    [1, undefined],
    [1, '{ __typename }'],
    [2, undefined],
  ]) {
    const extensions = { persistedQuery: { version, sha256Hash } }
    const answer = await service().openBrowser().post('/graphql', { query, extensions })
    expect({ status: answer.status, codes: readCodes(answer.body) }).toEqual({ status: 400, codes: ['BAD_REQUEST'] })
  }
})

test.each(['/graphql', '/graphql/stream'])(
  'a document with many faults gets five of them from %s, and a note',
  async (path) => {
    const fields = Array.from({ length: 40 }, (_, index) => `unknown${index}`).join(' ')
    const { status, body } = await service()
      .openBrowser()
      .post(path, { query: `{ me { ${fields} } }` })
    const messages = (body as { errors: { message: string }[] }).errors.map(({ message }) => message)
    expect({ status, errors: messages.length }).toEqual({ status: 400, errors: 6 })
    expect(messages.at(-1)).toBe('Too many validation errors, error limit reached. Validation aborted.')
  },
)

const INTROSPECTIONS = [
  '{ __schema { types { name } } }',
  '{ __type(name: "User") { name } }',
  '{ x: __schema { queryType { name } } }',
  '{ ...F } fragment F on Query { __schema { queryType { name } } }',
  '{ __schema\n#\n{ queryType { name } } }',
]

test.each(INTROSPECTIONS)('with introspection off the schema is hidden: %j', async (query) => {
  const service = await startOwnService({ settings: { INTROSPECTION: 'false' } })
  const answer = await service.openBrowser().gql(query)
  expect(answer).toMatchObject({ status: 400, code: 'GRAPHQL_VALIDATION_FAILED' })
  expect(answer.text).not.toMatch(/Apollo|introspection: true|queryType/)
})

test('with introspection on the schema is shown', async () => {
  for (const query of INTROSPECTIONS) expect((await ask(query)).status).toBe(200)
})

const TYPOS = [
  '{ mee { id } }',
  'mutation { login(inputt: {}) { __typename } }',
  'mutation { signup(input: { emal: "a", email: "b", password: "c" }) { __typename } }',
  'mutation { setUserRoles(id: "1", roles: [ADMINN]) { __typename } }',
  'query ($a: LoginInputt!) { __typename }',
  '{ __typename @skipp(if: true) }',
]

test.each(TYPOS)('with introspection off no name is suggested: %j', async (query) => {
  const service = await startOwnService({ settings: { INTROSPECTION: 'false' } })
  const answer = await service.openBrowser().gql(query)
  expect(answer.status).toBe(400)
  expect(answer.text).not.toMatch(/did you mean/i)
})

test('with introspection on a name is suggested', async () => {
  expect((await ask('{ mee { id } }')).text).toMatch(/Did you mean \\"me\\"/)
})

test('a refused field keeps the data of its siblings, and the error names its path', async () => {
  const { status, body } = await ask('{ me { id } session { id } __typename }')
  expect(status).toBe(200)
  expect(body).toMatchObject({
    data: { me: null, session: null, __typename: 'Query' },
    errors: [{ path: ['me'], extensions: { code: 'UNAUTHENTICATED' } }],
  })
})

test('the status is other than 200 only where no root field has data', async () => {
  const { browser: chief } = await createUser(service(), { email: 'part@example.com', roles: ['ADMIN'] })
  const refused = 'users(first: 0) { edges { cursor } }'
  expect(await chief.gql(`{ ${refused} }`)).toMatchObject({ status: 400, code: 'BAD_USER_INPUT' })
  expect(await chief.gql(`{ ${refused} me { email } }`)).toMatchObject({
    status: 200,
    code: 'BAD_USER_INPUT',
    body: { data: { users: null, me: { email: 'part@example.com' } } },
  })
})

test('an unexpected error is masked, has an id under which the log has the rest, and keeps its siblings', async () => {
  const ada = service().openBrowser()
  const id = (await signUp(ada, { email: 'surprise@example.com' })).data?.user?.id
  await service()
    .db.collection('users')
    .updateOne({ _id: new ObjectId(String(id)) }, { $set: { createdAt: 'canary-mongodb://user:password@host' } })

  const answer = await ada.gql('{ me { createdAt } session { user { email } } }')
  expect(answer).toMatchObject({
    status: 200,
    body: {
      data: { me: null, session: { user: { email: 'surprise@example.com' } } },
      errors: [
        {
          message: 'Something went wrong.',
          path: ['me', 'createdAt'],
          extensions: { code: 'INTERNAL_SERVER_ERROR' },
        },
      ],
    },
  })
  expect(answer.text).not.toContain('canary')
  const requestId = answer.body.errors?.[0]?.extensions?.requestId
  expect(requestId).toBe(answer.headers['x-request-id'])
  const line = await service().waitForLog((entry) => entry.event === 'request.failed' && entry.requestId === requestId)
  expect(line.level).toBe('error')
  expect(JSON.stringify(line)).toContain('DateTime cannot represent')
})

test('an unexpected error without any data is still 200, since the request was right', async () => {
  const bob = service().openBrowser()
  await signUp(bob, { email: 'surprised@example.com' })
  await service()
    .db.collection('users')
    .updateOne({ email: 'surprised@example.com' }, { $unset: { emailVerified: 1 } })
  expect(await bob.gql('{ me { emailVerified } }')).toMatchObject({ status: 200, code: 'INTERNAL_SERVER_ERROR' })
})
