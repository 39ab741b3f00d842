// OWASP API Security 2023, 1 and 5 (broken authorization): every root field, found by introspection, is tried without rights.
import { readFileSync } from 'node:fs'
import {
  buildClientSchema,
  buildSchema,
  type GraphQLField,
  type GraphQLInputType,
  getIntrospectionQuery,
  getNamedType,
  type IntrospectionQuery,
  isEnumType,
  isInputObjectType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
} from 'graphql'
import { beforeAll, expect, test } from 'vitest'
import { getSignedInEmail, signUp } from '../testkit/client.ts'
import { provideService } from '../testkit/fixtures.ts'

const service = provideService()

/** The public fields of the contract; a clone's own features declare theirs. */
const PUBLIC = [
  ...['Query.session', 'Mutation.signup', 'Mutation.login', 'Mutation.completeLogin', 'Mutation.logout'],
  ...['Mutation.acceptInvitation', 'Mutation.startPasskeyLogin', 'Mutation.loginWithPasskey'],
  ...['Mutation.requestEmailVerification', 'Mutation.verifyEmail'],
  ...['Mutation.requestPasswordReset', 'Mutation.resetPassword'],
]

const promised = buildSchema(readFileSync(new URL('../fixtures/contract.graphql', import.meta.url), 'utf8'))

function isPromised(place: string): boolean {
  const [type = '', field = ''] = place.split('.')
  const root = promised.getType(type)
  return isObjectType(root) && field in root.getFields()
}

/** Builds a literal that the type accepts. */
function literal(type: GraphQLInputType): string {
  if (isNonNullType(type)) return literal(type.ofType)
  if (isListType(type)) return '[]'
  if (isEnumType(type)) return type.getValues()[0]?.name ?? ''
  if (isInputObjectType(type)) {
    const fields = Object.values(type.getFields()).filter((field) => isNonNullType(field.type))
    return `{ ${fields.map((field) => `${field.name}: ${literal(field.type)}`).join(', ')} }`
  }
  return { Int: '1', Float: '1', Boolean: 'true' }[type.name] ?? '"0123456789abcdef01234567"'
}

function call({ name, args, type }: GraphQLField<unknown, unknown>): string {
  const given = args.map((arg) => `${arg.name}: ${literal(arg.type)}`).join(', ')
  return `${name}${given && `(${given})`}${isLeafType(getNamedType(type)) ? '' : ' { __typename }'}`
}

interface RootField {
  place: string
  operation: string
  call: string
  scoped: boolean
  isPublic: boolean
}

let fields: RootField[]

beforeAll(async () => {
  const answer = await service().openBrowser().gql<IntrospectionQuery>(getIntrospectionQuery())
  if (!answer.body.data) throw new Error(answer.text)
  const schema = buildClientSchema(answer.body.data)
  const roots = [schema.getQueryType(), schema.getMutationType()].filter((type) => type != null)
  fields = roots.flatMap((type) =>
    Object.values(type.getFields()).map((field) => ({
      place: `${type.name}.${field.name}`,
      operation: type.name.toLowerCase(),
      call: call(field),
      scoped: /with the scopes/.test(field.description ?? ''),
      isPublic: /Guard: public/.test(field.description ?? ''),
    })),
  )
})

test('without a cookie every root field but the public ones gives UNAUTHENTICATED, and null', async () => {
  const guarded = fields.filter(({ isPublic }) => !isPublic)
  expect(guarded.length).toBeGreaterThan(15)
  for (const { place, operation, call } of guarded) {
    const answer = await service().openBrowser().gql(`${operation} { it: ${call} }`)
    expect({ place, ...answer }).toMatchObject({
      place,
      status: 200,
      setCookie: [],
      body: { data: { it: null }, errors: [{ path: ['it'], extensions: { code: 'UNAUTHENTICATED' } }] },
    })
  }
})

test('the public fields are those of the contract, and none of them is refused', async () => {
  const open = fields.filter(({ isPublic }) => isPublic)
  const inContract = open.filter(({ place }) => isPromised(place))
  expect(inContract.map(({ place }) => place).sort()).toEqual([...PUBLIC].sort())
  for (const { operation, call } of open) {
    expect((await service().openBrowser().gql(`${operation} { ${call} }`)).code).not.toBe('UNAUTHENTICATED')
  }
})

