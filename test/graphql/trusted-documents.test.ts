import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type { Browser } from '../testkit/browser.ts'
import { startService } from '../testkit/service.ts'
import { openStream } from '../testkit/stream.ts'

const WHO = 'query Who { session { user { email } } }'
const WATCH = 'subscription Watch { sessionEnded { at } }'
const SIGN_UP =
  'mutation SignUpHere($input: SignupInput!) { signup(input: $input) { __typename ... on SignupSuccess { user { id } } } }'
const hash = (text: string) => createHash('sha256').update(text).digest('hex')
const MANIFEST = Object.fromEntries([WHO, WATCH, SIGN_UP].map((text) => [hash(text), text]))
const REFUSAL = 'This operation is not one of the trusted documents.'
let count = 0

function writeManifest(content: unknown): string {
  count += 1
  const file = join(tmpdir(), `gatehouse-manifest-${process.pid}-${count}.json`)
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content))
  return file
}

async function start(settings: Record<string, string> = {}, manifest: unknown = MANIFEST) {
  const service = await startService({ settings: { TRUSTED_DOCUMENTS: writeManifest(manifest), ...settings } })
  onTestFinished(() => service.close())
  return service
}

const post = (browser: Browser, body: object) => browser.post('/graphql', body)

test('with TRUSTED_DOCUMENTS a trusted operation runs by its text, however it is laid out, and by its hash', async () => {
  const browser = (await start()).openBrowser()
  const input = { email: 'ada@example.com', password: 'correct horse battery staple' }
  expect((await post(browser, { query: SIGN_UP, variables: { input } })).text).toContain('SignupSuccess')
  const data = { session: { user: { email: input.email } } }
  for (const body of [
    { query: WHO },
    { query: 'query Who {\n  session { user { email __typename } __typename }\n}' },
    { documentId: hash(WHO) },
    { documentId: `sha256:${hash(WHO)}` },
    { extensions: { persistedQuery: { version: 1, sha256Hash: hash(WHO) } } },
    { query: WHO, extensions: { persistedQuery: { version: 1, sha256Hash: hash(WHO) } } },
  ])
    expect((await post(browser, body)).body, JSON.stringify(body)).toMatchObject({ data })
})

test.each([
  ['another operation', { query: '{ session { id } }' }],
  ['more fields', { query: 'query Who { session { user { email id } } }' }],
  ['an alias', { query: 'query Who { session { user { email x: __typename } } }' }],
  ['another name', { query: WHO.replace('Who', 'Other') }],
  ['introspection', { query: '{ __schema { types { name } } }' }],
  ['a trusted operation beside another', { query: `${WHO} query Other { session { id } }`, operationName: 'Who' }],
  ['no GraphQL', { query: '{' }],
  ['an unknown id', { documentId: hash('x') }],
  ['a text beside the id of a trusted one', { query: '{ session { id } }', documentId: hash(WHO) }],
  ['no text', {}],
  ['null', { query: null, extensions: null }],
  ['a number', { query: 4711, documentId: 4711 }],
  ['a batch', [{ query: WHO }]],
])('%s is refused', async (_name, body) => {
  const browser = (await start()).openBrowser()
  const answer = await post(browser, body)
  expect(answer).toMatchObject({
    status: 400,
    body: { errors: [{ message: REFUSAL, extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }] },
  })
})

test('subscriptions are bound, too', async () => {
  const service = await start({ TRUSTED_DOCUMENTS_EXCEPT_STAFF: 'true' }, { 'the-watch': WATCH })
  const browser = service.openBrowser()
  const trusted = await openStream(service.url, browser, { query: WATCH })
  expect(await trusted.waitForEnd()).toContain('UNAUTHENTICATED')
  const other = await openStream(service.url, browser, { query: 'subscription { sessionEnded { reason } }' })
  expect(other.status).toBe(400)
})

test("the service's own pages and the kit work beside a manifest that does not have their operations", async () => {
  const browser = (await start()).openBrowser()
  const query =
    'mutation StartTotp { startTotp { __typename ... on TotpSetup { secret uri } ... on Problem { message } } }'
  expect((await post(browser, { query })).text).toContain('UNAUTHENTICATED')
  const without = (await start({ CONSOLE: 'false' })).openBrowser()
  expect((await post(without, { query })).text).toContain(REFUSAL)
})

test('staff may be excepted, and nobody else', async () => {
  const everything = { 'a-who': WHO, 'a-signup': SIGN_UP }
  const service = await start({ TRUSTED_DOCUMENTS_EXCEPT_STAFF: 'true' }, everything)
  const sign = async (email: string) => {
    const browser = service.openBrowser()
    await post(browser, { query: SIGN_UP, variables: { input: { email, password: 'correct horse battery staple' } } })
    return browser
  }
  const [admin, user] = [await sign('admin@example.com'), await sign('user@example.com')]
  await service.db
    .collection('users')
    .updateOne({ emailCanonical: 'admin@example.com' }, { $set: { roles: ['ADMIN'] } })
  const query = '{ users(first: 2) { edges { node { id } } } }'
  expect((await post(admin, { query })).body).toMatchObject({ data: { users: { edges: [{}, {}] } } })
  expect((await post(user, { query })).text).toContain(REFUSAL)
  expect((await post(service.openBrowser(), { query })).text).toContain(REFUSAL)
})

test("Apollo's manifest is read as well", async () => {
  const operations = [{ id: 'who', name: 'Who', type: 'query', body: WHO }]
  const service = await start({}, { format: 'apollo-persisted-query-manifest', version: 1, operations })
  expect((await post(service.openBrowser(), { documentId: 'who' })).body).toEqual({ data: { session: null } })
})

test.each([
  ['no JSON', '{', 'the file is no JSON'],
  ['nothing', {}, 'the file is no manifest of operations by their ids'],
  ['null', 'null', 'the file is no manifest of operations by their ids'],
  ['a list of numbers', { operations: [1] }, 'the file is no manifest of operations by their ids'],
  ['numbers', { a: 1 }, 'the file is no manifest of operations by their ids'],
  ['no GraphQL', { a: '{' }, 'the operation with the id a is no GraphQL'],
  ['a field that is not there', { a: 'query Old { gone }' }, 'the operation Old does not fit the schema'],
])('with a manifest of %s the service does not start, and says why', async (_name, manifest, reason) => {
  await expect(start({}, manifest)).rejects.toThrow(`TRUSTED_DOCUMENTS cannot be used: ${reason}`)
})

test('without the file of TRUSTED_DOCUMENTS the service does not start', async () => {
  await expect(start({ TRUSTED_DOCUMENTS: '/no/such/file.json' })).rejects.toThrow('the file cannot be read (ENOENT)')
})
