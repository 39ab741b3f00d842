// An error repeats no name that only the client wrote: a secret may stand where a name belongs (OWASP GraphQL cheat sheet).
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { provideService } from '../testkit/fixtures.ts'

const service = provideService()

interface Request {
  query: string
  variables?: Record<string, unknown>
  operationName?: string
}

const LOGIN = 'login(input: $i) { __typename }'
const FRAGMENT = 'fragment F on User { id }'

/** A request for each place of a document where a client may write a name of its own, by what is wrong there. */
const PLACES: Record<string, (name: string) => string | Request> = {
  'a variable that is not defined': (name) => `{ user(id: $${name}) { id } }`,
  'a variable that is not defined, in a named operation': (name) => `query ${name} { user(id: $${name}) { id } }`,
  'a variable that is never used': (name) => `query ${name} ($${name}: ID) { __typename }`,
  'a variable of another type': (name) => `query ($${name}: Int) { user(id: $${name}) { id } }`,
  'a variable of no input type': (name) => `query ($${name}: User) { user(id: $${name}) { id } }`,
  'a variable that is defined twice': (name) => `query ($${name}: ID!, $${name}: ID!) { user(id: $${name}) { id } }`,
  'a variable without a value': (name) => `query ($${name}: ID!) { user(id: $${name}) { id } }`,
  'a variable that is null': (name) => ({
    query: `query ($${name}: ID!) { user(id: $${name}) { id } }`,
    variables: { [name]: null },
  }),
  'a variable that is refused late': (name) => ({
    query: `query ($${name}: Int) { users(first: $${name}) { edges { cursor } } }`,
    variables: { [name]: null },
  }),
  'a variable with a wrong value': (name) => ({
    query: `query ($${name}: Int!) { users(first: $${name}) { edges { cursor } } }`,
    variables: { [name]: name },
  }),
  'a variable in place of a password': (name) =>
    `mutation { login(input: { email: "ada@example.com", password: $${name} }) { __typename } }`,
  'a variable of an unknown type': (name) => `query ($a: ${name}) { user(id: $a) { id } }`,
  'an operation with a fault': (name) => `query ${name} { nothing }`,
  'two operations of one name': (name) => `query ${name} { __typename } query ${name} { __typename }`,
  'an unknown operation': (name) => ({ query: 'query A { __typename }', operationName: name }),
  'a subscription of two fields': (name) => `subscription ${name} { a: sessionEnded { at } b: sessionEnded { at } }`,
  'a subscription of introspection': (name) => `subscription ${name} { __typename }`,
  'aliases that conflict': (name) => `{ ${name}: me { id } ${name}: session { id } }`,
  'aliases that conflict further down': (name) => `{ me { id ${name}: email } me { ${name}: id } }`,
  'an alias of a refused field': (name) => `{ ${name}: me { id } }`,
  'an unknown argument': (name) => `{ me(${name}: 1) { id } }`,
  'an argument that stands twice': (name) => `{ me(${name}: 1, ${name}: 2) { id } }`,
  'an unknown argument of a directive': (name) => `{ __typename @skip(if: true, ${name}: 1) }`,
  'an unknown field of an input': (name) => `mutation { login(input: { ${name}: 1 }) { __typename } }`,
  'a field of an input that stands twice': (name) =>
    `mutation { login(input: { ${name}: 1, ${name}: 1 }) { __typename } }`,
  'an unknown field of an input in a variable': (name) => ({
    query: `mutation ($i: LoginInput!) { ${LOGIN} }`,
    variables: { i: { [name]: name } },
  }),
  'an unknown field that looks like a sentence': (name) => ({
    query: `mutation ($i: LoginInput!) { ${LOGIN} }`,
    variables: { i: { [`a" is not defined by type "${name}". Did you mean "${name}"?`]: name } },
  }),
  'a value of an enum': (name) => `mutation { setUserRoles(id: "1", roles: [${name}]) { __typename } }`,
  'a value of an enum in a variable': (name) => ({
    query: 'mutation ($r: [Role!]!) { setUserRoles(id: "1", roles: $r) { __typename } }',
    variables: { r: [name, `${name}" does not exist in "${name}" enum.`] },
  }),
  'a text for a number': (name) => `{ users(first: "${name}") { edges { cursor } } }`,
  'a bare word for a text': (name) => `mutation { login(input: { password: ${name} }) { __typename } }`,
  'an unknown fragment': (name) => `{ me { ...${name} } }`,
  'a fragment that is never used': (name) => `{ __typename } fragment ${name} on User { id }`,
  'a fragment of itself': (name) => `{ me { ...${name} } } fragment ${name} on User { ...${name} }`,
  'fragments of each other': (name) =>
    `{ me { ...${name} } } fragment ${name} on User { ...${name}_ } fragment ${name}_ on User { ...${name} }`,
  'two fragments of one name': (name) =>
    `{ me { ...${name} } } fragment ${name} on User { id } fragment ${name} on User { id }`,
  'a fragment on an unknown type': (name) => `{ me { ... on ${name} { id } } }`,
  'a fragment on no object': (name) => `{ me { ...${name} } } fragment ${name} on Role { id }`,
  'a fragment in the wrong place': (name) => `{ me { ...${name} } } fragment ${name} on Session { id }`,
  'an unknown directive': (name) => `{ __typename @${name} }`,
  'a directive of its own': (name) => `directive @${name}(${name}: Int) on FIELD { __typename @${name}(${name}x: 1) }`,
  'a directive of its own that stands twice': (name) => `directive @${name} on FIELD { __typename @${name} @${name} }`,
  'a type of its own': (name) => `type ${name} { id: ID } query ($a: ${name}x) { __typename }`,
  'a field beside a credential': (name) => `mutation { login(input: { email: "a", password: "b" }) { ${name} } }`,
  'a field of a fragment beside a credential': (name) =>
    `mutation { login(input: { email: "a", password: "b" }) { ... on LoginSuccess { user { ...F } } } } ${FRAGMENT.replace('id', name)}`,
  'no GraphQL': (name) => `{ me ${name}: }`,
}

