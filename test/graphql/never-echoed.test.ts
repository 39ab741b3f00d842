// An error never repeats what the client sent, since it may be a secret; any document gets an answer (OWASP GraphQL cheat sheet).
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { provideService } from '../testkit/fixtures.ts'

const service = provideService()
const CANARY = 'canary4711'

async function ask(query: string, variables: Record<string, unknown> = {}, more: object = {}) {
  const answer = await service()
    .openBrowser()
    .post('/graphql', { query, variables, ...more })
  expect(answer.status).toBe(400)
  expect(answer.text).not.toContain(CANARY)
  return answer
}

const LOGIN = 'mutation ($input: LoginInput!) { login(input: $input) { __typename } }'
const right = { email: 'ada@example.com', password: CANARY }

test.each<[string, string, Record<string, unknown>]>([
  ['beside a misspelt key', LOGIN, { input: { ...right, emal: 'x' } }],
  ['beside a missing key', LOGIN, { input: { password: CANARY } }],
  ['under a key that nobody knows', LOGIN, { input: { ...right, [CANARY]: CANARY } }],
  ['of a wrong type in an input', LOGIN, { input: { email: { $gt: CANARY }, password: CANARY } }],
  ['of a wrong type: a list', LOGIN, { input: [CANARY, [CANARY]] }],
  ['of a wrong type: a text', LOGIN, { input: CANARY }],
  ['a Boolean', LOGIN, { input: { ...right, rememberMe: CANARY } }],
  ['an Int', 'query ($a: Int!) { users(first: $a) { edges { cursor } } }', { a: CANARY }],
  ['an enum', 'mutation ($r: [Role!]!) { setUserRoles(id: "1", roles: $r) { __typename } }', { r: [CANARY] }],
  ['an ID', 'query ($a: ID!) { user(id: $a) { id } }', { a: { [CANARY]: CANARY } }],
  ['a String', 'query ($a: String!) { users(search: $a) { edges { cursor } } }', { a: [CANARY, 1] }],
])('a value in a variable is never repeated: %s', async (_name, query, variables) => {
  expect((await ask(query, variables)).body).toMatchObject({ errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] })
})

test.each([
  `{ users(first: "${CANARY}") { edges { cursor } } }`,
  `{ users(first: ${CANARY}) { edges { cursor } } }`,
  `{ users(first: { ${CANARY}: 1 }) { edges { cursor } } }`,
  `{ users(first: ["${CANARY}"]) { edges { cursor } } }`,
  `{ users(search: ${CANARY}) { edges { cursor } } }`,
  `{ users(search: ["${CANARY}"]) { edges { cursor } } }`,
  `{ users(search: { a: "${CANARY}" }) { edges { cursor } } }`,
  `mutation { setUserRoles(id: "1", roles: [${CANARY}]) { __typename } }`,
  `mutation { setUserRoles(id: "1", roles: "${CANARY}") { __typename } }`,
  `mutation { setUserRoles(id: "1", roles: ["${CANARY}"]) { __typename } }`,
  `mutation { login(input: "${CANARY}") { __typename } }`,
  `mutation { login(input: ["${CANARY}"]) { __typename } }`,
  `mutation { login(input: { password: "${CANARY}" }) { __typename } }`,
  `mutation { login(input: { email: "a", password: "${CANARY}", emal: "${CANARY}" }) { __typename } }`,
  `mutation { login(input: { email: "a", password: "${CANARY}", rememberMe: "${CANARY}" }) { __typename } }`,
  `mutation { login(input: { email: "a", password: ${CANARY} }) { __typename } }`,
  `mutation { login(input: { email: { a: "${CANARY}" }, password: """${CANARY}""" }) { __typename } }`,
  `query ($a: Int = "${CANARY}") { users(first: $a) { edges { cursor } } }`,
  `query ($a: LoginInput = { email: "${CANARY}" }) { __typename }`,
  `query ($a: [Role!] = [${CANARY}]) { __typename }`,
  `{ __typename @include(if: "${CANARY}") }`,
  `{ __typename @include(if: ${CANARY}) }`,
])('a value in a literal is never repeated: %s', async (query) => {
  await ask(query)
})

test.each([
  `{ me "${CANARY}" }`,
  `{ me(a: "${CANARY}) }`,
  `${CANARY} { me }`,
  `{ me(password: "${CANARY}"`,
  `{ me(password: """${CANARY}`,
  `mutation { login(input: { password: "${CANARY}" email } ) `,
  `{ "\\${CANARY}" }`,
  `{ "\\u{${CANARY}}" }`,
  `{ 12${CANARY} }`,
  `{ ...on ${CANARY} ${CANARY}: }`,
  `# ${CANARY}`,
])('a value in a syntax error is never repeated: %s', async (query) => {
  await ask(query)
})

test('the name of an unknown operation is never repeated', async () => {
  await ask('query A { __typename }', {}, { operationName: CANARY })
  await ask('query A { __typename } query B { __typename }', {}, { operationName: CANARY })
})

