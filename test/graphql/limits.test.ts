// What one document may hold and cost (OWASP GraphQL cheat sheet: amount, depth, batching by aliases).
import { getIntrospectionQuery } from 'graphql'
import { expect, test } from 'vitest'
import { provideService, startOwnService } from '../testkit/fixtures.ts'

const service = provideService()
const ask = (query: string, variables?: Record<string, unknown>) => service().openBrowser().gql(query, variables)
const repeat = (count: number, build: (index: number) => string) =>
  Array.from({ length: count }, (_, i) => build(i)).join(' ')

async function expectRefused(query: string, sentence: string, variables?: Record<string, unknown>) {
  const answer = await ask(query, variables)
  expect(answer.body).toEqual({
    errors: [{ message: sentence, extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }],
  })
  expect(answer.status).toBe(400)
}

async function expectPassed(query: string, variables?: Record<string, unknown>) {
  expect((await ask(query, variables)).code).not.toBe('GRAPHQL_VALIDATION_FAILED')
}

const DEEP = 'The document is deeper than 8 levels.'
const ALIASES = 'The document has more than 10 aliases.'
const ROOT_FIELDS = 'The operation has more than 5 root fields.'
const DIRECTIVES = 'The document has more than 10 directives.'
const CREDENTIALS =
  'The operation has more than one mutation that checks a credential, takes a token or sends an email.'
const COST = 'The operation costs more than 1000: ask for fewer or shorter lists.'

/** Nests fields that do not exist: depth is checked first. */
const nest = (levels: number) => `${'{ a '.repeat(levels)}${'}'.repeat(levels)}`

test('a document may have 500 tokens, and one of 501 is refused', async () => {
  const fields = (count: number) => repeat(count, () => 'id')
  expect((await ask(`{ session { ${fields(495)} } }`)).body.errors?.[0]?.message).not.toMatch(/tokens/)
  const answer = await ask(`{ session { ${fields(496)} } }`)
  expect(answer).toMatchObject({ status: 400, code: 'GRAPHQL_VALIDATION_FAILED' })
  expect(answer.body.errors?.[0]?.message).toBe('The document has more than 500 tokens.')
})

test('a document may be 8 levels deep, counted through fragments and inline fragments', async () => {
  expect((await ask(nest(8))).body.errors?.[0]?.message).not.toBe(DEEP)
  await expectRefused(nest(9), DEEP)
  await expectRefused(`{ ...A } fragment A on Query ${nest(9)}`, DEEP)
  await expectRefused(`{ a { ... { ... on T { ...A } } } } fragment A on U ${nest(8)}`, DEEP)
  await expectRefused(`{ __typename } fragment Unused on Query ${nest(9)}`, DEEP)
})

test('depth does not count for introspection', async () => {
  const answer = await ask(getIntrospectionQuery({ inputValueDeprecation: true, specifiedByUrl: true, oneOf: true }))
  expect(answer.body.errors).toBeUndefined()
  expect(answer.body.data).toHaveProperty('__schema')
})

test('the exception of introspection from depth is no way around introspection that is off', async () => {
  const closed = await startOwnService({ settings: { INTROSPECTION: 'false' } })
  expect(await closed.openBrowser().gql(getIntrospectionQuery())).toMatchObject({ code: 'GRAPHQL_VALIDATION_FAILED' })
})

test('a document may have 10 aliases, of __typename as of anything else', async () => {
  const within = (count: number) => `{ session { ${repeat(count, (i) => `a${i}: __typename`)} } }`
  await expectPassed(within(10))
  await expectRefused(within(11), ALIASES)
})

test('aliases count once for each spread of their fragment, and over all operations', async () => {
  const fragment = `fragment F on Session { ${repeat(6, (i) => `a${i}: id`)} }`
  await expectPassed(`{ session { ...F } } ${fragment}`)
  await expectRefused(`{ session { ...F } one: session { ...F } } ${fragment}`, ALIASES)
  const operation = (name: string) => `query ${name} { session { ${repeat(6, (i) => `a${i}: id`)} } }`
  await expectRefused(`${operation('A')} ${operation('B')}`, ALIASES)
})

test('an alias has at most 100 characters, since an answer repeats it for each entry of a list', async () => {
  await expectPassed(`{ ${'a'.repeat(100)}: __typename }`)
  await expectRefused(`{ ${'a'.repeat(101)}: __typename }`, 'The document has an alias of more than 100 characters.')
})

test('a field may stand 50 times in one place: each is compared with each other', async () => {
  const fields = (count: number) => `{ session { ${repeat(count, () => 'id')} } }`
  await expectPassed(fields(50))
  await expectRefused(fields(51), 'The document asks for one field more than 50 times in one place.')
})

test('an operation may have 5 root fields, counted with their fragments', async () => {
  const fields = (count: number) => repeat(count, () => '__typename')
  await expectPassed(`{ ${fields(5)} }`)
  await expectRefused(`{ ${fields(6)} }`, ROOT_FIELDS)
  await expectRefused(`{ ...A ...A } fragment A on Query { ${fields(3)} }`, ROOT_FIELDS)
  await expectRefused(`{ ... { ${fields(3)} } ... @include(if: false) { ${fields(3)} } }`, ROOT_FIELDS)
})

