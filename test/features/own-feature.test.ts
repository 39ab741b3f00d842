// A clone's own feature, as the README describes it, in the built service in a directory of its own.
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import { openBrowser } from '../testkit/browser.ts'
import { logIn, PASSWORD, signUp } from '../testkit/client.ts'
import { copyWithoutExample, ROOT } from '../testkit/clone.ts'
import { createTestDatabase } from '../testkit/database.ts'
import { startProxy } from '../testkit/mongo/proxy.ts'
import { provideProcess, serveProcess, spawnService } from '../testkit/process.ts'
import { readSnippets, writeSnippets } from '../testkit/readme.ts'
import { waitUntil } from '../testkit/wait.ts'

const SDL = `
extend type Query {
  "Whose invoices they are."
  invoicesOf: String @authenticated
}
`

const FEATURE = `
import express from 'express'
export default ({ collection, requireUser }) => {
  const router = express.Router()
  router.get('/', requireUser(), (request, response) => void response.json({ id: request.viewer.user.id }))
  router.get('/fresh', requireUser({ maxAge: 0 }), (_request, response) => void response.json({}))
  router.get('/broken', () => { throw new Error('a secret') })
  return {
    indexes: [{ collection: 'invoices', indexes: [{ key: { number: 1 }, options: { unique: true } }] }],
    resolvers: { Query: { invoicesOf: async (_parent, _args, { viewer }) => {
      await collection('invoices').insertOne({ number: 1 })
      return viewer.user.email
    } } },
    route: { path: '/invoices', router },
  }
}
`

/** Adds the source without the example to such a copy. */
function copySource(clone: string): void {
  for (const name of ['src', 'codegen.ts', 'tsconfig.json', '.biome.json', '.gitignore'])
    cpSync(join(ROOT, name), join(clone, name), { recursive: true })
  rmSync(join(clone, 'src/features/notes'), { recursive: true })
}

/** The service without its example, and with a folder that holds no feature. */
const bare = provideProcess((onEnd) => {
  const clone = copyWithoutExample(onEnd)
  mkdirSync(join(clone, 'dist/features/empty'))
  return { main: join(clone, 'dist/main.js') }
})

test('removing the two folders of the example removes it, and all else works as before', async () => {
  const browser = openBrowser(await bare().listening)
  await signUp(browser)
  expect(await browser.gql('{ me { email } }')).toMatchObject({ body: { data: { me: { email: 'ada@example.com' } } } })
  expect((await browser.gql('{ publishedNotes { id } }')).code).toBe('GRAPHQL_VALIDATION_FAILED')
})

test('a feature of a clone is found by its folder: its guarded field, its index and its route', async () => {
  const clone = copyWithoutExample()
  for (const path of ['schema/app', 'dist/features/invoices']) mkdirSync(join(clone, path), { recursive: true })
  writeFileSync(join(clone, 'schema/app/invoice.graphql'), SDL)
  writeFileSync(join(clone, 'dist/features/invoices/feature.js'), FEATURE)
  const { browser } = await serveProcess({ main: join(clone, 'dist/main.js') })

  expect((await browser.gql('{ invoicesOf }')).code).toBe('UNAUTHENTICATED')
  const stranger = await browser.get('/invoices')
  expect(stranger).toMatchObject({ status: 401, body: { errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] } })

  const signup = await signUp(browser)
  const id = signup.data?.user?.id
  expect(await browser.get('/invoices')).toMatchObject({ status: 200, body: { id }, setCookie: [] })
  expect(await browser.get('/invoices/fresh')).toMatchObject({
    status: 403,
    body: { errors: [{ extensions: { code: 'REAUTHENTICATION_REQUIRED', maxAge: 0 } }] },
  })
  const broken = await browser.get('/invoices/broken')
  expect(broken).toMatchObject({ status: 500, body: { errors: [{ extensions: { code: 'INTERNAL_SERVER_ERROR' } }] } })
  expect(broken.text).not.toContain('secret')
  expect((await browser.gql('{ invoicesOf }')).body.data).toEqual({ invoicesOf: 'ada@example.com' })
  // The second insert violates the unique index.
  expect((await browser.gql('{ invoicesOf }')).body.data).toEqual({ invoicesOf: null })
  expect((await logIn(browser)).status).toBe(200)
})

test('the feature of the README compiles as printed, and serves its field and its route', async () => {
  const clone = copyWithoutExample()
  copySource(clone)
  writeSnippets(clone, readSnippets('Add your own'))
  const run = (tool: string, ...words: string[]) =>
    promisify(execFile)(join(ROOT, 'node_modules/.bin', tool), words, { cwd: clone })
  await run('graphql-codegen', '--config', 'codegen.ts')
  await Promise.all([
    run('tsc', '-p', 'tsconfig.json'),
    run('vite', 'build', '--config', 'src/vite.config.ts'),
    run('biome', 'check', '--config-path=.biome.json', 'src/features', 'schema/app'),
  ])

  const { browser } = await serveProcess({ main: join(clone, 'dist/main.js') })
  expect((await browser.gql('{ myInvoices { id cents } }')).code).toBe('UNAUTHENTICATED')
  expect((await browser.get('/invoices.json')).status).toBe(401)
  await signUp(browser)
  expect((await browser.gql('{ myInvoices { id cents } }')).body.data).toEqual({ myInvoices: [] })
  await browser.gql('mutation ($input: SignupInput!) { signup(input: $input) { __typename } }', {
    input: { email: 'grace@example.com', password: PASSWORD, company: ' Example Works ' },
  })
  expect((await browser.gql('{ me { company } }')).body.data).toEqual({ me: { company: 'Example Works' } })
  expect(await browser.get('/invoices.json')).toMatchObject({ status: 200, body: [] })
})

