import { describe, expect, test } from 'vitest'
import { provideService } from '../testkit/fixtures.ts'
import { createUser } from '../testkit/users.ts'

const service = provideService()
const CANARY = 'canary4711'
const LOGIN = `mutation ($no: Boolean) {
  login(input: { email: "ada@example.com", password: "${CANARY}", rememberMe: $no }) { __typename }
}`

describe('null in a variable, where the schema has a default but takes no null', () => {
  test.each([
    ['an argument', 'query ($no: Int) { users(first: $no) { edges { cursor } } }'],
    ['a field of an input', LOGIN],
    [
      'a field of an input, in a block of text that looks like a stack',
      LOGIN.replace(`"${CANARY}"`, `"""\n    at ${CANARY}\n"""`),
    ],
    ['a directive', 'query ($no: Boolean = true) { __typename @skip(if: $no) }'],
    ['a directive further down', 'query ($no: Boolean = true) { users { edges @include(if: $no) { cursor } } }'],
  ])('is BAD_USER_INPUT like every other value that a type refuses: %s', async (_name, query) => {
    const { browser: chief } = await createUser(service(), {
      email: `chief${Math.random()}@example.com`,
      roles: ['ADMIN'],
    })
    const { status, code, text } = await chief.gql(query, { no: null })
    expect({ status, code }).toEqual({ status: 400, code: 'BAD_USER_INPUT' })
    expect(text).not.toContain(CANARY)
  })

  test('B-33: takes no literal beside it into the log, at whatever level', () => {
    expect(service().log.length).toBeGreaterThan(5)
    expect(JSON.stringify(service().log)).not.toContain(CANARY)
  })

  test('takes no sibling with it', async () => {
    const { status, body } = await service()
      .openBrowser()
      .gql('query ($no: Int) { __typename users(first: $no) { edges { cursor } } }', { no: null })
    expect(status).toBe(200)
    expect(body.data).toEqual({ __typename: 'Query', users: null })
  })

  test('left out, it is the default', async () => {
    const { browser: chief } = await createUser(service(), { email: 'chief@example.com', roles: ['ADMIN'] })
    const { body } = await chief.gql('query ($no: Int) { users(first: $no) { edges { node { email } } } }')
    expect(body.data?.users?.edges).not.toEqual([])
  })
})

describe('B-33: a literal that is worded like an error', () => {
  test.each([
    `{ users(first: "type ${CANARY}") { edges { cursor } } }`,
    `{ users(first: "of type \\"${CANARY}\\"") { edges { cursor } } }`,
    `{ users(first: "Expected value of type ${CANARY}") { edges { cursor } } }`,
    `mutation { setUserRoles(id: "1", roles: ["type ${CANARY}"]) { __typename } }`,
    `mutation { login(input: { email: "a", password: "b", rememberMe: "type ${CANARY}" }) { __typename } }`,
  ])('is not repeated as the name of its type: %s', async (query) => {
    const { status, code, text } = await service().openBrowser().gql(query)
    expect({ status, code }).toEqual({ status: 400, code: 'BAD_USER_INPUT' })
    expect(text).not.toContain(CANARY)
  })
})
