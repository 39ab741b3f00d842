import { expect, test } from 'vitest'
import { provideService } from '../testkit/fixtures.ts'
import { createUser } from '../testkit/users.ts'

const service = provideService()
const CANARY = 'canary4711'
const LOGIN = `mutation ($no: Boolean) {
  login(input: { email: "ada@example.com", password: "${CANARY}", rememberMe: $no }) { __typename }
}`

test.each([
  ['an argument', 'query ($no: Int) { users(first: $no) { edges { cursor } } }'],
  ['a field of an input', LOGIN],
  [
    'a field of an input, in a block of text that looks like a stack',
    LOGIN.replace(`"${CANARY}"`, `"""\n    at ${CANARY}\n"""`),
  ],
  ['a directive', 'query ($no: Boolean = true) { __typename @skip(if: $no) }'],
  ['a directive further down', 'query ($no: Boolean = true) { users { edges @include(if: $no) { cursor } } }'],
])(
  'null for a value that may not be null is BAD_USER_INPUT, also where there is a default: %s',
  async (_name, query) => {
    const { browser: chief } = await createUser(service(), {
      email: `chief${Math.random()}@example.com`,
      roles: ['ADMIN'],
    })
    const { status, code, text } = await chief.gql(query, { no: null })
    expect({ status, code }).toEqual({ status: 400, code: 'BAD_USER_INPUT' })
    expect(text).not.toContain(CANARY)
  },
)

test('a literal beside such a null is not in the log, at any level', () => {
  expect(service().log.length).toBeGreaterThan(5)
  expect(JSON.stringify(service().log)).not.toContain(CANARY)
})

test('such a null takes no sibling with it', async () => {
  const { status, body } = await service()
    .openBrowser()
    .gql('query ($no: Int) { __typename users(first: $no) { edges { cursor } } }', { no: null })
  expect(status).toBe(200)
  expect(body.data).toEqual({ __typename: 'Query', users: null })
})

test('a variable that is left out gets the default', async () => {
  const { browser: chief } = await createUser(service(), { email: 'chief@example.com', roles: ['ADMIN'] })
  const { body } = await chief.gql('query ($no: Int) { users(first: $no) { edges { node { email } } } }')
  expect(body.data?.users?.edges).not.toEqual([])
})

test.each([
  `{ users(first: "type ${CANARY}") { edges { cursor } } }`,
  `{ users(first: "of type \\"${CANARY}\\"") { edges { cursor } } }`,
  `{ users(first: "Expected value of type ${CANARY}") { edges { cursor } } }`,
  `mutation { setUserRoles(id: "1", roles: ["type ${CANARY}"]) { __typename } }`,
  `mutation { login(input: { email: "a", password: "b", rememberMe: "type ${CANARY}" }) { __typename } }`,
])('a literal that is worded like an error is not repeated: %s', async (query) => {
  const { status, code, text } = await service().openBrowser().gql(query)
  expect({ status, code }).toEqual({ status: 400, code: 'BAD_USER_INPUT' })
  expect(text).not.toContain(CANARY)
})
