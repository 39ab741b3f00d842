// OWASP ASVS 5.0, 7.1.2: the number of parallel sessions of a user is limited.
import { beforeEach, expect, test } from 'vitest'
import { MINUTES, SECONDS } from '../../src/units.ts'
import {
  getSignedInEmail,
  listSessions,
  logIn,
  requireSessionId,
  revokeAllSessions,
  revokeSession,
} from '../testkit/client.ts'
import { provideProxiedService } from '../testkit/fixtures.ts'
import { createIdleUser, type User } from '../testkit/users.ts'

const service = provideProxiedService()
let ada: User
beforeEach(async () => {
  ada = await createIdleUser(service())
})

/** Inserts copies of the user's session, each with ids of its own. */
async function plant(count: number, change: (n: number) => { lastSeen: Date; generation?: string }) {
  const sessions = service().db.collection<{ _id: string }>('sessions')
  const document = await sessions.findOne({ 'session.userId': ada.id })
  if (!document) throw new Error('Nobody is signed in.')
  const { session, ...rest } = document as typeof document & { session: object }
  const planted = Array.from({ length: count }, (_, n) => {
    const { lastSeen, generation } = change(n)
    const changed = { ...session, handle: `planted-${n}`, lastSeen, ...(generation ? { generation } : {}) }
    return { ...rest, _id: `planted-${ada.id}-${n}`, session: changed }
  })
  await sessions.insertMany(planted)
}

const subtractFromNow = (ms: number) => new Date(service().clock.now().getTime() - ms)
const countDocuments = () => service().db.collection('sessions').countDocuments({ 'session.userId': ada.id })

test('the fifty-first login ends the least recently used session, never the new one', async () => {
  await plant(49, (n) => ({ lastSeen: subtractFromNow((n + 1) * SECONDS) }))
  const phone = await ada.logInElsewhere()
  expect(await countDocuments()).toBe(50)
  const handles = (await listSessions(phone)).map(({ id }) => id)
  expect(handles).toHaveLength(50)
  expect(handles).toContain(await requireSessionId(phone))
  expect(handles).not.toContain('planted-48')
  expect(handles).toContain('planted-47')
  expect(await getSignedInEmail(ada.browser)).toBe(ada.email)
})

test('each further login ends one session, the least recently used first', async () => {
  await plant(49, (n) => ({ lastSeen: subtractFromNow(-(n + 1) * SECONDS) }))
  service().clock.advance(MINUTES)
  const browsers = [await ada.logInElsewhere(), await ada.logInElsewhere(), await ada.logInElsewhere()]
  expect(await getSignedInEmail(ada.browser)).toBeNull()
  for (const browser of browsers) expect(await getSignedInEmail(browser)).toBe(ada.email)
  expect(await countDocuments()).toBe(50)
})

test('the new session stays though all others claim to have been used later', async () => {
  await plant(60, (n) => ({ lastSeen: subtractFromNow(-(n + 1) * MINUTES) }))
  const phone = await ada.logInElsewhere()
  expect(await getSignedInEmail(phone)).toBe(ada.email)
  expect(await countDocuments()).toBe(50)
})

test('sessions of an earlier generation push no live session out', async () => {
  service().clock.advance(SECONDS)
  await plant(60, (n) => ({ lastSeen: subtractFromNow(n), generation: 'an earlier one' }))
  const phone = await ada.logInElsewhere()
  expect(await getSignedInEmail(ada.browser)).toBe(ada.email)
  expect(await listSessions(phone)).toHaveLength(2)
})

test('with ten thousand planted documents, list, revocation and login stay right', async () => {
  await plant(10_000, (n) => ({ lastSeen: subtractFromNow(n) }))
  const listed = await listSessions(ada.browser)
  expect(listed).toHaveLength(50)
  const times = listed.map(({ lastSeenAt }) => lastSeenAt)
  expect(times).toEqual([...times].sort().reverse())

  const other = listed.find(({ current }) => !current)?.id ?? ''
  expect((await revokeSession(ada.browser, { id: other })).data).toMatchObject({ count: 1, ids: [other] })
  expect((await listSessions(ada.browser)).map(({ id }) => id)).not.toContain(other)

  const phone = await ada.logInElsewhere()
  expect(await getSignedInEmail(phone)).toBe(ada.email)
  expect((await revokeAllSessions(phone)).data).toMatchObject({
    __typename: 'SessionsRevoked',
  })
  expect(await countDocuments()).toBe(0)
  expect(await getSignedInEmail(ada.browser)).toBeNull()
  await logIn(phone, { email: ada.email })
  expect(await listSessions(phone)).toHaveLength(1)
})