test('a document may have 10 directives, wherever they stand', async () => {
  const skips = (count: number) => '@include(if: true) '.repeat(count)
  const spread = (count: number) => repeat(count, () => `... ${skips(1)} { __typename }`)
  await expectPassed(`{ session { ${spread(10)} } }`)
  await expectRefused(`{ session { ${spread(11)} } }`, DIRECTIVES)
  await expectRefused(`{ __typename ${'@aa'.repeat(11)} }`, DIRECTIVES)
  await expectRefused(`query ${'@aa '.repeat(6)} { __typename ${'@aa'.repeat(5)} }`, DIRECTIVES)
  await expectRefused(`query ($a: Int ${'@aa '.repeat(11)}) { __typename }`, DIRECTIVES)
})

const login = 'login(input: { email: "a@example.com", password: "canary-hunter2" }) { __typename }'

test.each([
  ['by alias', `mutation { a: ${login} b: ${login} }`],
  [
    'by two fragments',
    `mutation { ...A ...B } fragment A on Mutation { a: ${login} } fragment B on Mutation { b: ${login} }`,
  ],
  ['by one fragment twice', `mutation { ...A ...A } fragment A on Mutation { ${login} }`],
  ['by inline fragments', `mutation { ... { a: ${login} } ... on Mutation { b: ${login} } }`],
  ['by @include', `mutation ($t: Boolean! = false) { a: ${login} ... @include(if: $t) { b: ${login} } }`],
  ['with a mail', `mutation { ${login} requestPasswordReset(email: "a@example.com") { __typename } }`],
  ['in the second operation', `query A { __typename } mutation B { a: ${login} b: ${login} }`],
])('an operation may check one credential: %s is refused', async (_name, query) => {
  await expectRefused(query, CREDENTIALS)
  expect(JSON.stringify(service().log)).not.toContain('canary')
})

test('a mutation that checks a credential may stand beside other mutations', async () => {
  expect((await ask(`mutation { before: logout { ended } ${login} after: logout { ended } }`)).status).toBe(200)
})

test('no credential is checked where the operation is refused', async () => {
  const before = service().log.length
  await expectRefused(`mutation { a: ${login} b: ${login} }`, CREDENTIALS)
  expect(
    service()
      .log.slice(before)
      .filter(({ event }) => event === 'login.failed'),
  ).toEqual([])
})

const page = (first: string) => `users${first} { edges { node { id } } }`
const pages = (count: number, first: string) => repeat(count, (i) => `a${i}: ${page(first)}`)

test('a list costs as much as the entries that it may have', async () => {
  await expectPassed(`{ ${pages(4, '(first: 100)')} }`)
  await expectRefused(`{ ${pages(5, '(first: 100)')} }`, COST)
  await expectPassed(`{ ${pages(5, '')} }`)
})

test('the cost takes the length of a list from variables and their defaults', async () => {
  const query = `query ($n: Int!) { ${pages(5, '(first: $n)')} }`
  await expectPassed(query, { n: 20 })
  await expectRefused(query, COST, { n: 100 })
  await expectRefused(`query ($n: Int! = 100) { ${pages(5, '(first: $n)')} }`, COST)
  await expectPassed(`query ($n: Int! = 100) { ${pages(5, '(first: $n)')} }`, { n: 1 })
})

test('the cost is the same through fragments', async () => {
  const fragment = 'fragment E on UserConnection { edges { ... on UserEdge { node { id } } } }'
  const spread = repeat(5, (i) => `a${i}: users(first: 100) { ...E }`)
  await expectRefused(`{ ${spread} } ${fragment}`, COST)
})

test('a page that is too long is left to the field, which names its argument', async () => {
  for (const first of [101, 100_000, -1]) {
    expect((await ask(`{ ${page(`(first: ${first})`)} }`)).code).toBe('UNAUTHENTICATED')
  }
})

test.each([
  ['a cycle of fragments', '{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }'],
  ['a fragment that spreads itself', '{ session { user { ...U } } } fragment U on User { id ...U }'],
  ['a cycle that nothing spreads', '{ __typename } fragment A on Query { ...B } fragment B on Query { ...A }'],
  ['a fragment that is not there', '{ ...Nothing }'],
])('a document that is wrong in itself is refused at once: %s', async (_name, query) => {
  expect(await ask(query)).toMatchObject({ status: 400, code: 'GRAPHQL_VALIDATION_FAILED' })
})

test('a chain of 40 fragments, each spread twice by the one before, is refused without being expanded', async () => {
  const chain = repeat(40, (i) => `fragment F${i} on Query { ...F${i + 1} ...F${i + 1} }`)
  await expectRefused(
    `{ ...F0 } ${chain} fragment F40 on Query { __typename }`,
    'The document selects more than 500 fields.',
  )
})
