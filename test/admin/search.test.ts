// OWASP ASVS 5.0, 1.2.9: text that is searched for never becomes a pattern.
import fc from 'fast-check'
import { type Document, ObjectId } from 'mongodb'
import { beforeAll, expect, onTestFinished, test } from 'vitest'
import type { Browser } from '../testkit/browser.ts'
import { listUsers, logIn, signUp } from '../testkit/client.ts'
import { createTestDatabase } from '../testkit/database.ts'
import { provideService, startOwnService } from '../testkit/fixtures.ts'
import { startProxy } from '../testkit/mongo/proxy.ts'
import { createUser } from '../testkit/users.ts'

const service = provideService()
const EMAILS = [
  'a.b@example.com',
  'a.*@example.com',
  'a+tag@example.com',
  'aXb@example.com',
  'a^b@example.com',
  'a$b@example.com',
  'a{2}b@example.com',
  'a|b@example.com',
  'a?b@example.com',
  'a_b@example.com',
  "a'b@example.com",
  'ab@example.com',
  'b@xn--bcher-kva.example',
  '~end@example.com',
]

let staff: Browser

const buildDocuments = (template: Document | null, emails: string[]) =>
  emails.map((email) => ({
    ...template,
    ...{ _id: new ObjectId(), email, emailCanonical: email.toLowerCase(), roles: [] },
  }))

beforeAll(async () => {
  staff = (await createUser(service(), { email: 'staff@example.com', roles: ['SUPPORT'] })).browser
  const users = service().db.collection('users')
  await users.insertMany(buildDocuments(await users.findOne(), EMAILS))
})

const search = async (text: string) =>
  (await listUsers(staff, { first: 100, search: text })).page?.edges.map(({ node }) => node.email)

const filterByPrefix = (text: string) =>
  [...EMAILS, 'staff@example.com'].filter((email) => email.toLowerCase().startsWith(text.trim().toLowerCase()))

test.each([
  '',
  'a',
  'A',
  ' a',
  'a.',
  'a.*',
  '.*',
  'a+',
  'a^',
  'a$',
  'a{2}',
  'a|',
  '^a',
  'a?b@',
  'AXB@EXAMPLE.COM',
  '~',
  'zz',
  '(a+)+$',
  '\\',
  '[',
  '%',
])('a search for %j finds the addresses that start with it, letter for letter', async (text) => {
  const found = await search(text)
  expect(new Set(found)).toEqual(new Set(filterByPrefix(text)))
  expect(found).toHaveLength(filterByPrefix(text).length)
})

test('any search text is taken literally', async () => {
  const sign = fc.constantFrom(
    ...'aAbX.*+?^$|[]\\@_~\u0000\ud800😀é\'"'.split(''),
    '{',
    '}',
    '(a',
    ')',
    '{"$ne":null}',
    '.*(a+)+$',
  )
  await fc.assert(
    fc.asyncProperty(fc.array(sign, { maxLength: 5 }), async (signs) => {
      const text = signs.join('')
      expect(new Set(await search(text))).toEqual(new Set(filterByPrefix(text)))
    }),
    { numRuns: 100, verbose: true },
  )
})

test('an object or a list as search text is an error of the request', async () => {
  for (const value of [{ $regex: '.*' }, ['a'], 1, true]) {
    const answer = await staff.gql('query S($search: String) { users(search: $search) { edges { cursor } } }', {
      search: value,
    })
    expect([answer.status, answer.code]).toEqual([400, 'BAD_USER_INPUT'])
  }
})

test('first page, later page and search each read the index, and no more of it than they return', async () => {
  const database = await createTestDatabase()
  onTestFinished(() => database.drop())
  const proxy = await startProxy(database.uri)
  onTestFinished(() => proxy.close())
  const own = await startOwnService({ databaseUri: proxy.uri })
  const browser = own.openBrowser()
  await signUp(browser, { email: 'staff@example.com' })
  const users = database.db.collection('users')
  await users.updateOne({}, { $set: { roles: ['SUPPORT'] } })
  const template = await users.findOne()
  await users.insertMany(
    buildDocuments(
      template,
      Array.from({ length: 2000 }, (_, index) => `u${10_000 + index}@example.com`),
    ),
  )
  await logIn(browser, { email: 'staff@example.com' })

  const after = Buffer.from('user:u11500@example.com').toString('base64url')
  for (const args of [{}, { after }, { search: 'u119' }, { after, search: 'u1' }]) {
    proxy.clear()
    expect((await listUsers(browser, { first: 100, ...args })).page?.edges).toHaveLength(100)
    const finds = proxy.commands.filter(
      ({ command, collection, document }) => command === 'find' && collection === 'users' && document.sort,
    )
    expect(finds.length).toBeGreaterThan(0)
    for (const { document } of finds) {
      const { find, filter, sort, limit } = document
      const plan = await database.db.command({ explain: { find, filter, sort, limit }, verbosity: 'executionStats' })
      const { totalDocsExamined, totalKeysExamined, nReturned } = plan.executionStats
      expect(nReturned).toBeGreaterThan(0)
      // The embedded database names the index, and counts only what it returns.
      expect(totalDocsExamined ?? nReturned).toBeLessThanOrEqual(101)
      expect(totalKeysExamined ?? nReturned).toBeLessThanOrEqual(102)
      expect(JSON.stringify(plan.queryPlanner)).toContain('IXSCAN')
      expect(JSON.stringify(plan.queryPlanner)).not.toMatch(/COLLSCAN|"SORT"/)
    }
  }
})
