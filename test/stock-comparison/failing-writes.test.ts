// What a login or a logout answers when the store refuses it, on express-session with its defaults and here.
import { expect, test } from 'vitest'
import { type ComparedService, provideComparison } from '../testkit/stock/comparison.ts'

const comparison = provideComparison()

/** An error that the driver does not try again. */
const REFUSED = { code: 14_031, codeName: 'OutOfDiskSpace' }

/** The store refuses the login's write: the first one, or all. */
async function logInWhileTheStoreRefuses(compared: ComparedService, times: number, logIn = compared.logIn) {
  const ada = compared.openBrowser()
  const fault = comparison().service.proxy.fail({
    command: compared.loginWrite,
    collection: compared.sessions,
    times,
    ...REFUSED,
  })
  const { status, setCookie } = await logIn(ada)
  fault.lift()
  return { status, cookies: setCookie.length, signedIn: await compared.getSignedInEmail(ada) }
}

/** The store refuses the logout's delete. */
async function logOutWhileTheStoreRefuses(compared: ComparedService) {
  const ada = compared.openBrowser()
  await compared.logIn(ada)
  const thief = ada.clone()
  const fault = comparison().service.proxy.fail({ command: 'delete', collection: compared.sessions, ...REFUSED })
  const { status } = await compared.logOut(ada)
  fault.lift()
  return { status, cookieKept: ada.cookie !== undefined, thief: await compared.getSignedInEmail(thief) }
}

test('when the store refuses the first write of a login, stock answers 500 with a cookie that is signed in', async () => {
  expect(await logInWhileTheStoreRefuses(comparison().stock, 1)).toEqual({
    status: 500,
    cookies: 1,
    signedIn: comparison().email,
  })
})

test('when the store refuses the first write of a login, Gatehouse answers 503 without a cookie', async () => {
  expect(await logInWhileTheStoreRefuses(comparison().gatehouse, 1)).toEqual({
    status: 503,
    cookies: 0,
    signedIn: null,
  })
})

test('when the store refuses every write of a login, stock without an explicit save answers 200 with a useless cookie', async () => {
  const { body } = comparison().stock.loginRequest
  const logIn: ComparedService['logIn'] = (browser) => browser.post('/login-without-save', body)
  expect(await logInWhileTheStoreRefuses(comparison().stock, 100, logIn)).toEqual({
    status: 200,
    cookies: 1,
    signedIn: null,
  })
})

test('when the store refuses every write of a login, Gatehouse answers 503, and the next login works', async () => {
  expect(await logInWhileTheStoreRefuses(comparison().gatehouse, 100)).toEqual({
    status: 503,
    cookies: 0,
    signedIn: null,
  })
  const ada = comparison().gatehouse.openBrowser()
  await comparison().gatehouse.logIn(ada)
  expect(await comparison().gatehouse.getSignedInEmail(ada)).toBe(comparison().email)
})

test('when the store refuses a logout, stock with the usual handler says that it is done, while the session lives', async () => {
  expect(await logOutWhileTheStoreRefuses(comparison().stock)).toEqual({
    status: 200,
    cookieKept: false,
    thief: comparison().email,
  })
})

test('when the store refuses a logout, Gatehouse answers 503 and leaves the cookie, so that the user can try again', async () => {
  expect(await logOutWhileTheStoreRefuses(comparison().gatehouse)).toEqual({
    status: 503,
    cookieKept: true,
    thief: comparison().email,
  })
})
