// Which code a refused input gets: what is wrong in the document, or in a value, written there or sent beside it.
import { expect, test } from 'vitest'
import { openBrowser } from '../testkit/browser.ts'
import { createClone } from '../testkit/clone.ts'
import { startOwnService } from '../testkit/fixtures.ts'
import { provideProcess } from '../testkit/process.ts'

const SDL = `
enum Colour { RED GREEN }
input Leaf { name: String! colour: Colour count: Int = 1 on: Boolean! = false }
input Branch { leaf: Leaf leaves: [Leaf!] }
extend type Query { grow(branch: Branch, branches: [Branch!], count: Int, colour: Colour = RED): String @public }
`

/** The service with a feature of a clone that has inputs within inputs. */
const service = provideProcess((onEnd) => ({
  main: createClone(onEnd, {
    sdl: SDL,
    feature: `export default () => ({ resolvers: { Query: { grow: () => 'grown' } } })`,
  }),
}))

async function ask(query: string, variables?: Record<string, unknown>) {
  const { status, body } = await openBrowser(await service().listening).gql(query, variables)
  return { status, data: body.data, errors: body.errors?.map(({ extensions, message }) => [extensions?.code, message]) }
}

const refused = (code: string, message: string) => ({ status: 400, data: undefined, errors: [[code, message]] })

test.each([
  ['an argument', '{ grow(branch: { leef: {} }) }', 'type "Branch" at line 1, column 18. Did you mean "leaf"?'],
  [
    'a nested input',
    '{ grow(branch: { leaf: { name: "a", nam: 1 } }) }',
    'type "Leaf" at line 1, column 37. Did you mean "name"?',
  ],
  ['a list', '{ grow(branch: { leaves: [{ name: "a" }, { name: "b", x: 1 }] }) }', 'type "Leaf" at line 1, column 55.'],
  ['one in place of a list', '{ grow(branches: { x: 1 }) }', 'type "Branch" at line 1, column 20.'],
  [
    'the default of a variable',
    'query ($b: Branch = { x: 1 }) { grow(branch: $b) }',
    'type "Branch" at line 1, column 23.',
  ],
  [
    'a list beside a variable',
    'query ($b: Branch!) { grow(branches: [$b, { x: 1 }]) }',
    'type "Branch" at line 1, column 45.',
  ],
])('an unknown field of an input in the document is a fault of the document: %s', async (_place, query, end) => {
  expect(await ask(query, { b: {} })).toEqual(refused('GRAPHQL_VALIDATION_FAILED', `Unknown field on input ${end}`))
})

const GROW = 'query ($b: Branch, $l: [Branch!], $n: Int! = 1) { grow(branch: $b, branches: $l, count: $n) }'

test.each<[string, object, string]>([
  ['an argument', { b: { leef: {} } }, 'type "Branch" in the variable at line 1, column 8. Did you mean "leaf"?'],
  ['a nested input', { b: { leaf: { name: 'a', x: 1 } } }, 'type "Leaf" in the variable at line 1, column 8.'],
  ['a list', { b: { leaves: [{ name: 'a', 'x" y': 1 }] } }, 'type "Leaf" in the variable at line 1, column 8.'],
  ['a list of inputs', { l: [{}, { x: 1 }] }, 'type "Branch" in the variable at line 1, column 20.'],
])('an unknown field of an input in a variable is a wrong value: %s', async (_place, variables, end) => {
  expect(await ask(GROW, { ...variables })).toEqual(refused('BAD_USER_INPUT', `Unknown field on input ${end}`))
})

