// Traps 3, 4 and 5: what a login or a logout answers when the store refuses it.
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type Stand, type Stands, startStands } from '../testkit/stands.ts'

let stands: Stands
beforeAll(async () => {
  stands = await startStands()
})
afterEach(() => stands.proxy.restore())
afterAll(() => stands.close())

/** An error that the driver does not try again. */
const REFUSED = { code: 14_031, codeName: 'OutOfDiskSpace' }

/** The store refuses the login's write: the first one, or all. */
async function logInWhileTheStoreRefuses(stand: Stand, times: number, logIn = stand.logIn) {
  const ada = stand.browser()
  const fault = stands.proxy.fail({ command: stand.loginWrite, collection: stand.sessions, times, ...REFUSED })
  const { status, setCookie } = await logIn(ada)
  fault.lift()
  return { status, cookies: setCookie.length, who: await stand.who(ada) }
}

/** The store refuses the logout's delete. */
async function logOutWhileTheStoreRefuses(stand: Stand) {
  const ada = stand.browser()
  await stand.logIn(ada)
  const thief = ada.clone()
  const fault = stands.proxy.fail({ command: 'delete', collection: stand.sessions, ...REFUSED })
  const { status } = await stand.logOut(ada)
  fault.lift()
  return { status, cookieKept: ada.cookie !== undefined, thief: await stand.who(thief) }
}

describe('C-41: the store refuses the first write of a login', () => {
  test('stock answers 500, and the cookie of that answer is logged in', async () => {
    expect(await logInWhileTheStoreRefuses(stands.stock, 1)).toEqual({
      status: 500,
      cookies: 1,
      who: 'ada@example.com',
    })
  })

  test('Gatehouse answers 503 without a cookie, and nobody is logged in', async () => {
    expect(await logInWhileTheStoreRefuses(stands.gatehouse, 1)).toEqual({ status: 503, cookies: 0, who: null })
  })
})

describe('C-40: the store refuses every write of a login', () => {
  test('stock without an explicit save answers 200 with a cookie to a session that is not there', async () => {
    const { body } = stands.stock.loginRequest
    const logIn: Stand['logIn'] = (who) => who.post('/login-without-save', body)
    expect(await logInWhileTheStoreRefuses(stands.stock, 100, logIn)).toEqual({ status: 200, cookies: 1, who: null })
  })

  test('Gatehouse answers 503 without a cookie, and the next login works', async () => {
    expect(await logInWhileTheStoreRefuses(stands.gatehouse, 100)).toEqual({ status: 503, cookies: 0, who: null })
    const ada = stands.gatehouse.browser()
    await stands.gatehouse.logIn(ada)
    expect(await stands.gatehouse.who(ada)).toBe('ada@example.com')
  })
})

describe('C-42: the store refuses a logout', () => {
  test('stock with the usual handler says that it is done, while the session lives', async () => {
    expect(await logOutWhileTheStoreRefuses(stands.stock)).toEqual({
      status: 200,
      cookieKept: false,
      thief: 'ada@example.com',
    })
  })

  test('Gatehouse answers 503 and leaves the cookie, so that the user can try again', async () => {
    expect(await logOutWhileTheStoreRefuses(stands.gatehouse)).toEqual({
      status: 503,
      cookieKept: true,
      thief: 'ada@example.com',
    })
  })
})
