// What a request costs the database, and when a session counts as used.
import type { Document } from 'mongodb'
import { beforeEach, expect, test } from 'vitest'
import { HOURS, MINUTES, SECONDS } from '../../src/units.ts'
import { findSession, getSignedInEmail, logIn, logOut, queryMe } from '../testkit/client.ts'
import { provideProxiedService, startOwnProxiedService } from '../testkit/fixtures.ts'
import { listCommands } from '../testkit/mongo/proxied-service.ts'
import { createIdleUser, type User } from '../testkit/users.ts'

const service = provideProxiedService()
let ada: User
beforeEach(async () => {
  ada = await createIdleUser(service())
  service().proxy.clear()
})

const listAsked = () => listCommands(service().proxy.commands, 'sessions', 'users')
const READS = ['find sessions', 'find users']

test('me reads two documents and writes none', async () => {
  await queryMe(ada.browser)
  expect(listAsked()).toEqual(READS)
})

test('several fields in one request read them once', async () => {
  await ada.browser.gql('{ me { email firstName roles } session { id scopes user { email } } again: me { id } }')
  expect(listAsked()).toEqual(READS)
})

test('a request without a session does not touch the database, with no cookie, a bad one or a foreign one', async () => {
  const anonymous = service().openBrowser()
  for (const cookie of [undefined, 'x', 's:', 's%3Aabc.def', `${ada.browser.cookie}x`, 'j%3A%7B%7D', '%E0%A4%A']) {
    if (cookie !== undefined) anonymous.setCookie(cookie)
    expect(await getSignedInEmail(anonymous)).toBeNull()
  }
  // The mail worker reads its queue by itself.
  expect(service().proxy.commands.filter(({ collection }) => collection !== 'mails')).toEqual([])
})

test('lastSeen is written once in a burst of a hundred requests', async () => {
  service().clock.advance(MINUTES)
  await queryMe(ada.browser)
  await Promise.all(Array.from({ length: 99 }, () => queryMe(ada.browser)))
  expect(listAsked().filter((command) => command === 'update sessions')).toHaveLength(1)
})

test('lastSeen is right after a hundred parallel requests', async () => {
  service().clock.advance(MINUTES)
  await Promise.all(Array.from({ length: 100 }, () => queryMe(ada.browser)))
  const seen = await service().db.collection('sessions').findOne({ 'session.userId': ada.id })
  expect(seen?.session.lastSeen).toEqual(service().clock.now())
  expect(await getSignedInEmail(ada.browser)).toBe(ada.email)
})

test('lastSeen is written after a minute, and not before', async () => {
  const began = (await findSession(ada.browser))?.lastSeenAt
  service().clock.advance(MINUTES - 1)
  expect((await findSession(ada.browser))?.lastSeenAt).toBe(began)
  service().clock.advance(1)
  const seen = await findSession(ada.browser)
  expect(seen?.lastSeenAt).toBe(service().clock.now().toISOString())
  expect(seen?.expiresAt).toBe(new Date(service().clock.now().getTime() + 24 * HOURS).toISOString())
})

test('writing lastSeen changes nothing else of the document', async () => {
  const sessions = service().db.collection('sessions')
  const before = await sessions.findOne({ 'session.userId': ada.id })
  service().clock.advance(MINUTES)
  const { setCookie } = await queryMe(ada.browser)
  const after = await sessions.findOne({ 'session.userId': ada.id })
  expect(setCookie).toEqual([])
  const { expires, session, ...rest } = after as Document
  const { lastSeen, ...kept } = session
  expect({ lastSeen, expires }).toEqual({
    lastSeen: service().clock.now(),
    expires: new Date(service().clock.now().getTime() + 24 * HOURS),
  })
  expect(before).toMatchObject({ ...rest, session: kept })
})

test('a remembered cookie keeps the Expires of its login, at the absolute limit, and is never sent again', async () => {
  const phone = service().openBrowser()
  const { setCookie } = await logIn(phone, { email: ada.email, rememberMe: true })
  const limit = new Date(service().clock.now().getTime() + 30 * 24 * HOURS).toUTCString()
  expect(setCookie).toHaveLength(1)
  expect(setCookie[0]).toContain(`; Expires=${limit};`)
  for (let day = 0; day < 3; day += 1) {
    service().clock.advance(24 * HOURS)
    expect((await queryMe(phone)).setCookie).toEqual([])
  }
})

test('an ordinary cookie has no Expires, and its document ends with the idle limit', async () => {
  const { setCookie } = await logIn(service().openBrowser(), { email: ada.email })
  expect(setCookie[0]).not.toMatch(/Expires|Max-Age/i)
  const document = await service()
    .db.collection('sessions')
    .findOne({ 'session.userId': ada.id }, { sort: { 'session.lastSeen': -1 } })
  expect(document?.expires).toEqual(new Date(service().clock.now().getTime() + 24 * HOURS))
})

test('a login stores its session, and activates it after its commit', async () => {
  const phone = service().openBrowser()
  await logIn(phone, { email: ada.email })
  expect(listAsked().filter((command) => /(insert|update|findAndModify) sessions/.test(command))).toEqual([
    'update sessions',
    'update sessions',
  ])
})

test('where the idle limit is short, lastSeen is written every tenth of it', async () => {
  const short = await startOwnProxiedService({ settings: { SESSION_IDLE: '30s' } })
  const user = await createIdleUser(short)
  for (let tenth = 0; tenth < 30; tenth += 1) {
    short.clock.advance(3 * SECONDS)
    expect(await getSignedInEmail(user.browser)).toBe(user.email)
  }
  short.proxy.clear()
  short.clock.advance(3 * SECONDS - 1)
  await queryMe(user.browser)
  expect(listCommands(short.proxy.commands, 'sessions')).toEqual(['find sessions'])
  short.clock.advance(1)
  await queryMe(user.browser)
  expect(listCommands(short.proxy.commands, 'sessions')).toEqual(['find sessions', 'find sessions', 'update sessions'])
  await logOut(user.browser)
})