test('without a role every field that needs scopes gives FORBIDDEN, whatever its arguments', async () => {
  const ada = service().openBrowser()
  await signUp(ada, { email: 'scopes@example.com' })
  const scoped = fields.filter((field) => field.scoped)
  expect(scoped.length).toBeGreaterThanOrEqual(6)
  for (const { operation, call } of scoped) {
    expect(await ada.gql(`${operation} { ${call} }`)).toMatchObject({ status: 200, code: 'FORBIDDEN' })
  }
})

test.each([
  '{ it: me { id } }',
  'query { ...F } fragment F on Query { me { id } }',
  '{ ... on Query { me { id } } }',
  '{ ... { me { id } } }',
  '{ ... @include(if: true) { me { id } } }',
  '{ me @include(if: true) { id } }',
  '{ me @skip(if: false) { id } }',
  '{ me { __typename } }',
  '{ me { id } me { email } }',
  '{ session { user { id } } me { id } }',
  '{ __typename me { id } }',
  'query A { me { id } }',
  '{ me { ...U } } fragment U on User { email roles }',
])('there is no way around the guard of me: %s', async (query) => {
  const answer = await service().openBrowser().gql(query)
  expect(answer).toMatchObject({ status: 200, code: 'UNAUTHENTICATED' })
  expect(Object.entries(answer.body.data ?? {}).filter(([name, value]) => name !== '__typename' && value)).toEqual([])
})

test('without a cookie other fields that lead to users give nothing either', async () => {
  const routes =
    '{ session { user { id } } sessions { user { id } } users { edges { node { id } } } user(id: "1") { id } }'
  expect((await service().openBrowser().gql(routes)).body.data).toEqual({
    ...{ session: null, sessions: null, users: null, user: null },
  })
})

test.each([
  '{ me @public { id } }',
  '{ me @authenticated { id } }',
  '{ me @own { email } }',
  '{ me { email @own(orScopes: []) } }',
  '{ users @requiresScopes(scopes: []) { edges { cursor } } }',
  'mutation { deleteAccount @stepUp(maxAge: 999999) { __typename } }',
  '{ me @defer { id } }',
])('a guard in a document of a client is refused: %s', async (query) => {
  expect(await service().openBrowser().gql(query)).toMatchObject({ status: 400, code: 'GRAPHQL_VALIDATION_FAILED' })
})

test('later mutations of one operation cannot act as the user who has just logged out', async () => {
  const ada = service().openBrowser()
  await signUp(ada, { email: 'serial@example.com' })
  const answer = await ada.gql(`mutation {
      updateProfile(input: { firstName: "Before" }) { __typename }
      logout { ended }
      after: updateProfile(input: { firstName: "After" }) { __typename }
      deleteAccount { __typename }
      again: logout { ended }
    }`)
  expect(answer.body.data).toMatchObject({
    updateProfile: { __typename: 'UpdateProfileSuccess' },
    ...{ logout: { ended: true }, after: null, deleteAccount: null, again: { ended: false } },
  })
  const user = await service().db.collection('users').findOne({ emailCanonical: 'serial@example.com' })
  expect(user?.firstName).toBe('Before')
})

test('later mutations of one operation act as the user who has just signed up', async () => {
  const [ada, input] = [
    service().openBrowser(),
    '{ email: "fresh@example.com", password: "a quiet harbour before dawn" }',
  ]
  const answer = await ada.gql(`mutation {
      before: updateProfile(input: { firstName: "A" }) { __typename }
      signup(input: ${input}) { ... on SignupSuccess { user { email } session { current } } }
      updateProfile(input: { firstName: "B" }) { ... on UpdateProfileSuccess { user { email firstName } } }
    }`)
  expect(answer.body.data).toEqual({
    before: null,
    signup: { user: { email: 'fresh@example.com' }, session: { current: true } },
    updateProfile: { user: { email: 'fresh@example.com', firstName: 'B' } },
  })
  expect(await getSignedInEmail(ada)).toBe('fresh@example.com')
})
