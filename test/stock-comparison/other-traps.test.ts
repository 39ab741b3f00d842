// Unreadable sessions, absolute limits and touches, on express-session with its defaults and here.
import { expect, onTestFinished, test, vi } from 'vitest'
import { DAYS } from '../../src/units.ts'
import type { Answer, Browser } from '../testkit/browser.ts'
import { type ComparedService, provideComparison } from '../testkit/stock/comparison.ts'

const comparison = provideComparison()

/** A session document goes bad. */
async function breakASession(compared: ComparedService) {
  const ada = compared.openBrowser()
  await compared.logIn(ada)
  await comparison()
    .service.db.collection(compared.sessions)
    .updateMany({}, { $set: { session: '{"userId":' } })
  const broken = await compared.getSignedInEmail(ada)
  const { status } = await compared.logIn(ada)
  return { broken, login: status }
}

/** A session is used every ten days, for a hundred days. */
async function visitForAHundredDays(compared: ComparedService, advance: (ms: number) => void) {
  const ada = compared.openBrowser()
  await compared.logIn(ada)
  const cookie = ada.cookie ?? ''
  const emails: unknown[] = []
  for (let day = 10; day <= 100; day += 10) {
    advance(10 * DAYS)
    ada.setCookie(cookie)
    emails.push(await compared.getSignedInEmail(ada))
  }
  return emails
}

/** A request is about to say that the session was seen; the session ends; the write goes through. */
async function endASessionBeforeItsTouch(compared: ComparedService, ask: (browser: Browser) => Promise<Answer>) {
  const ada = compared.openBrowser()
  await compared.logIn(ada)
  const gate = comparison().service.proxy.hold({ command: 'update', collection: compared.sessions })
  const before = compared.countLateFailures()
  const using = ask(ada.clone())
  await gate.reached
  await comparison().service.db.collection(compared.sessions).deleteMany({})
  gate.release()
  const { status } = await using
  const left = await comparison().service.db.collection(compared.sessions).countDocuments()
  return { status, left, lateFailures: compared.countLateFailures() - before }
}

test('an unreadable session document locks its user out of stock: 500 on every request, login included', async () => {
  expect(await breakASession(comparison().stock)).toEqual({ broken: 500, login: 500 })
})

test('an unreadable session document is no session on Gatehouse, and login with that cookie works', async () => {
  expect(await breakASession(comparison().gatehouse)).toEqual({ broken: null, login: 200 })
})

test('stock has no absolute limit: who comes every ten days is never asked again', async () => {
  vi.useFakeTimers({ toFake: ['Date'] })
  onTestFinished(() => void vi.useRealTimers())
  const emails = await visitForAHundredDays(comparison().stock, (ms) => vi.setSystemTime(Date.now() + ms))
  expect(emails).toEqual(Array(10).fill(comparison().email))
})

test('Gatehouse ends a remembered session after thirty days, however often it is used', async () => {
  const { email, gatehouse, service } = comparison()
  const query = 'mutation ($input: LoginInput!) { login(input: $input) { __typename } }'
  const input = { email, password: 'correct horse battery staple', rememberMe: true }
  const remembered: ComparedService = { ...gatehouse, logIn: (browser) => browser.gql(query, { input }) }
  const emails = await visitForAHundredDays(remembered, (ms) => service.clock.advance(ms))
  expect(emails).toEqual([email, email, ...Array(8).fill(null)])
})

test('a session that ends before its touch makes stock fail after its headers are sent', async () => {
  const ask = (browser: Browser) => browser.post('/me', {})
  expect(await endASessionBeforeItsTouch(comparison().stock, ask)).toEqual({ status: 200, left: 0, lateFailures: 1 })
})

test('a session that ends before its touch does not disturb a request of Gatehouse, and stays gone', async () => {
  expect(await endASessionBeforeItsTouch(comparison().gatehouse, comparison().gatehouse.writeToSession)).toEqual({
    status: 200,
    left: 0,
    lateFailures: 0,
  })
})