test.each([
  [
    'a missing field',
    '{ grow(branch: { leaf: {} }) }',
    'Field "Leaf.name" of required type "String!" was not provided at line 1, column 24.',
  ],
  ['an enum', '{ grow(colour: BLUE) }', 'A value does not fit the type "Colour" at line 1, column 16.'],
  [
    'an enum as a text',
    '{ grow(colour: "RED") }',
    'A value does not fit the type "Colour" at line 1, column 16. Did you mean the enum value "RED" or "GREEN"?',
  ],
  ['a text for a number', '{ grow(count: "one") }', 'A value does not fit the type "Int" at line 1, column 15.'],
  [
    'a nested number for a text',
    '{ grow(branch: { leaf: { name: 4711 } }) }',
    'A value does not fit the type "String" at line 1, column 32.',
  ],
  [
    'null',
    '{ grow(branch: { leaf: { name: null } }) }',
    'A value does not fit the type "String!" at line 1, column 32.',
  ],
  ['a number for an input', '{ grow(branch: 4711) }', 'A value does not fit the type "Branch" at line 1, column 16.'],
  [
    'the default of a variable',
    'query ($n: Int = "one") { grow(count: $n) }',
    'A value does not fit the type "Int" at line 1, column 18.',
  ],
])('a literal of a wrong type is a wrong value: %s', async (_place, query, message) => {
  expect(await ask(query)).toEqual(refused('BAD_USER_INPUT', message))
})

test.each<[string, object, string]>([
  [
    'a missing field',
    { b: { leaf: {} } },
    'Field "name" of required type "String!" was not provided in the variable at line 1, column 8.',
  ],
  [
    'an enum',
    { b: { leaf: { name: 'a', colour: 'BLUE' } } },
    'A value does not fit the type "Colour" in the variable at line 1, column 8.',
  ],
  [
    'a number for an enum',
    { b: { leaf: { name: 'a', colour: 4711 } } },
    'A value does not fit the type "Colour" in the variable at line 1, column 8.',
  ],
  ['a text for a number', { n: 'one' }, 'A value does not fit the type "Int" in the variable at line 1, column 35.'],
  [
    'null beside a default',
    { n: null },
    'A value of non-null type "Int!" must not be null in the variable at line 1, column 35.',
  ],
  [
    'a nested null',
    { b: { leaf: { name: null } } },
    'A value does not fit the type "String!" in the variable at line 1, column 8.',
  ],
  ['a number for an input', { b: 4711 }, 'A value does not fit the type "Branch" in the variable at line 1, column 8.'],
  ['a list for an input', { b: [] }, 'A value does not fit the type "Branch" in the variable at line 1, column 8.'],
])('a variable of a wrong type is a wrong value: %s', async (_place, variables, message) => {
  expect(await ask(GROW, { ...variables })).toEqual(refused('BAD_USER_INPUT', message))
})

test('a variable that is missing is a wrong value', async () => {
  expect(await ask('query ($n: Int!) { grow(count: $n) }')).toEqual(
    refused('BAD_USER_INPUT', 'A value of required type "Int!" was not provided in the variable at line 1, column 8.'),
  )
})

test('a variable with many wrong values is refused, and is no unexpected error', async () => {
  const { status, errors = [] } = await ask(GROW, { l: Array.from({ length: 200 }, () => ({ x: 1 })) })
  expect({ status, codes: new Set(errors.map(([code]) => code)) }).toEqual({
    status: 400,
    codes: new Set(['BAD_USER_INPUT']),
  })
  expect(errors.length).toBeLessThan(60)
})

test('values that fit are taken, and so are defaults', async () => {
  for (const variables of [{}, { b: { leaf: { name: 'a', colour: 'GREEN' } }, l: {}, n: 2 }])
    expect(await ask(GROW, variables)).toMatchObject({ status: 200, data: { grow: 'grown' } })
})

test('with introspection off no field of an input is suggested, whether the typo is in the document or in a variable', async () => {
  const hidden = await startOwnService({ settings: { INTROSPECTION: 'false' } })
  const browser = hidden.openBrowser()
  const input = { email: 'ada@example.com', password: 'x', rememberMee: true }
  for (const path of ['/graphql', '/graphql/stream']) {
    const answers = [
      await browser.post(path, { query: 'mutation { login(input: { emaill: "a" }) { __typename } }' }),
      await browser.post(path, {
        query: 'mutation ($i: LoginInput!) { login(input: $i) { __typename } }',
        variables: { i: input },
      }),
    ]
    for (const { status, text } of answers) {
      expect(status).toBe(400)
      expect(text).not.toMatch(/did you mean/i)
    }
  }
})
