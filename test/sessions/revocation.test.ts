// OWASP ASVS 5.0, 7.5.2 (users end their sessions) and 7.2.4 (a new cookie value at reauthentication).
import { expect, test } from 'vitest'
import {
  getSignedInEmail,
  listSessions,
  logIn,
  reauthenticate,
  revokeAllSessions,
  revokeOtherSessions,
  revokeSession,
} from '../testkit/client.ts'
import { provideService } from '../testkit/fixtures.ts'
import { createUser, openSignedInBrowser } from '../testkit/users.ts'

const service = provideService()

/** Signs up a user with a laptop and a phone, and returns the id of the phone's session. */
async function signUpWithPhone(email: string) {
  const { browser: laptop } = await createUser(service(), { email })
  const phone = await openSignedInBrowser(service(), { email })
  const handle = (await listSessions(phone)).find(({ current }) => current)?.id ?? ''
  return { laptop, phone, handle }
}

test('a user ends one of their sessions by its id, and it is over at once', async () => {
  const { laptop, phone, handle } = await signUpWithPhone('ada@example.com')
  const revoked = await revokeSession(laptop, { id: handle })
  expect(revoked.data).toEqual({ __typename: 'SessionsRevoked', count: 1, ids: [handle] })
  expect(revoked.setCookie).toEqual([])
  expect(await Promise.all([laptop, phone].map(getSignedInEmail))).toEqual(['ada@example.com', null])
  expect(await listSessions(laptop)).toHaveLength(1)
})

test('revoking the current session clears the cookie', async () => {
  const { laptop, phone, handle } = await signUpWithPhone('bea@example.com')
  const { kind, setCookie } = await revokeSession(phone, { id: handle })
  expect(kind).toBe('SessionsRevoked')
  expect(setCookie).toEqual([
    expect.stringMatching(/^sid=; Path=\/; Expires=Thu, 01 Jan 1970.*; HttpOnly; SameSite=Lax$/),
  ])
  expect(await Promise.all([laptop, phone].map(getSignedInEmail))).toEqual(['bea@example.com', null])
})

test('the session of another user, one that has ended and an unknown id are NotFound with one answer', async () => {
  const { laptop, phone, handle } = await signUpWithPhone('cid@example.com')
  const { browser: eve } = await createUser(service(), { email: 'eve@example.com' })
  const [foreign, unknown, odd] = [
    await revokeSession(eve, { id: handle }),
    await revokeSession(eve, { id: '00000000-0000-4000-8000-000000000000' }),
    await revokeSession(eve, { id: '{"$ne":null}' }),
  ]
  expect(foreign.kind).toBe('NotFound')
  for (const { status, text } of [unknown, odd]) {
    expect([status, text]).toEqual([foreign.status, foreign.text])
  }
  expect(await getSignedInEmail(phone)).toBe('cid@example.com')
  await revokeSession(laptop, { id: handle })
  expect((await revokeSession(laptop, { id: handle })).text).toBe(foreign.text)
})

test('neither the id in the cookie nor its hash revokes a session', async () => {
  const { laptop, phone } = await signUpWithPhone('dot@example.com')
  const id =
    decodeURIComponent(phone.cookie ?? '')
      .slice(2)
      .split('.')[0] ?? ''
  const documents = await service().db.collection<{ _id: string }>('sessions').find().toArray()
  for (const text of [id, ...documents.map(({ _id }) => _id)]) {
    expect((await revokeSession(laptop, { id: text })).kind).toBe('NotFound')
  }
  expect(await getSignedInEmail(phone)).toBe('dot@example.com')
})

test('revoking the other sessions keeps the current one, with its id and a new cookie value', async () => {
  const { laptop, phone, handle } = await signUpWithPhone('fay@example.com')
  const tablet = await openSignedInBrowser(service(), { email: 'fay@example.com' })
  const own = (await listSessions(laptop)).find(({ current }) => current)?.id
  const stolen = laptop.clone()
  const others = (await listSessions(laptop)).filter(({ current }) => !current).map(({ id }) => id)
  const { data, setCookie } = await revokeOtherSessions(laptop)
  expect(data?.count).toBe(2)
  expect(data?.ids).toEqual(expect.arrayContaining(others))
  expect(others).toContain(handle)
  expect(setCookie).toHaveLength(1)
  expect(laptop.cookie).not.toBe(stolen.cookie)
  expect(await Promise.all([laptop, stolen, phone, tablet].map(getSignedInEmail))).toEqual([
    'fay@example.com',
    null,
    null,
    null,
  ])
  expect((await listSessions(laptop)).map(({ id, current }) => [id, current])).toEqual([[own, true]])
})

test('revoking the other sessions gives a new cookie value even where there are none', async () => {
  const { browser: gus } = await createUser(service(), { email: 'gus@example.com' })
  const before = gus.cookie
  expect((await revokeOtherSessions(gus)).data).toEqual({ __typename: 'SessionsRevoked', count: 0, ids: [] })
  expect(gus.cookie).not.toBe(before)
})

test('revoking all sessions ends the current one, too, clears the cookie, and needs no recent authentication', async () => {
  const { laptop, phone, handle } = await signUpWithPhone('hal@example.com')
  service().clock.advance(601_000)
  const { data, setCookie } = await revokeAllSessions(laptop)
  expect(data?.count).toBe(2)
  expect(data?.ids).toContain(handle)
  expect(setCookie).toEqual([expect.stringMatching(/^sid=; /)])
  expect(await Promise.all([laptop, phone].map(getSignedInEmail))).toEqual([null, null])
  expect((await logIn(laptop, { email: 'hal@example.com' })).data).toMatchObject({ __typename: 'LoginSuccess' })
})

test('reauthenticate gives a new cookie value for the same session, and the old value is dead', async () => {
  const { browser: ida } = await createUser(service(), { email: 'ida@example.com' })
  const [before] = await listSessions(ida)
  const stolen = ida.clone()
  service().clock.advance(5000)
  const proved = await reauthenticate(ida)
  expect(proved.kind).toBe('ReauthenticateSuccess')
  expect(proved.data?.session).toMatchObject({
    id: before?.id,
    createdAt: before?.createdAt,
    authenticatedAt: service().clock.now().toISOString(),
  })
  expect(ida.cookie).not.toBe(stolen.cookie)
  expect(await Promise.all([ida, stolen].map(getSignedInEmail))).toEqual(['ida@example.com', null])
})

test('reauthenticate with a wrong password leaves the cookie and the session as they were', async () => {
  const { browser: jim } = await createUser(service(), { email: 'jim@example.com' })
  const before = jim.cookie
  const [session] = await listSessions(jim)
  service().clock.advance(5000)
  const { kind, setCookie } = await reauthenticate(jim, { password: 'not the password at all' })
  expect([kind, setCookie]).toEqual(['InvalidCredentials', []])
  expect(jim.cookie).toBe(before)
  expect((await listSessions(jim))[0]?.authenticatedAt).toBe(session?.authenticatedAt)
})