test('values in extensions and in unused variables are never repeated', async () => {
  await ask('{', { a: CANARY }, { extensions: { persistedQuery: { version: 1, sha256Hash: CANARY } } })
  await ask('{ nothing }', { a: CANARY }, { extensions: { a: CANARY } })
})

test('values that the client sent are not in the log, at any level', () => {
  expect(service().log.length).toBeGreaterThan(40)
  expect(JSON.stringify(service().log)).not.toContain(CANARY)
})

const NAMES = ['me', 'session', 'users', 'login', 'input', 'id', 'email', '__typename', 'edges', 'node', 'User', 'F']
const name = fc.constantFrom(...NAMES)
const value = fc.constantFrom(`"${CANARY}"`, '1', 'null', '$a', '[]', '{}', `{ email: "${CANARY}" }`, 'true', '1e999')
const { selections } = fc.letrec<{ selection: string; selections: string }>((tie) => ({
  selection: fc.oneof(
    { maxDepth: 6, withCrossShrink: true },
    name,
    fc.tuple(name, name, value).map(([field, key, of]) => `${field}(${key}: ${of})`),
    fc.tuple(name, tie('selections')).map(([field, inner]) => `${field} ${inner}`),
    fc.tuple(name, tie('selections')).map(([type, inner]) => `... on ${type} ${inner}`),
    name.map((fragment) => `...${fragment}`),
    fc.tuple(name, fc.constantFrom('skip', 'include', 'own'), value).map(([a, b, c]) => `${a} @${b}(if: ${c})`),
  ),
  selections: fc.array(tie('selection'), { maxLength: 4 }).map((list) => `{ ${list.join(' ')} }`),
}))
const operation = fc.constantFrom('', 'query Q', 'mutation', 'subscription', 'query ($a: ID)', 'fragment F on User')
const document = fc
  .array(fc.tuple(operation, selections), { minLength: 1, maxLength: 3 })
  .map((parts) => parts.map(([head, body]) => `${head} ${body}`).join('\n'))

test('any document gets an answer in JSON of a known shape, without the values in it', async () => {
  const CODES = /^(UNAUTHENTICATED|FORBIDDEN|BAD_USER_INPUT|GRAPHQL_(PARSE|VALIDATION)_FAILED|BAD_REQUEST)$/
  await fc.assert(
    fc.asyncProperty(document, async (query) => {
      const answer = await service().openBrowser().gql(query, { a: CANARY })
      expect([200, 400]).toContain(answer.status)
      expect(answer.text).not.toContain(CANARY)
      expect(answer.setCookie).toEqual([])
      const { data, errors = [] } = answer.body
      if (data === undefined) expect(answer.status).toBe(400)
      for (const { extensions } of errors) expect(extensions?.code).toMatch(CODES)
    }),
    { numRuns: 150, verbose: true },
  )
})

test('any text and any JSON gets an answer, though it is no document', async () => {
  await fc.assert(
    fc.asyncProperty(fc.oneof(fc.string({ unit: 'binary' }), fc.json()), async (text) => {
      const answers = [await service().openBrowser().post('/graphql', text), await service().openBrowser().gql(text)]
      for (const answer of answers) {
        expect(answer.status).toBe(400)
        expect(answer.body).toMatchObject({ errors: [{ extensions: { code: expect.any(String) } }] })
      }
    }),
    { numRuns: 80, verbose: true },
  )
})

test.each([
  ['aliases', `{ ${Array.from({ length: 900 }, (_, i) => `a${i}: __typename`).join(' ')} }`],
  ['one field again and again', `{ ${'__typename '.repeat(2500)} }`],
  ['depth', `${'{ me '.repeat(5000)}${'}'.repeat(5000)}`],
  [
    'fragments that double',
    `{ me { ...F0 } } ${Array.from({ length: 25 }, (_, i) => `fragment F${i} on User { ...F${i + 1} ...F${i + 1} }`).join(' ')} fragment F25 on User { id }`,
  ],
  [
    'fragments in fragments',
    `{ me { ...F0 } } ${Array.from({ length: 500 }, (_, i) => `fragment F${i} on User { ...F${i + 1} }`).join(' ')} fragment F500 on User { id }`,
  ],
  ['deep lists', `{ users(search: ${'['.repeat(10_000)}${']'.repeat(10_000)}) { edges { cursor } } }`],
  ['operations', Array.from({ length: 1000 }, (_, i) => `query Q${i} { __typename }`).join(' ')],
  ['variables', `query (${Array.from({ length: 1500 }, (_, i) => `$v${i}: Int`).join(' ')}) { __typename }`],
])('a document with too many %s is answered, and the service goes on', async (_name, query) => {
  const answer = await service().openBrowser().gql(query)
  expect([200, 400]).toContain(answer.status)
  expect(answer.text.length).toBeLessThan(64 * 1024)
  expect(answer.text).not.toMatch(/call stack/i)
  expect((await service().openBrowser().get('/healthz')).status).toBe(200)
})
