// Where a guard may stand, and that all which stand at a field hold (broken access control, OWASP API 1 and 5).
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeExecutableSchema } from '@graphql-tools/schema'
import { type GraphQLSchema, graphql } from 'graphql'
import { expect, onTestFinished, test } from 'vitest'
import { AppError } from '../../src/errors.ts'
import type { Resolvers } from '../../src/graphql/generated.ts'
import { buildGuardTable } from '../../src/graphql/guard-table.ts'
import { buildSchema, readTypeDefs } from '../../src/graphql/schema.ts'

const SCHEMA = new URL('../../schema/', import.meta.url)
const GUARDS = readFileSync(new URL('guards.graphql', SCHEMA), 'utf8')

/** Builds a schema of the service's own guards and a clone's file beside them. */
function build(sdl: string, resolvers: Record<string, unknown> = { Query: { it: () => ({}) } }): GraphQLSchema {
  const directory = mkdtempSync(join(tmpdir(), 'gatehouse-schema-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  writeFileSync(join(directory, 'guards.graphql'), GUARDS.replaceAll(/^".*"\ntype \w+$/gm, ''))
  writeFileSync(join(directory, 'own.graphql'), sdl)
  return buildSchema(directory, [resolvers] as unknown as Resolvers[])
}

const now = new Date('2026-01-01T00:00:00Z')

interface RequestUser {
  id: string
  scopes?: string[]
  /** Seconds since they gave a credential. */
  age?: number
}

/** What `{ it { secret } }` returns for a user: the secret, or the code of the refusal. */
async function ask(schema: GraphQLSchema, user: RequestUser | null): Promise<unknown> {
  const viewer = user && {
    user: { id: user.id },
    session: { authenticatedAt: new Date(now.getTime() - (user.age ?? 0) * 1000) },
    scopes: new Set(user.scopes),
  }
  const auth = { authenticate: async () => viewer, report: () => {} }
  const contextValue = { auth, logFields: { userId: null }, now: () => now }
  const answer = await graphql({ schema, source: '{ it { secret } }', contextValue })
  const it = answer.data?.it as { secret: unknown } | null | undefined
  const error = answer.errors?.[0]?.originalError
  return error instanceof AppError ? error.code : it?.secret
}

const OWNER = { id: '1' }
const STRANGER = { id: '2' }
const STAFF = { id: '3', scopes: ['a'] }
const it = { Query: { it: () => ({ __typename: 'Thing', id: '1', secret: 'x' }) } }

const buildWithInterface = (guards: string, own = '') =>
  build(
    `interface Kept { secret: String ${guards} }
      interface Named implements Kept { secret: String }
      type Thing implements Kept & Named { id: ID secret: String ${own} }
      type Query { it: Kept @public }`,
    it,
  )

test('a guard on a field of an interface holds on every type that implements it', async () => {
  const schema = buildWithInterface('@authenticated')
  expect(await ask(schema, null)).toBe('UNAUTHENTICATED')
  expect(await ask(schema, STRANGER)).toBe('x')
})

test('a guard on a field of an interface holds together with the guard of the type', async () => {
  const schema = buildWithInterface('@requiresScopes(scopes: [["a"]])', '@own')
  expect(await ask(schema, OWNER)).toBe('FORBIDDEN')
  expect(await ask(schema, STAFF)).toBe('FORBIDDEN')
  expect(await ask(schema, { ...OWNER, scopes: ['a'] })).toBe('x')
})

test('a guard on a field of an interface that contradicts the guard of the type refuses to start', () => {
  expect(() => buildWithInterface('@public', '@own')).toThrow('Thing.secret has @public beside a guard')
  expect(() => buildWithInterface('@own', '@public')).toThrow('Thing.secret has @public beside a guard')
})

test('a guard on a field of an interface is written into the description of the interface and of the type', () => {
  const types = buildWithInterface('@authenticated').getTypeMap()
  for (const name of ['Kept', 'Thing'])
    expect(types[name]).toSatisfy((type) => /signed-in users only/.test(type.getFields().secret.description))
})

const buildWithField = (guards: string) =>
  build(`type Thing { id: ID secret: String ${guards} } type Query { it: Thing @public }`, it)

test.each([
  [
    '@own @stepUp(maxAge: 60)',
    [
      [null, 'UNAUTHENTICATED'],
      [STRANGER, 'FORBIDDEN'],
      [OWNER, 'x'],
      [{ ...OWNER, age: 61 }, 'REAUTHENTICATION_REQUIRED'],
    ],
  ],
  [
    '@stepUp(maxAge: 60) @own',
    [
      [STRANGER, 'FORBIDDEN'],
      [{ ...OWNER, age: 61 }, 'REAUTHENTICATION_REQUIRED'],
      [OWNER, 'x'],
    ],
  ],
  [
    '@own @requiresScopes(scopes: [["a"]])',
    [
      [OWNER, 'FORBIDDEN'],
      [STAFF, 'FORBIDDEN'],
      [{ ...OWNER, scopes: ['a'] }, 'x'],
    ],
  ],
  [
    '@own(orScopes: [["a"]]) @requiresScopes(scopes: [["b"]])',
    [
      [OWNER, 'FORBIDDEN'],
      [STAFF, 'FORBIDDEN'],
      [{ ...STAFF, scopes: ['a', 'b'] }, 'x'],
    ],
  ],
  [
    '@own @authenticated',
    [
      [null, 'UNAUTHENTICATED'],
      [STRANGER, 'FORBIDDEN'],
      [OWNER, 'x'],
    ],
  ],
  [
    '@stepUp(maxAge: 60)',
    [
      [null, 'UNAUTHENTICATED'],
      [{ ...STRANGER, age: 61 }, 'REAUTHENTICATION_REQUIRED'],
      [STRANGER, 'x'],
    ],
  ],
  [
    '@authenticated @requiresScopes(scopes: [["a"]]) @stepUp(maxAge: 60)',
    [
      [STRANGER, 'FORBIDDEN'],
      [{ ...STAFF, age: 61 }, 'REAUTHENTICATION_REQUIRED'],
      [STAFF, 'x'],
    ],
  ],
] as [string, [RequestUser | null, string][]][])('all guards of one field hold: %s', async (guards, cases) => {
  const schema = buildWithField(guards)
  for (const [user, answer] of cases) expect([user, await ask(schema, user)]).toEqual([user, answer])
})

test.each(['@own', '@authenticated', '@requiresScopes(scopes: [["a"]])', '@stepUp(maxAge: 60)'])(
  'a field that is @public and also has %s refuses to start',
  (guard) => {
    expect(() => buildWithField(`@public ${guard}`)).toThrow('Thing.secret has @public beside a guard')
    expect(() => buildWithField(`${guard} @public`)).toThrow('Thing.secret has @public beside a guard')
  },
)

const query = 'type Query { it: String @public }'

test.each([
  ['an object type', `type Thing @authenticated { id: ID } ${query}`, 'Thing has @authenticated'],
  ['an extension of a type', `type Thing { id: ID } extend type Thing @own { x: ID } ${query}`, 'Thing has @own'],
  ['a root type', 'type Query @authenticated { it: String @public }', 'Query has @authenticated'],
  ['an interface', `interface Kept @own { id: ID } ${query}`, 'Kept has @own'],
  ['a union', `type Thing { id: ID } union Any @authenticated = Thing ${query}`, 'Any has @authenticated'],
  ['an input', `input Give @authenticated { id: ID } ${query}`, 'Give has @authenticated'],
  [
    'a field of an input',
    `input Give { id: ID @requiresScopes(scopes: [["a"]]) } ${query}`,
    'Give.id has @requiresScopes',
  ],
  ['an argument', 'type Query { it(id: ID @authenticated): String @public }', 'Query.it.id has @authenticated'],
  ['an enum', `enum Color @public { RED } ${query}`, 'Color has @public'],
  ['a value of an enum', `enum Color { RED @stepUp(maxAge: 1) } ${query}`, 'Color.RED has @stepUp'],
  ['a scalar', `scalar Odd @authenticated ${query}`, 'Odd has @authenticated'],
  ['the schema', `schema @authenticated { query: Query } ${query}`, 'schema has @authenticated'],
  ['an argument of a directive', `directive @x(a: Int @own) on FIELD_DEFINITION ${query}`, 'x.a has @own'],
])('a guard on %s guards nothing and refuses to start', (_name, sdl, text) => {
  expect(() => build(sdl)).toThrow(text)
})

test('a schema that does not parse refuses to start, naming file and line', () => {
  expect(() => build('type Query {\n  it: String @public\n  oops\n}')).toThrow(/own\.graphql, line 4: Syntax Error/)
})

test('a file of the schema that holds nothing yet is ignored', () => {
  expect(() => build('# To be written.\n\ntype Query { it: String @public }')).not.toThrow()
  const directory = mkdtempSync(join(tmpdir(), 'gatehouse-schema-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  writeFileSync(join(directory, 'begun.graphql'), '\n  # To be written.\n')
  expect(readTypeDefs(directory)).toEqual([])
})

test('a schema that uses an unknown type refuses to start, naming it', () => {
  expect(() => build('type Query { it: Nothing @public }')).toThrow(/The schema cannot be served:\n {2}- .*"Nothing"/)
})

test('a role that only the schema or only the table of roles knows refuses to start, naming it', () => {
  const withRoles = (roles: string) => () => build(`enum Role { ${roles} } type Query { it: Role @public }`)
  expect(withRoles('ADMIN SUPPORT BILLING')).toThrow('the role BILLING is in the enum Role, but not in the table')
  expect(withRoles('ADMIN')).toThrow('the role SUPPORT is in the table of roles and their scopes, but not in the enum')
  expect(withRoles('ADMIN SUPPORT')).not.toThrow()
})

test('schema/guards.md says who may use each root field: after a change, npm run --silent guards > schema/guards.md', () => {
  const schema = makeExecutableSchema({ typeDefs: readTypeDefs(SCHEMA.pathname) })
  expect(readFileSync(new URL('guards.md', SCHEMA), 'utf8')).toBe(buildGuardTable(schema))
})
