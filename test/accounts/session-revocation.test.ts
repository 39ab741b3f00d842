import { expect, test } from 'vitest'
import {
  listSessions,
  reauthenticate,
  revokeAllSessions,
  revokeOtherSessions,
  revokeSession,
} from '../testkit/account.ts'
import { sharedService } from '../testkit/lend.ts'
import { logIn, PASSWORD, whoIs } from '../testkit/people.ts'
import { anotherBrowser, newcomer } from '../testkit/staff.ts'

const service = sharedService()

/** Somebody new with a laptop and a phone, and the handle of the phone's session. */
async function withPhone(email: string) {
  const laptop = await newcomer(service(), email)
  const phone = await anotherBrowser(service(), email)
  const handle = (await listSessions(phone)).find(({ current }) => current)?.id ?? ''
  return { laptop, phone, handle }
}

test('7.5.2: a user ends one of their sessions by its handle, and it is over at once', async () => {
  const { laptop, phone, handle } = await withPhone('ada@example.com')
  const revoked = await revokeSession(laptop, handle)
  expect(revoked.data).toEqual({ __typename: 'SessionsRevoked', count: 1, ids: [handle] })
  expect(revoked.answer.setCookie).toEqual([])
  expect(await Promise.all([laptop, phone].map(whoIs))).toEqual(['ada@example.com', null])
  expect(await listSessions(laptop)).toHaveLength(1)
})

test('ending the current session by its handle clears the cookie', async () => {
  const { laptop, phone, handle } = await withPhone('bea@example.com')
  const { kind, answer } = await revokeSession(phone, handle)
  expect(kind).toBe('SessionsRevoked')
  expect(answer.setCookie).toEqual([
    expect.stringMatching(/^sid=; Path=\/; Expires=Thu, 01 Jan 1970.*; HttpOnly; SameSite=Lax$/),
  ])
  expect(await Promise.all([laptop, phone].map(whoIs))).toEqual(['bea@example.com', null])
})

test('B-41: the session of somebody else, one that has ended and an id of nothing are NotFound with one answer', async () => {
  const { laptop, phone, handle } = await withPhone('cid@example.com')
  const eve = await newcomer(service(), 'eve@example.com')
  const [foreign, unknown, odd] = [
    await revokeSession(eve, handle),
    await revokeSession(eve, '00000000-0000-4000-8000-000000000000'),
    await revokeSession(eve, '{"$ne":null}'),
  ]
  expect(foreign.kind).toBe('NotFound')
  for (const { answer } of [unknown, odd]) {
    expect([answer.status, answer.text]).toEqual([foreign.answer.status, foreign.answer.text])
  }
  expect(await whoIs(phone)).toBe('cid@example.com')
  await revokeSession(laptop, handle)
  expect((await revokeSession(laptop, handle)).answer.text).toBe(foreign.answer.text)
})

test('B-41: neither the cookie’s ID nor its hash is a handle', async () => {
  const { laptop, phone } = await withPhone('dot@example.com')
  const id =
    decodeURIComponent(phone.cookie ?? '')
      .slice(2)
      .split('.')[0] ?? ''
  const documents = await service().db.collection<{ _id: string }>('sessions').find().toArray()
  for (const text of [id, ...documents.map(({ _id }) => _id)]) {
    expect((await revokeSession(laptop, text)).kind).toBe('NotFound')
  }
  expect(await whoIs(phone)).toBe('dot@example.com')
})

test('ending the others leaves the current session under a new cookie value, with its handle', async () => {
  const { laptop, phone, handle } = await withPhone('fay@example.com')
  const tablet = await anotherBrowser(service(), 'fay@example.com')
  const own = (await listSessions(laptop)).find(({ current }) => current)?.id
  const stolen = laptop.clone()
  const others = (await listSessions(laptop)).filter(({ current }) => !current).map(({ id }) => id)
  const { data, answer } = await revokeOtherSessions(laptop)
  expect(data?.count).toBe(2)
  expect(data?.ids).toEqual(expect.arrayContaining(others))
  expect(others).toContain(handle)
  expect(answer.setCookie).toHaveLength(1)
  expect(laptop.cookie).not.toBe(stolen.cookie)
  expect(await Promise.all([laptop, stolen, phone, tablet].map(whoIs))).toEqual(['fay@example.com', null, null, null])
  expect((await listSessions(laptop)).map(({ id, current }) => [id, current])).toEqual([[own, true]])
})

test('ending the others with none there still gives a new cookie value', async () => {
  const gus = await newcomer(service(), 'gus@example.com')
  const before = gus.cookie
  expect((await revokeOtherSessions(gus)).data).toEqual({ __typename: 'SessionsRevoked', count: 0, ids: [] })
  expect(gus.cookie).not.toBe(before)
})

test('ending all ends the current one, too, and clears the cookie; no fresh proof is asked for', async () => {
  const { laptop, phone, handle } = await withPhone('hal@example.com')
  service().clock.advance(601_000)
  const { data, answer } = await revokeAllSessions(laptop)
  expect(data?.count).toBe(2)
  expect(data?.ids).toContain(handle)
  expect(answer.setCookie).toEqual([expect.stringMatching(/^sid=; /)])
  expect(await Promise.all([laptop, phone].map(whoIs))).toEqual([null, null])
  expect((await logIn(laptop, 'hal@example.com')).body.data?.login).toMatchObject({ __typename: 'LoginSuccess' })
})

test('7.2.4: reauthenticate gives a new cookie value for the same session, and the old value is dead', async () => {
  const ida = await newcomer(service(), 'ida@example.com')
  const [before] = await listSessions(ida)
  const stolen = ida.clone()
  service().clock.advance(5000)
  const proved = await reauthenticate(ida, PASSWORD)
  expect(proved.kind).toBe('ReauthenticateSuccess')
  expect(proved.data?.session).toMatchObject({
    id: before?.id,
    createdAt: before?.createdAt,
    authenticatedAt: service().clock.now().toISOString(),
  })
  expect(ida.cookie).not.toBe(stolen.cookie)
  expect(await Promise.all([ida, stolen].map(whoIs))).toEqual(['ida@example.com', null])
})

test('a wrong password to reauthenticate leaves the cookie and the session as they were', async () => {
  const jim = await newcomer(service(), 'jim@example.com')
  const before = jim.cookie
  const [session] = await listSessions(jim)
  service().clock.advance(5000)
  const { kind, answer } = await reauthenticate(jim, 'not the password at all')
  expect([kind, answer.setCookie]).toEqual(['InvalidCredentials', []])
  expect(jim.cookie).toBe(before)
  expect((await listSessions(jim))[0]?.authenticatedAt).toBe(session?.authenticatedAt)
})
