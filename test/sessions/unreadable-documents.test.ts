import type { Document } from 'mongodb'
import { beforeEach, expect, test } from 'vitest'
import { getSignedInEmail, listSessions, logIn, logOut } from '../testkit/client.ts'
import { provideProxiedService } from '../testkit/fixtures.ts'
import { createIdleUser, type User } from '../testkit/users.ts'

const service = provideProxiedService()
let ada: User
beforeEach(async () => {
  ada = await createIdleUser(service())
})

/** Changes that make a session document unreadable. */
const CHANGES: Record<string, Document> = {
  'text instead of a session, as connect-mongo writes by default': { $set: { session: '{"cookie":{}}' } },
  'text that is no JSON': { $set: { session: '{"userId":' } },
  'bytes, as of a session encrypted with another key': { $set: { session: Buffer.from('a3f0', 'hex') } },
  'a session that is null': { $set: { session: null } },
  'a session that is a list': { $set: { session: [] } },
  'no session at all': { $unset: { session: '' } },
  'no cookie': { $unset: { 'session.cookie': '' } },
  'no user': { $unset: { 'session.userId': '' } },
  'a user that is an object': { $set: { 'session.userId': { $gt: '' } } },
  'no generation': { $unset: { 'session.generation': '' } },
  'a generation that is null': { $set: { 'session.generation': null } },
  'no handle': { $unset: { 'session.handle': '' } },
  'no creation time': { $unset: { 'session.createdAt': '' } },
  'a creation time that is text': { $set: { 'session.createdAt': '2026-01-01T00:00:00.000Z' } },
  'an authentication time that is a number': { $set: { 'session.authenticatedAt': 1_700_000_000_000 } },
  'text for when it was last seen': { $set: { 'session.lastSeen': '2026-01-01T00:00:00.000Z' } },
  'no last seen': { $unset: { 'session.lastSeen': '' } },
  'text for when it was replaced': { $set: { 'session.replacedAt': 'yesterday' } },
  'text for whether it is remembered': { $set: { 'session.remembered': 'yes' } },
  'no device': { $unset: { 'session.device': '' } },
  'a device of numbers': { $set: { 'session.device': { userAgent: { a: 1 }, address: 7 } } },
}

const countUnreadable = () => service().log.filter(({ event }) => event === 'session.unreadable').length

for (const [name, change] of Object.entries(CHANGES)) {
  test(`a session document with ${name} means signed out, is removed, and is logged once`, async () => {
    const sessions = service().db.collection('sessions')
    const document = await sessions.findOne({ 'session.userId': ada.id })
    const _id = document?._id as never
    await sessions.updateOne({ _id }, change)
    const before = countUnreadable()
    const answer = await ada.browser.gql('{ session { id device { userAgent name address } } me { id } }')
    expect(answer).toMatchObject({
      status: 200,
      code: 'UNAUTHENTICATED',
      body: { data: { session: null, me: null } },
    })
    expect(await getSignedInEmail(ada.browser)).toBeNull()
    expect(await sessions.countDocuments({ _id })).toBe(0)
    expect(countUnreadable() - before).toBe(1)

    await logIn(ada.browser, { email: ada.email })
    expect(await getSignedInEmail(ada.browser)).toBe(ada.email)
  })
}

test('login and logout work with the cookie of an unreadable session document', async () => {
  const phone = await ada.logInElsewhere()
  await service()
    .db.collection('sessions')
    .updateMany({ 'session.userId': ada.id }, { $set: { session: 'x' } })
  expect((await logOut(phone)).body.data?.logout).toEqual({ ended: false })
  expect(phone.cookie).toBeUndefined()
  expect((await logIn(ada.browser, { email: ada.email })).kind).toBe('LoginSuccess')
  expect(await getSignedInEmail(ada.browser)).toBe(ada.email)
})

test('an unreadable session document does not affect the list of the others', async () => {
  const phone = await ada.logInElsewhere()
  await service()
    .db.collection('sessions')
    .updateOne({ 'session.userId': ada.id }, { $set: { 'session.createdAt': 'long ago' } })
  const signedIn = (await getSignedInEmail(phone)) ? phone : ada.browser
  expect(await listSessions(signedIn)).toHaveLength(1)
})