const clientName = fc.stringMatching(/^[A-Za-z_]\w{11,19}$/)

test.each(Object.keys(PLACES))('no message repeats what the client calls %s', async (place) => {
  const build = PLACES[place]
  await fc.assert(
    fc.asyncProperty(clientName, async (name) => {
      const built = build?.(name) ?? ''
      const request: Request = typeof built === 'string' ? { query: built } : built
      for (const path of ['/graphql', '/graphql/stream']) {
        const { body } = await service().openBrowser().post(path, request)
        const { errors } = body as { errors: { message: string; extensions: unknown }[] }
        expect(errors.length).toBeGreaterThan(0)
        for (const { message, extensions } of errors) {
          expect(JSON.stringify([message, extensions])).not.toContain(name)
          expect(message).toMatch(/^[A-Z].*[.?]$/)
          expect(extensions).not.toMatchObject({ code: 'INTERNAL_SERVER_ERROR' })
        }
      }
      const lines = service().log.map(({ operation, ...line }) => JSON.stringify(line))
      expect(lines.filter((line) => line.includes(name))).toEqual([])
    }),
    { numRuns: 8 },
  )
})

test('what is left out of a message can be found: by line and column, and by what the schema has there', async () => {
  const ask = async (query: string) =>
    (await service().openBrowser().gql(query)).body.errors?.map(({ message }) => message)
  expect(await ask('{\n  me(idd: 1) { id }\n  user(id: $x) { id }\n}')).toEqual([
    'Unknown argument on field "Query.me" at line 2, column 6.',
    'A variable is not defined at line 3, column 12.',
  ])
  expect(await ask('mutation { logout { endde } }')).toEqual([
    'Cannot query this field on type "LogoutSuccess" at line 1, column 21. Did you mean "ended"?',
  ])
  expect(await ask('query ($a: Usr!) { __typename }')).toContain(
    'Unknown type at line 1, column 12. Did you mean "User"?',
  )
})

test('a typo in the selection of a query is named, with what may have been meant', async () => {
  const { body } = await service().openBrowser().gql('{ me { emial } }')
  expect(body.errors?.[0]?.message).toBe('Cannot query field "emial" on type "User". Did you mean "email"?')
})
