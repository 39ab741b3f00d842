// The link of a mail works once: so where its one write was done, but nobody heard, it must not look as if it had not been.
import type { Document } from 'mongodb'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { changeEmail, reauthenticate, requestPasswordReset, resetPassword, verifyEmail } from '../testkit/account.ts'
import type { Browser } from '../testkit/browser.ts'
import { type Cast, type Somebody, startCast } from '../testkit/cast.ts'
import { logIn, OTHER_PASSWORD, PASSWORD, signUp, whoIs } from '../testkit/people.ts'
import { outcomeOf } from '../testkit/verbs.ts'

let cast: Cast
let ada: Somebody
let stranger: Browser
beforeAll(async () => {
  cast = await startCast()
})
beforeEach(async () => {
  ada = await cast.somebody()
  stranger = cast.service.browser()
})
afterEach(() => cast.proxy.restore())
afterAll(() => cast.close())

const setsEnded = ({ updates }: Document): boolean => updates[0].u.$set?.['session.replacedAt'] !== undefined
const commit = { command: 'findAndModify', collection: 'users' } as const

async function resetToken(): Promise<string | undefined> {
  await requestPasswordReset(stranger, ada.email)
  return (await cast.service.mailTo(ada.email)).token
}

async function changeToken(): Promise<string | undefined> {
  await changeEmail(ada.browser, `new-${ada.email}`)
  return (await cast.service.mailTo(`new-${ada.email}`)).token
}

async function signupToken(): Promise<string | undefined> {
  await signUp(stranger, `bob-of-${ada.email}`)
  return (await cast.service.mailTo(`bob-of-${ada.email}`)).token
}

describe('the connection is cut when the link has done its work', () => {
  test('resetPassword goes on: the new password opens, every session has ended, and a notice comes', async () => {
    const token = await resetToken()
    cast.proxy.cut({ ...commit, at: 'reply' })
    expect((await resetPassword(stranger, token, OTHER_PASSWORD)).kind).toBe('ResetPasswordSuccess')
    expect(await whoIs(ada.browser)).toBeNull()
    expect(await outcomeOf(logIn(stranger, ada.email, OTHER_PASSWORD))).toBe('LoginSuccess')
    expect((await cast.service.mailTo(ada.email)).subject).toMatch(/password was changed/)
  })

  test('verifyEmail goes on for a sign-up', async () => {
    const token = await signupToken()
    cast.proxy.cut({ ...commit, at: 'reply' })
    expect((await verifyEmail(stranger, token)).kind).toBe('VerifyEmailSuccess')
  })

  test('reauthenticate goes on: the same session under a new cookie', async () => {
    const { cookie } = ada.browser
    cast.proxy.cut({ command: 'update', collection: 'sessions', at: 'reply', where: setsEnded })
    expect((await reauthenticate(ada.browser, PASSWORD)).kind).toBe('ReauthenticateSuccess')
    expect(ada.browser.cookie).not.toBe(cookie)
    expect(await whoIs(ada.browser)).toBe(ada.email)
  })

  test('verifyEmail goes on for a change of address, and the old address hears of it', async () => {
    const token = await changeToken()
    cast.proxy.cut({ ...commit, at: 'reply' })
    expect((await verifyEmail(stranger, token)).kind).toBe('VerifyEmailSuccess')
    expect(await whoIs(ada.browser)).toBe(`new-${ada.email}`)
    expect((await cast.service.mailTo(ada.email)).subject).toMatch(/address was changed/)
  })
})

describe('the connection is cut before the link has done its work', () => {
  test.each([
    ['resetPassword', resetToken, (token?: string) => resetPassword(stranger, token, OTHER_PASSWORD)],
    ['verifyEmail after a sign-up', signupToken, (token?: string) => verifyEmail(stranger, token)],
    ['verifyEmail after changeEmail', changeToken, (token?: string) => verifyEmail(stranger, token)],
  ])('%s answers 503, and the link works the second time', async (_name, ask, use) => {
    const token = await ask()
    const fault = cast.proxy.cut({ ...commit, at: 'request', times: 2 })
    expect(await use(token)).toMatchObject({ kind: 'UNAVAILABLE', answer: { status: 503, setCookie: [] } })
    fault.lift()
    expect((await use(token)).kind).toMatch(/Success$/)
  })
})
