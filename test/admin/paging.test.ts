import fc from 'fast-check'
import { type Document, ObjectId } from 'mongodb'
import { beforeEach, expect, test } from 'vitest'
import type { Browser } from '../testkit/browser.ts'
import { listUsers, type UserPage } from '../testkit/client.ts'
import { provideService } from '../testkit/fixtures.ts'
import { createUser } from '../testkit/users.ts'

const service = provideService()
const users = () => service().db.collection('users')

let staff: Browser
let template: Document

/** Inserts copies of a user with these addresses. */
const insertUsers = (...emails: string[]) =>
  users().insertMany(
    emails.map((email) => ({
      ...template,
      _id: new ObjectId(),
      email,
      emailCanonical: email.toLowerCase(),
      roles: [],
    })),
  )

beforeEach(async () => {
  await users().deleteMany({})
  await service().db.collection('sessions').deleteMany({})
  staff = (await createUser(service(), { email: 'zz-staff@example.com', roles: ['SUPPORT'] })).browser
  template = (await users().findOne()) ?? {}
})

const listEmails = (page: UserPage | undefined) => page?.edges.map(({ node }) => node.email) ?? []

/** Lists every address from the first page to the last one; `between` runs before each next page. */
async function walkPages(first: number, search = '', between: () => Promise<unknown> = async () => {}) {
  const seen: string[] = []
  let after: string | null = null
  for (;;) {
    const { page } = await listUsers(staff, { first, after, search })
    seen.push(...listEmails(page))
    if (!page?.pageInfo.hasNextPage) return seen
    expect(page.edges).toHaveLength(first)
    after = page.pageInfo.endCursor
    await between()
  }
}

test('users are listed by address, ascending, in pages of 20 by default', async () => {
  const emails = Array.from({ length: 25 }, (_, index) => `u${String(index).padStart(2, '0')}@example.com`)
  await insertUsers(...[...emails].reverse())
  expect(await walkPages(7)).toEqual([...emails, 'zz-staff@example.com'])
  const { page } = await listUsers(staff)
  expect(listEmails(page)).toEqual(emails.slice(0, 20))
  const next = await listUsers(staff, { after: page?.pageInfo.endCursor ?? null })
  expect(next.page?.pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: true })
  expect(page?.pageInfo).toEqual({
    hasNextPage: true,
    hasPreviousPage: false,
    startCursor: page?.edges[0]?.cursor,
    endCursor: page?.edges[19]?.cursor,
  })
})

test('the last page says so even when it is full, and an empty page has no cursors', async () => {
  await insertUsers('a@example.com')
  const { page } = await listUsers(staff, { first: 2 })
  expect(page?.pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: false })
  const last = await listUsers(staff, { first: 2, after: page?.pageInfo.endCursor ?? null })
  expect(last.page).toEqual({
    edges: [],
    pageInfo: { hasNextPage: false, hasPreviousPage: true, startCursor: null, endCursor: null },
  })
})

test.each([0, -1, 101, 2 ** 31 - 1])('a page size of %i is BAD_USER_INPUT', async (first) => {
  expect(await listUsers(staff, { first })).toMatchObject({ status: 400, code: 'BAD_USER_INPUT', page: undefined })
})

test('page sizes from 1 to 100 are allowed', async () => {
  await insertUsers(...Array.from({ length: 120 }, (_, index) => `u${index}@example.com`))
  expect((await listUsers(staff, { first: 1 })).page?.edges).toHaveLength(1)
  expect((await listUsers(staff, { first: 100 })).page?.edges).toHaveLength(100)
})

test('a cursor that the service did not make is BAD_USER_INPUT, and is not repeated', async () => {
  const own = (await listUsers(staff)).page?.pageInfo.endCursor ?? ''
  const cursors = ['', 'x', '!!!', `${own}=`, `${own} `, own.slice(1), Buffer.from('user:').toString('base64'), '😀']
  for (const after of [...cursors, Buffer.from('nobody@example.com').toString('base64url'), 'undefined-cursor']) {
    const answer = await listUsers(staff, { after })
    expect([after, answer.status, answer.code]).toEqual([after, 400, 'BAD_USER_INPUT'])
    if (after.length > 3) expect(answer.text).not.toContain(after)
  }
})

test('a cursor outlives its user: the next page starts behind it', async () => {
  await insertUsers('a@example.com', 'b@example.com', 'c@example.com')
  const after = (await listUsers(staff, { first: 2 })).page?.pageInfo.endCursor ?? null
  await users().deleteOne({ emailCanonical: 'b@example.com' })
  expect(listEmails((await listUsers(staff, { first: 1, after })).page)).toEqual(['c@example.com'])
})

test('hasPreviousPage is false once all users before the page are gone', async () => {
  await insertUsers('a@example.com', 'b@example.com')
  const after = (await listUsers(staff, { first: 1 })).page?.pageInfo.endCursor ?? null
  expect((await listUsers(staff, { after })).page?.pageInfo.hasPreviousPage).toBe(true)
  await users().deleteOne({ emailCanonical: 'a@example.com' })
  expect((await listUsers(staff, { after })).page?.pageInfo.hasPreviousPage).toBe(false)
})

test('paging shows each user exactly once, whoever is added or removed meanwhile', async () => {
  const name = fc.stringMatching(/^[a-y][a-z0-9.+_-]{0,5}[a-z0-9]$/).filter((text) => !text.includes('..'))
  const email = name.map((text) => `${text.replace(/[^a-z0-9](?=[^a-z0-9])/g, '')}@example.com`)
  const group = fc.uniqueArray(email, { minLength: 1, maxLength: 12 })
  await fc.assert(
    fc.asyncProperty(group, group, group, fc.integer({ min: 1, max: 5 }), async (stay, leave, come, first) => {
      await users().deleteMany({ emailCanonical: { $ne: 'zz-staff@example.com' } })
      const leaving = leave.filter((one) => !stay.includes(one))
      const coming = come.filter((one) => !stay.includes(one) && !leaving.includes(one))
      await insertUsers(...stay, ...leaving)
      const seen = await walkPages(first, '', async () => {
        const gone = leaving.pop()
        if (gone) await users().deleteOne({ emailCanonical: gone })
        const added = coming.pop()
        if (added) await insertUsers(added)
      })
      expect(seen).toEqual([...new Set(seen)].sort())
      expect(seen).toEqual(expect.arrayContaining([...stay, 'zz-staff@example.com']))
    }),
    { numRuns: 25, verbose: true },
  )
})
