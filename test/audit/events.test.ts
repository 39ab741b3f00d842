// OWASP ASVS 5.0, chapter 16: who did what and when, kept beside the log, without a secret or a whole address.
import { expect, test } from 'vitest'
import type { Browser } from '../testkit/browser.ts'
import {
  changePassword,
  disableUser,
  logIn,
  logOut,
  PASSWORD,
  reauthenticate,
  requireSessionId,
} from '../testkit/client.ts'
import { provideService, startOwnService } from '../testkit/fixtures.ts'
import { startService } from '../testkit/service.ts'
import { runAdmin } from '../testkit/shell.ts'
import { createIdleUser, createUser } from '../testkit/users.ts'
import { waitUntil } from '../testkit/wait.ts'

const service = provideService()

interface Event {
  id: string
  at: string
  kind: string
  reason: string | null
  userId: string | null
  byStaff: boolean
  byUserId: string | null
  sessionId: string | null
  device: { name: string; address: string | null } | null
}
interface Page {
  edges: { cursor: string; node: Event }[]
  pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; endCursor: string | null }
}

const EVENTS = `{ edges { cursor node { id at kind reason userId byStaff byUserId sessionId device { name address } } }
  pageInfo { hasNextPage hasPreviousPage endCursor } }`

async function readActivity(browser: Browser, args = ''): Promise<Event[]> {
  const { body, text } = await browser.gql<{ activity: Page | null }>(`{ activity${args} ${EVENTS} }`)
  if (!body.data?.activity) throw new Error(text)
  return body.data.activity.edges.map(({ node }) => node)
}

const listEvents = (browser: Browser, filter: object = {}, page: { first?: number; after?: string | null } = {}) =>
  browser.gql<{ events: Page | null }>(
    `query ($first: Int!, $after: String, $filter: SecurityEventFilter) {
      events(first: $first, after: $after, filter: $filter) ${EVENTS} }`,
    { first: 100, after: null, ...page, filter },
  )

test('a user sees what happened to their account, the newest first', async () => {
  const user = await createUser(service())
  const { browser } = user
  await logIn(service().openBrowser(), { email: user.email, password: 'not the password' })
  await reauthenticate(browser)
  await changePassword(browser)
  const session = await requireSessionId(browser)
  await waitUntil(async () => expect(await readActivity(browser)).toHaveLength(4))
  const events = await readActivity(browser)
  expect(events.map(({ kind }) => kind).sort()).toEqual([
    'login.failed',
    'password.changed',
    'reauthentication.succeeded',
    'signup.succeeded',
  ])
  expect(events.find(({ kind }) => kind === 'login.failed')).toMatchObject({ reason: 'credentials', byStaff: false })
  expect(events.find(({ kind }) => kind === 'reauthentication.succeeded')).toMatchObject({
    sessionId: session,
    device: { address: '127.0.0.0' },
  })
  expect(events.every(({ userId }) => userId === user.id)).toBe(true)
})

test('nobody sees the activity of others, and an operator is not named in it', async () => {
  const admin = await createUser(service(), { roles: ['ADMIN'] })
  const user = await createUser(service())
  await disableUser(admin.browser, { id: user.id })
  await admin.browser.gql('mutation ($id: ID!) { enableUser(id: $id) { __typename } }', { id: user.id })
  const browser = await user.logInElsewhere()
  const disabled = (await readActivity(browser)).find(({ kind }) => kind === 'user.disabled')
  expect(disabled).toMatchObject({ byStaff: true, byUserId: null })
  expect((await readActivity(admin.browser)).some(({ kind }) => kind === 'user.disabled')).toBe(false)
  const { body } = await listEvents(admin.browser, { byUserId: admin.id, kind: 'user.disabled' })
  expect(body.data?.events?.edges.map(({ node }) => node.userId)).toEqual([user.id])
})

test('only who has audit:read lists all events', async () => {
  const support = await createUser(service(), { roles: ['SUPPORT'] })
  expect((await listEvents(support.browser)).code).toBe('FORBIDDEN')
})

