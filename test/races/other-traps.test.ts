// Traps 15 and 19, and the touch that finds nothing.
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { DAYS } from '../../src/units.ts'
import type { Answer, Browser } from '../testkit/browser.ts'
import { type Stand, type Stands, startStands } from '../testkit/stands.ts'

let stands: Stands
beforeAll(async () => {
  stands = await startStands()
})
afterEach(() => stands.proxy.restore())
afterAll(() => stands.close())

/** A session document goes bad. */
async function breakASession(stand: Stand) {
  const ada = stand.browser()
  await stand.logIn(ada)
  await stands.db.collection(stand.sessions).updateMany({}, { $set: { session: '{"userId":' } })
  const broken = await stand.who(ada)
  const { status } = await stand.logIn(ada)
  return { broken, login: status }
}

/** A session is used every ten days, for a hundred days. */
async function comeForAHundredDays(stand: Stand, advance: (ms: number) => void) {
  const ada = stand.browser()
  await stand.logIn(ada)
  const cookie = ada.cookie ?? ''
  const known: unknown[] = []
  for (let day = 10; day <= 100; day += 10) {
    advance(10 * DAYS)
    ada.setCookie(cookie)
    known.push(await stand.who(ada))
  }
  return known
}

/** A request is about to say that the session was seen; the session ends; the write goes through. */
async function endASessionBeforeItsTouch(stand: Stand, ask: (who: Browser) => Promise<Answer>) {
  const ada = stand.browser()
  await stand.logIn(ada)
  const gate = stands.proxy.hold({ command: 'update', collection: stand.sessions })
  const before = stand.lateFailures()
  const using = ask(ada.clone())
  await gate.reached
  await stands.db.collection(stand.sessions).deleteMany({})
  gate.release()
  const { status } = await using
  const left = await stands.db.collection(stand.sessions).countDocuments()
  return { status, left, lateFailures: stand.lateFailures() - before }
}

describe('C-44: a session document that cannot be read', () => {
  test('locks its holder out of stock: 500 on every request, login included', async () => {
    expect(await breakASession(stands.stock)).toEqual({ broken: 500, login: 500 })
  })

  test('is no session on Gatehouse, and login with that cookie works', async () => {
    expect(await breakASession(stands.gatehouse)).toEqual({ broken: null, login: 200 })
  })
})

describe('C-35: an absolute limit', () => {
  test('does not exist on stock: whoever comes every ten days is never asked again', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    try {
      const known = await comeForAHundredDays(stands.stock, (ms) => vi.setSystemTime(Date.now() + ms))
      expect(known).toEqual(Array(10).fill('ada@example.com'))
    } finally {
      vi.useRealTimers()
    }
  })

  test('ends a session of Gatehouse after thirty days, however often it is used', async () => {
    const { service } = stands
    const query = 'mutation ($input: LoginInput!) { login(input: $input) { __typename } }'
    const input = { email: 'ada@example.com', password: 'correct horse battery staple', rememberMe: true }
    const remembered: Stand = { ...stands.gatehouse, logIn: (who) => who.gql(query, { input }) }
    const known = await comeForAHundredDays(remembered, (ms) => service.clock.advance(ms))
    expect(known).toEqual(['ada@example.com', 'ada@example.com', ...Array(8).fill(null)])
  })
})

describe('C-19, C-32: a session that ends before a request says that it was seen', () => {
  test('makes stock fail after its headers are gone, so that Express cuts the connection', async () => {
    const ask = (who: Browser) => who.post('/me', {})
    expect(await endASessionBeforeItsTouch(stands.stock, ask)).toEqual({ status: 200, left: 0, lateFailures: 1 })
  })

  test('does not disturb a request of Gatehouse, and stays gone', async () => {
    expect(await endASessionBeforeItsTouch(stands.gatehouse, stands.gatehouse.write)).toEqual({
      status: 200,
      left: 0,
      lateFailures: 0,
    })
  })
})
