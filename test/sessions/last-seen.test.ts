// What a request costs the database, and when a session is said to be seen.
import type { Document } from 'mongodb'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { HOURS, MINUTES, SECONDS } from '../../src/units.ts'
import { askedOf } from '../testkit/behind-proxy.ts'
import { type Cast, type Somebody, startCast } from '../testkit/cast.ts'
import { logIn, logOut, whoIs } from '../testkit/people.ts'
import { me, sessionOf } from '../testkit/verbs.ts'

let cast: Cast
let ada: Somebody
beforeAll(async () => {
  cast = await startCast()
})
beforeEach(async () => {
  ada = await cast.somebody()
  cast.proxy.clear()
})
afterAll(() => cast.close())

const asked = () => askedOf(cast.proxy.commands, 'sessions', 'users')
const READS = ['find sessions', 'find users']

test('me reads two documents and writes none', async () => {
  await me(ada.browser)
  expect(asked()).toEqual(READS)
})

test('several questions in one request read them once', async () => {
  await ada.browser.gql('{ me { email firstName roles } session { id scopes user { email } } again: me { id } }')
  expect(asked()).toEqual(READS)
})

test('anonymous session touches the database not at all, with no cookie, a bad one or a foreign one', async () => {
  const nobody = cast.service.browser()
  for (const cookie of [undefined, 'x', 's:', 's%3Aabc.def', `${ada.browser.cookie}x`, 'j%3A%7B%7D', '%E0%A4%A']) {
    if (cookie !== undefined) nobody.setCookie(cookie)
    expect(await whoIs(nobody)).toBeNull()
  }
  // The mail worker looks into its queue by itself.
  expect(cast.proxy.commands.filter(({ collection }) => collection !== 'mails')).toEqual([])
})

describe('C-38: lastSeen', () => {
  test('moves once in a burst of a hundred requests', async () => {
    cast.service.clock.advance(MINUTES)
    await me(ada.browser)
    await Promise.all(Array.from({ length: 99 }, () => me(ada.browser)))
    expect(asked().filter((command) => command === 'update sessions')).toHaveLength(1)
  })

  test('moves once where a hundred requests come at the same time', async () => {
    cast.service.clock.advance(MINUTES)
    await Promise.all(Array.from({ length: 100 }, () => me(ada.browser)))
    const seen = await cast.db.collection('sessions').findOne({ 'session.userId': ada.id })
    expect(seen?.session.lastSeen).toEqual(cast.service.clock.now())
    expect(await whoIs(ada.browser)).toBe(ada.email)
  })

  test('moves after a minute, and not before', async () => {
    const began = (await sessionOf(ada.browser))?.lastSeenAt
    cast.service.clock.advance(MINUTES - 1)
    expect((await sessionOf(ada.browser))?.lastSeenAt).toBe(began)
    cast.service.clock.advance(1)
    const seen = await sessionOf(ada.browser)
    expect(seen?.lastSeenAt).toBe(cast.service.clock.now().toISOString())
    expect(seen?.expiresAt).toBe(new Date(cast.service.clock.now().getTime() + 24 * HOURS).toISOString())
  })

  test('C-26: moves nothing else: the document keeps what express-session would slide', async () => {
    const sessions = cast.db.collection('sessions')
    const before = await sessions.findOne({ 'session.userId': ada.id })
    cast.service.clock.advance(MINUTES)
    const { setCookie } = await me(ada.browser)
    const after = await sessions.findOne({ 'session.userId': ada.id })
    expect(setCookie).toEqual([])
    const { expires, session, ...rest } = after as Document
    const { lastSeen, ...kept } = session
    expect({ lastSeen, expires }).toEqual({
      lastSeen: cast.service.clock.now(),
      expires: new Date(cast.service.clock.now().getTime() + 24 * HOURS),
    })
    expect(before).toMatchObject({ ...rest, session: kept })
  })
})

test('C-36: a remembered cookie keeps the Expires of its login, at the absolute limit, and is never sent again', async () => {
  const phone = cast.service.browser()
  const { setCookie } = await logIn(phone, ada.email, undefined, { rememberMe: true })
  const limit = new Date(cast.service.clock.now().getTime() + 30 * 24 * HOURS).toUTCString()
  expect(setCookie).toHaveLength(1)
  expect(setCookie[0]).toContain(`; Expires=${limit};`)
  for (let day = 0; day < 3; day += 1) {
    cast.service.clock.advance(24 * HOURS)
    expect((await me(phone)).setCookie).toEqual([])
  }
})

test('C-33: an ordinary cookie has no Expires, and its document ends with the idle limit', async () => {
  const { setCookie } = await logIn(cast.service.browser(), ada.email)
  expect(setCookie[0]).not.toMatch(/Expires|Max-Age/i)
  const document = await cast.db
    .collection('sessions')
    .findOne({ 'session.userId': ada.id }, { sort: { 'session.lastSeen': -1 } })
  expect(document?.expires).toEqual(new Date(cast.service.clock.now().getTime() + 24 * HOURS))
})

test('C-37: a login writes its session, and brings it to life after its commit', async () => {
  const phone = cast.service.browser()
  await logIn(phone, ada.email)
  expect(asked().filter((command) => /(insert|update|findAndModify) sessions/.test(command))).toEqual([
    'update sessions',
    'update sessions',
  ])
})

test('where the idle limit is short, lastSeen moves every tenth of it', async () => {
  const short = await startCast({ settings: { SESSION_IDLE: '30s' } })
  try {
    const somebody = await short.somebody()
    for (let tenth = 0; tenth < 30; tenth += 1) {
      short.service.clock.advance(3 * SECONDS)
      expect(await whoIs(somebody.browser)).toBe(somebody.email)
    }
    short.proxy.clear()
    short.service.clock.advance(3 * SECONDS - 1)
    await me(somebody.browser)
    expect(askedOf(short.proxy.commands, 'sessions')).toEqual(['find sessions'])
    short.service.clock.advance(1)
    await me(somebody.browser)
    expect(askedOf(short.proxy.commands, 'sessions')).toEqual(['find sessions', 'find sessions', 'update sessions'])
    await logOut(somebody.browser)
  } finally {
    await short.close()
  }
})