test('events are filtered by user, session, kind and time, and come in pages without gap or repetition', async () => {
  const own = await startOwnService()
  const admin = await createUser(own, { roles: ['ADMIN'] })
  const user = await createUser(own)
  const start = own.clock.now()
  for (let round = 0; round < 12; round += 1) {
    const browser = await user.logInElsewhere()
    own.clock.advance(1000 * (round % 3))
    await logOut(browser)
  }
  const filter = { userId: user.id, since: start.toISOString() }
  const all = (await listEvents(admin.browser, filter)).body.data?.events?.edges.map(({ node }) => node) ?? []
  const seen: string[] = []
  let after: string | null = null
  for (;;) {
    const page: Page | null | undefined = (await listEvents(admin.browser, filter, { first: 5, after })).body.data
      ?.events
    seen.push(...(page?.edges.map(({ node }) => node.id) ?? []))
    if (!page?.pageInfo.hasNextPage) break
    after = page.pageInfo.endCursor
  }
  expect(seen).toEqual(all.map(({ id }) => id))
  expect(all.filter(({ kind }) => kind === 'logout')).toHaveLength(12)
  const times = all.map(({ at }) => at)
  expect(times).toEqual(times.toSorted().toReversed())
  const [logout] = all.filter(({ kind }) => kind === 'logout')
  const session = (await listEvents(admin.browser, { sessionId: logout?.sessionId })).body.data?.events?.edges
  expect(session?.map(({ node }) => node.kind)).toEqual(['logout', 'login.succeeded'])
  const early = (await listEvents(admin.browser, { until: start.toISOString(), userId: user.id })).body.data?.events
  expect(early?.edges).toEqual([])
})

test.each([
  ['activity(first: 0)', 'first must be from 1 to 100.'],
  ['activity(first: 101)', 'first must be from 1 to 100.'],
  ['activity(after: "x")', 'after must be a cursor of this list.'],
])('%s is refused', async (field, message) => {
  const { browser } = await createUser(service())
  const { body } = await browser.gql(`{ ${field} { edges { cursor } } }`)
  expect(body.errors?.[0]).toMatchObject({ message, extensions: { code: 'BAD_USER_INPUT' } })
})

test('the event of a change is kept before the change is acknowledged', async () => {
  const user = await createIdleUser(service())
  const browser = await user.logInElsewhere()
  const events = service().db.collection('events')
  const count = () => events.countDocuments({ userId: user.id })
  expect(await count()).toBe(2)
  await reauthenticate(browser)
  expect(await count()).toBe(3)
  await logOut(browser)
  expect(await count()).toBe(4)
})

test('events hold no secret, outlive their user, and are part of an export', async () => {
  const own = await startOwnService()
  const user = await createIdleUser(own)
  await logIn(own.openBrowser(), { email: user.email, password: 'a wrong canary' })
  const exported = await user.browser.get('/account/export')
  expect(exported.text).toContain('"signup.succeeded"')
  await user.browser.gql('mutation { deleteAccount { __typename } }')
  const kept = await own.db.collection('events').find({ userId: user.id }).toArray()
  expect(kept.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['signup.succeeded', 'user.deleted']))
  const text = JSON.stringify(await own.db.collection('events').find().toArray())
  for (const secret of [PASSWORD, 'canary', user.email, '127.0.0.1']) expect(text).not.toContain(secret)
})

test('AUDIT_RETENTION sets how long events are kept, and can change', async () => {
  const own = await startOwnService({ settings: { AUDIT_RETENTION: '30d' } })
  const find = async () =>
    (await own.db.collection('events').indexes()).find(({ key }) => 'at' in key && Object.keys(key).length === 1)
  expect((await find())?.expireAfterSeconds).toBe(30 * 86_400)
  const other = await startService({ databaseUri: own.databaseUri, settings: { AUDIT_RETENTION: '7d' } })
  expect((await find())?.expireAfterSeconds).toBe(7 * 86_400)
  await other.close()
})

test('the shell lists events for auditors, its own too', async () => {
  const own = await startOwnService()
  const user = await createUser(own)
  const settings = { DATA_DIR: own.dataDir, MONGODB_URI: own.databaseUri }
  await runAdmin(settings, ['disable', user.email])
  const { out } = await runAdmin(settings, ['events', '--since', '7d', '--json'])
  const events = out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(events[0]).toMatchObject({ kind: 'user.disabled', userId: user.id, byStaff: true, byUserId: null })
  expect((await runAdmin(settings, ['events'])).out).toContain(`\tsignup.succeeded\t-\t${user.id}\t`)
  expect((await runAdmin(settings, ['events', '--since', 'yesterday'])).code).toBe(1)
})
