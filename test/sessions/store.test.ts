// connect-mongo carries the sessions: its set stores one at a sign-in, its get reads it, its destroy ends it.
import MongoStore from 'connect-mongo'
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { HOURS, SECONDS } from '../../src/units.ts'
import { getSignedInEmail, logIn, logOut } from '../testkit/client.ts'
import { provideService } from '../testkit/fixtures.ts'
import { createIdleUser, type User } from '../testkit/users.ts'

const service = provideService()
let ada: User
beforeEach(async () => {
  ada = await createIdleUser(service())
})

const sessions = () => service().db.collection('sessions')

/** Lets connect-mongo's method do its work, and counts its calls until the end of the test. */
function countCalls(method: 'set' | 'get' | 'destroy'): () => number {
  const spy = vi.spyOn(MongoStore.prototype, method)
  onTestFinished(() => spy.mockRestore())
  return () => spy.mock.calls.length
}

test('a login is stored by one call of connect-mongo’s set, and by nothing else', async () => {
  const countSet = countCalls('set')
  const phone = service().openBrowser()
  await logIn(phone, { email: ada.email })
  expect(countSet()).toBe(1)
  await getSignedInEmail(phone)
  expect(countSet()).toBe(1)
})

test('who is asking is read by connect-mongo’s get, once a request', async () => {
  const countGet = countCalls('get')
  expect(await getSignedInEmail(ada.browser)).toBe(ada.email)
  expect(countGet()).toBe(1)
})

test('a session that connect-mongo does not give is no session', async () => {
  const spy = vi.spyOn(MongoStore.prototype, 'get').mockImplementation((_sid, callback) => callback(null, null))
  onTestFinished(() => spy.mockRestore())
  expect(await getSignedInEmail(ada.browser)).toBeNull()
})

test('a login whose session connect-mongo does not store signs nobody in', async () => {
  const spy = vi.spyOn(MongoStore.prototype, 'set').mockImplementation((_sid, _session, callback) => callback?.(null))
  onTestFinished(() => spy.mockRestore())
  const phone = service().openBrowser()
  await logIn(phone, { email: ada.email })
  expect(await getSignedInEmail(phone)).toBeNull()
})

/** Makes the session document one of the version before, which kept two of the fields beside `session`. */
async function makeOld(userId: string, ended: Date | null): Promise<void> {
  const document = await sessions().findOne({ 'session.userId': userId })
  await sessions().updateOne(
    { 'session.userId': userId },
    {
      $set: { lastSeen: document?.session.lastSeen, ended },
      $unset: { 'session.lastSeen': '', 'session.replacedAt': '' },
    },
  )
}

test('a session of the version before is still signed in, is listed as seen, and ends at a logout', async () => {
  await makeOld(ada.id, null)
  expect(await getSignedInEmail(ada.browser)).toBe(ada.email)
  service().clock.advance(2 * HOURS)
  expect(await getSignedInEmail(ada.browser)).toBe(ada.email)
  service().clock.advance(23 * HOURS)
  expect(await getSignedInEmail(ada.browser)).toBe(ada.email)
  expect((await logOut(ada.browser)).data).toEqual({ ended: true })
  expect(await sessions().countDocuments({ 'session.userId': ada.id })).toBe(0)
})

test('a session that the version before replaced is dead', async () => {
  await makeOld(ada.id, service().clock.now())
  expect(await getSignedInEmail(ada.browser)).toBeNull()
})

test('a session is dead once its stored expires has passed, though its limits have not', async () => {
  const expires = new Date(Date.now() - 1 * SECONDS)
  await sessions().updateOne({ 'session.userId': ada.id }, { $set: { expires } })
  expect(await getSignedInEmail(ada.browser)).toBeNull()
})
