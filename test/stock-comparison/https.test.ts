// A Secure cookie where there is no TLS, on express-session with its defaults and here.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openBrowser } from '../testkit/browser.ts'
import { getSignedInEmail, logIn, logOut, signUp } from '../testkit/client.ts'
import { provideProxiedService } from '../testkit/fixtures.ts'
import { STOCK_SESSIONS, type StockService, startStockService } from '../testkit/stock/stock-service.ts'

const HTTPS = { headers: { 'X-Forwarded-Proto': 'https' } }

let stock: StockService
const service = provideProxiedService({ settings: { PUBLIC_URL: 'https://app.example.com', TRUST_PROXY: '1' } })
beforeAll(async () => {
  stock = await startStockService(service().directUri, { secure: true })
  await signUp(service().openBrowser(HTTPS))
})
afterAll(() => stock.close())

test('a login over plain HTTP with a Secure cookie succeeds on stock without a cookie, and leaves a session', async () => {
  const answer = await openBrowser(stock.url).post('/login', { email: 'ada@example.com' })
  expect(answer).toMatchObject({ status: 200, setCookie: [] })
  expect(await service().db.collection(STOCK_SESSIONS).countDocuments()).toBe(1)
})

test('a login over plain HTTP is refused by Gatehouse before anything is written', async () => {
  const before = await service().db.collection('sessions').countDocuments()
  const answer = await logIn(service().openBrowser())
  expect(answer).toMatchObject({ status: 400, setCookie: [], code: 'BAD_REQUEST' })
  expect(await service().db.collection('sessions').countDocuments()).toBe(before)
})

test('a login is accepted where the proxy says that it came over https', async () => {
  const ada = service().openBrowser(HTTPS)
  await logIn(ada)
  expect(await getSignedInEmail(ada)).toBe('ada@example.com')
})

test('over https the cookie is __Host-sid, Secure, HttpOnly and SameSite=Lax, without a domain', async () => {
  const { setCookie } = await logIn(service().openBrowser(HTTPS))
  expect(setCookie).toHaveLength(1)
  expect(setCookie[0]).toMatch(/^__Host-sid=s%3A[\w-]{32}\.[^;]+; Path=\/; HttpOnly; Secure; SameSite=Lax$/)
})

test('over https the cookie is cleared with the same attributes, or browsers would keep it', async () => {
  const ada = service().openBrowser(HTTPS)
  await logIn(ada)
  const { setCookie } = await logOut(ada)
  expect(setCookie).toEqual([
    '__Host-sid=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; Secure; SameSite=Lax',
  ])
  expect(ada.cookie).toBeUndefined()
})
