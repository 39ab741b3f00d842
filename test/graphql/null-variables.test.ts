import { describe, expect, it } from 'vitest'
import { sharedService } from '../testkit/lend.ts'
import { newcomer } from '../testkit/staff.ts'

const service = sharedService()
const CANARY = 'canary4711'
const LOGIN = `mutation ($no: Boolean) {
  login(input: { email: "ada@example.com", password: "${CANARY}", rememberMe: $no }) { __typename }
}`

describe('null in a variable, where the schema has a default but takes no null', () => {
  it.each([
    ['an argument', 'query ($no: Int) { users(first: $no) { edges { cursor } } }'],
    ['a field of an input', LOGIN],
    [
      'a field of an input, in a block of text that looks like a stack',
      LOGIN.replace(`"${CANARY}"`, `"""\n    at ${CANARY}\n"""`),
    ],
    ['a directive', 'query ($no: Boolean = true) { __typename @skip(if: $no) }'],
    ['a directive further down', 'query ($no: Boolean = true) { users { edges @include(if: $no) { cursor } } }'],
  ])('is BAD_USER_INPUT like every other value that a type refuses: %s', async (_name, query) => {
    const chief = await newcomer(service(), `chief${Math.random()}@example.com`, ['ADMIN'])
    const { status, code, text } = await chief.gql(query, { no: null })
    expect({ status, code }).toEqual({ status: 400, code: 'BAD_USER_INPUT' })
    expect(text).not.toContain(CANARY)
  })

  it('B-33: takes no literal beside it into the log, at whatever level', () => {
    expect(service().log.length).toBeGreaterThan(5)
    expect(JSON.stringify(service().log)).not.toContain(CANARY)
  })

  it('takes no sibling with it', async () => {
    const { status, body } = await service()
      .browser()
      .gql('query ($no: Int) { __typename users(first: $no) { edges { cursor } } }', { no: null })
    expect(status).toBe(200)
    expect(body.data).toEqual({ __typename: 'Query', users: null })
  })

  it('left out, it is the default', async () => {
    const chief = await newcomer(service(), 'chief@example.com', ['ADMIN'])
    const { body } = await chief.gql('query ($no: Int) { users(first: $no) { edges { node { email } } } }')
    expect(body.data?.users?.edges).not.toEqual([])
  })
})

describe('B-33: a literal that is worded like an error', () => {
  it.each([
    `{ users(first: "type ${CANARY}") { edges { cursor } } }`,
    `{ users(first: "of type \\"${CANARY}\\"") { edges { cursor } } }`,
    `{ users(first: "Expected value of type ${CANARY}") { edges { cursor } } }`,
    `mutation { setUserRoles(id: "1", roles: ["type ${CANARY}"]) { __typename } }`,
    `mutation { login(input: { email: "a", password: "b", rememberMe: "type ${CANARY}" }) { __typename } }`,
  ])('is not repeated as the name of its type: %s', async (query) => {
    const { status, code, text } = await service().browser().gql(query)
    expect({ status, code }).toEqual({ status: 400, code: 'BAD_USER_INPUT' })
    expect(text).not.toContain(CANARY)
  })
})
