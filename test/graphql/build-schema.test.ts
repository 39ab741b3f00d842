import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ExecutionResult, graphql } from 'graphql'
import { expect, onTestFinished, test } from 'vitest'
import { AppError } from '../../src/errors.ts'
import type { Resolvers } from '../../src/graphql/generated.ts'
import { buildSchema } from '../../src/graphql/schema.ts'

/** Builds a schema as a clone writes it: the guards of the service, and one file of fields. */
function build(fields: string, resolvers: Record<string, Record<string, unknown>> = {}) {
  const directory = mkdtempSync(join(tmpdir(), 'gatehouse-schema-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  writeFileSync(
    join(directory, 'guards.graphql'),
    `directive @public on FIELD_DEFINITION
    directive @authenticated on FIELD_DEFINITION
    directive @requiresScopes(scopes: [[String!]!]!) on FIELD_DEFINITION
    directive @stepUp(maxAge: Int!) on FIELD_DEFINITION
    directive @own(orScopes: [[String!]!]) on FIELD_DEFINITION
    type Query { fine: String @public }`,
  )
  writeFileSync(join(directory, 'own.graphql'), fields)
  return buildSchema(directory, [{ Query: { fine: () => 'fine' } }, resolvers] as unknown as Resolvers[])
}

const query = { Query: { mine: () => 'x' } }

test.each([
  ['a root field has no guard', 'extend type Query { mine: String }', 'Query.mine needs exactly one of'],
  [
    'a root field has two',
    'extend type Query { mine: String @public @authenticated }',
    'Query.mine needs exactly one of',
  ],
  [
    'scopes stand beside @public',
    'extend type Query { mine: String @public @requiresScopes(scopes: [["a"]]) }',
    'Query.mine needs exactly one of',
  ],
  ['@stepUp stands alone', 'extend type Query { mine: String @stepUp(maxAge: 1) }', 'Query.mine has @stepUp'],
  [
    '@stepUp stands beside @public',
    'extend type Query { mine: String @public @stepUp(maxAge: 1) }',
    'Query.mine has @stepUp',
  ],
  ['@own guards a root field', 'extend type Query { mine: String @authenticated @own }', 'Query.mine has @own'],
  ['@own alone guards a root field', 'extend type Query { mine: String @own }', 'Query.mine needs exactly one of'],
  ['a root field may not be null', 'extend type Query { mine: String! @public }', 'Query.mine must be nullable'],
  ['a root list may not be null', 'extend type Query { mine: [String]! @public }', 'Query.mine must be nullable'],
])('the service refuses to start when %s', (_name, fields, text) => {
  expect(() => build(fields, query)).toThrow(text)
})

test('the service refuses to start when a root field has no resolver', () => {
  expect(() => build('extend type Query { mine: String @public }')).toThrow('Query.mine has no resolver')
})

test('the service refuses to start when a field of Subscription has no subscribe function', () => {
  const fields = 'type Subscription { told: String @public }'
  expect(() => build(fields, { Subscription: { told: { resolve: () => 'x' } } })).toThrow(
    'Subscription.told has no subscribe function',
  )
})

test('the service refuses to start when a mutation or a subscription lacks a guard or must not be null', () => {
  const mutation = { Mutation: { change: () => 1 } }
  expect(() => build('type Mutation { change: Int }', mutation)).toThrow('Mutation.change needs exactly one of')
  const subscription = { Subscription: { news: { subscribe: () => null } } }
  expect(() => build('type Subscription { news: Int! @public }', subscription)).toThrow(
    'Subscription.news must be nullable',
  )
  expect(() => build('type Subscription { news: Int }', subscription)).toThrow('Subscription.news needs exactly one of')
})

test('all faults of a schema are named at once', () => {
  expect(() => build('extend type Query { one: Int! @public two: Int }')).toThrow(
    /Query\.one must be nullable[\s\S]*Query\.one has no resolver[\s\S]*Query\.two has no resolver[\s\S]*Query\.two needs/,
  )
})

test('the service refuses to start when a guard is misspelt or lacks its argument', () => {
  expect(() => build('extend type Query { mine: String @requiresScopes }', query)).toThrow()
  expect(() => build('extend type Query { mine: String @authenticatd }', query)).toThrow(/authenticatd/)
})

/** Reads the code with which a field was refused. */
function readRefusal({ errors }: ExecutionResult): string | undefined {
  const error = errors?.[0]?.originalError
  return error instanceof AppError ? error.code : undefined
}

/** Creates the context of a user with these scopes, or of nobody. */
function createContext(id: string | null, scopes: string[] = []) {
  const now = new Date()
  const viewer = id && { user: { id }, session: { authenticatedAt: now }, scopes: new Set(scopes) }
  return { auth: { authenticate: async () => viewer, report: () => {} }, logFields: { userId: null }, now: () => now }
}

const scoped = () => build('extend type Query { mine: String @requiresScopes(scopes: [["a", "b"], ["c"]]) }', query)

test.each([
  [['a', 'b'], true],
  [['c'], true],
  [['a', 'b', 'c', 'd'], true],
  [['a'], false],
  [['b'], false],
  [['a', 'd'], false],
  [[], false],
])(
  '@requiresScopes needs one whole list of scopes, outer OR and inner AND: %j is let in: %s',
  async (scopes, admitted) => {
    const answer = await graphql({ schema: scoped(), source: '{ mine }', contextValue: createContext('1', scopes) })
    expect(answer.data?.mine).toBe(admitted ? 'x' : null)
    expect(readRefusal(answer)).toBe(admitted ? undefined : 'FORBIDDEN')
  },
)

test('@requiresScopes without any list lets nobody in', async () => {
  const schema = build('extend type Query { mine: String @requiresScopes(scopes: []) }', query)
  const answer = await graphql({ schema, source: '{ mine }', contextValue: createContext('1', ['a']) })
  expect(readRefusal(answer)).toBe('FORBIDDEN')
})

test('a guard holds on a field without a resolver, on every type that implements an interface', async () => {
  const fields = `interface Named { name: String }
      type Person implements Named { id: ID name: String @own }
      extend type Query { mine: Named @public }`
  const mine = () => ({ __typename: 'Person', id: '1', name: 'Ada' })
  const schema = build(fields, { Query: { mine } })
  const ask = (id: string | null) => graphql({ schema, source: '{ mine { name } }', contextValue: createContext(id) })
  expect((await ask('1')).data).toEqual({ mine: { name: 'Ada' } })
  expect((await ask('2')).data).toEqual({ mine: { name: null } })
  expect(readRefusal(await ask(null))).toBe('UNAUTHENTICATED')
})

test('a guard is written into the description, where introspection shows it', () => {
  const guards = '@requiresScopes(scopes: [["a", "b"], ["c"]]) @stepUp(maxAge: 60)'
  const schema = build(`extend type Query { "Mine." mine: String ${guards} }`, query)
  expect(schema.getQueryType()?.getFields().mine?.description).toBe(
    'Mine.\n\nGuard: signed-in users with the scopes a and b, or c. Step-up: the user must have entered their password within 60 seconds.',
  )
})
