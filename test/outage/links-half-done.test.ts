// A link works once: where its write was done but the answer was lost, the service must not say that it was not.
import type { Document } from 'mongodb'
import { beforeEach, expect, test } from 'vitest'
import type { Browser } from '../testkit/browser.ts'
import {
  changeEmail,
  getSignedInEmail,
  logIn,
  OTHER_PASSWORD,
  reauthenticate,
  requestPasswordReset,
  resetPassword,
  signUp,
  verifyEmail,
} from '../testkit/client.ts'
import { provideProxiedService } from '../testkit/fixtures.ts'
import { createIdleUser, type User } from '../testkit/users.ts'

const service = provideProxiedService()
let ada: User
let stranger: Browser
beforeEach(async () => {
  ada = await createIdleUser(service())
  stranger = service().openBrowser()
})

const isReplacement = ({ updates }: Document): boolean => updates[0].u.$set?.['session.replacedAt'] !== undefined
const commit = { command: 'findAndModify', collection: 'users' } as const

async function requestResetToken(): Promise<string | undefined> {
  await requestPasswordReset(stranger, { email: ada.email })
  return (await service().waitForMail(ada.email)).token
}

async function requestChangeToken(): Promise<string | undefined> {
  await changeEmail(ada.browser, { email: `new-${ada.email}` })
  return (await service().waitForMail(`new-${ada.email}`)).token
}

async function requestSignupToken(): Promise<string | undefined> {
  await signUp(stranger, { email: `bob-of-${ada.email}` })
  return (await service().waitForMail(`bob-of-${ada.email}`)).token
}

test('a reset whose commit was done but not heard of goes on: new password, every session ended, notice sent', async () => {
  const token = await requestResetToken()
  service().proxy.cut({ ...commit, at: 'reply' })
  expect((await resetPassword(stranger, { token })).kind).toBe('ResetPasswordSuccess')
  expect(await getSignedInEmail(ada.browser)).toBeNull()
  expect((await logIn(stranger, { email: ada.email, password: OTHER_PASSWORD })).kind).toBe('LoginSuccess')
  expect((await service().waitForMail(ada.email)).subject).toMatch(/password was changed/)
})

test('a verification of a sign-up whose commit was done but not heard of goes on', async () => {
  const token = await requestSignupToken()
  service().proxy.cut({ ...commit, at: 'reply' })
  expect((await verifyEmail(stranger, { token })).kind).toBe('VerifyEmailSuccess')
})

test('a reauthenticate whose commit was done but not heard of goes on: the same session under a new cookie', async () => {
  const { cookie } = ada.browser
  service().proxy.cut({ command: 'update', collection: 'sessions', at: 'reply', where: isReplacement })
  expect((await reauthenticate(ada.browser)).kind).toBe('ReauthenticateSuccess')
  expect(ada.browser.cookie).not.toBe(cookie)
  expect(await getSignedInEmail(ada.browser)).toBe(ada.email)
})

test('a change of address whose commit was done but not heard of goes on, and the old address is notified', async () => {
  const token = await requestChangeToken()
  service().proxy.cut({ ...commit, at: 'reply' })
  expect((await verifyEmail(stranger, { token })).kind).toBe('VerifyEmailSuccess')
  expect(await getSignedInEmail(ada.browser)).toBe(`new-${ada.email}`)
  expect((await service().waitForMail(ada.email)).subject).toMatch(/address was changed/)
})

test.each([
  ['resetPassword', requestResetToken, (token?: string) => resetPassword(stranger, { token })],
  ['verifyEmail after a sign-up', requestSignupToken, (token?: string) => verifyEmail(stranger, { token })],
  ['verifyEmail after changeEmail', requestChangeToken, (token?: string) => verifyEmail(stranger, { token })],
])('%s that is cut before its commit answers 503, and the link works the second time', async (_name, ask, use) => {
  const token = await ask()
  const fault = service().proxy.cut({ ...commit, at: 'request', times: 2 })
  expect(await use(token)).toMatchObject({ kind: 'UNAVAILABLE', status: 503, setCookie: [] })
  fault.lift()
  expect((await use(token)).kind).toMatch(/Success$/)
})