const HUNG_SDL = 'extend type Query { "Counts three times." counted: Int @authenticated }'
const HUNG_FEATURE = `
export default ({ collection }) => ({
  resolvers: { Query: { counted: async () => {
    let answers = 0
    for (let n = 0; n < 3; n += 1) await collection('things').countDocuments({}).then(() => { answers += 1 }, () => {})
    return answers
  } } },
})
`

test('a resolver that catches three reads of a hung database is answered within 5 s', async () => {
  const clone = copyWithoutExample()
  for (const path of ['schema/app', 'dist/features/things']) mkdirSync(join(clone, path), { recursive: true })
  writeFileSync(join(clone, 'schema/app/thing.graphql'), HUNG_SDL)
  writeFileSync(join(clone, 'dist/features/things/feature.js'), HUNG_FEATURE)
  const database = await createTestDatabase()
  const proxy = await startProxy(database.uri)
  onTestFinished(() => proxy.close())
  onTestFinished(() => database.drop())
  const { browser } = await serveProcess({ main: join(clone, 'dist/main.js'), settings: { MONGODB_URI: proxy.uri } })
  await signUp(browser)
  expect((await browser.gql('{ counted }')).body.data).toEqual({ counted: 3 })
  const gates = [1, 2, 3].map(() => proxy.hold({ command: 'aggregate', collection: 'things' }))
  const start = performance.now()
  await browser.gql('{ counted }')
  expect(performance.now() - start).toBeLessThan(5000)
  for (const gate of gates) gate.release()
})

test.each([
  ['collection', `{ indexes: [{ collection: 'things', indexes: [] }] }`, 'the collection things'],
  ['path', `{ route: { path: '/things', router: (_request, _response, next) => next() } }`, 'the path /things'],
])('two features that claim one %s are refused by name', async (_noun, feature, claim) => {
  const clone = copyWithoutExample()
  for (const name of ['left', 'right']) {
    mkdirSync(join(clone, `dist/features/${name}`), { recursive: true })
    writeFileSync(join(clone, `dist/features/${name}/feature.js`), `export default () => (${feature})`)
  }
  const service = spawnService({ main: join(clone, 'dist/main.js') })
  expect(await service.ended).toBe(1)
  expect(service.errors).toContain(`Two features claim ${claim}: left and right.`)
})

test('two SDL files that define one type, and a feature that cannot be loaded, are refused by name', async () => {
  const clone = copyWithoutExample()
  mkdirSync(join(clone, 'schema/app'), { recursive: true })
  for (const name of ['left', 'right'])
    writeFileSync(join(clone, `schema/app/${name}.graphql`), '"A thing." type Thing { "Its id." id: ID! }')
  const clashing = spawnService({ main: join(clone, 'dist/main.js') })
  expect(await clashing.ended).toBe(1)
  expect(clashing.errors).toMatch(/Thing.*left\.graphql.*right\.graphql/)
  rmSync(join(clone, 'schema/app/right.graphql'))
  mkdirSync(join(clone, 'dist/features/broken'))
  writeFileSync(join(clone, 'dist/features/broken/feature.js'), `throw new Error('no table')`)
  const broken = spawnService({ main: join(clone, 'dist/main.js') })
  expect(await broken.ended).toBe(1)
  expect(broken.errors).toContain('The feature in src/features/broken cannot be loaded: no table')
})

test('SDL that does not parse is refused with its file and line', async () => {
  const clone = copyWithoutExample()
  mkdirSync(join(clone, 'schema/app'), { recursive: true })
  writeFileSync(join(clone, 'schema/app/thing.graphql'), '"A thing."\ntype Thing {\n  id ID!\n}\n')
  const service = spawnService({ main: join(clone, 'dist/main.js') })
  expect(await service.ended).toBe(1)
  expect(service.errors).toContain('app/thing.graphql, line 3: ')
})

test('a folder without a feature is ignored', async () => {
  const browser = openBrowser(await bare().listening)
  expect((await browser.gql('{ session { id } }')).body.data).toEqual({ session: null })
})

test('a feature with a field without a guard refuses to start, and the field is named', async () => {
  const clone = copyWithoutExample()
  mkdirSync(join(clone, 'schema/app'))
  writeFileSync(join(clone, 'schema/app/invoice.graphql'), SDL.replace(' @authenticated', ''))
  await expect(serveProcess({ main: join(clone, 'dist/main.js') })).rejects.toThrow('Query.invoicesOf')
})

test('npm run dev serves, and generates the types again when the schema changes', async () => {
  const clone = copyWithoutExample()
  copySource(clone)
  mkdirSync(join(clone, 'schema/app'))
  writeFileSync(join(clone, 'schema/app/invoice.graphql'), '')
  const { PATH, HOME } = process.env
  const dev = spawn('npm', ['run', 'dev'], {
    env: { PATH, HOME, PORT: '0', DATA_DIR: join(clone, '.data') },
    cwd: clone,
    detached: true,
  })
  const ended = once(dev, 'close')
  onTestFinished(async () => {
    process.kill(-(dev.pid ?? 0), 'SIGKILL')
    await ended
  })
  const output: string[] = []
  const said = () => output.join('')
  for (const stream of [dev.stdout, dev.stderr]) stream.on('data', (text) => output.push(String(text)))
  await waitUntil(() => expect(said()).toMatch(/process\.listening[\s\S]*Watching|Watching[\s\S]*process\.listening/))

  writeFileSync(join(clone, 'schema/app/invoice.graphql'), SDL)
  const types = () => readFileSync(join(clone, 'src/graphql/generated.ts'), 'utf8')
  await waitUntil(() => expect(types()).toContain('invoicesOf'))
  await waitUntil(() => expect(said()).toContain('Query.invoicesOf has no resolver'))
})
