// A commit whose outcome nobody heard is looked at again; what only clears up after a commit does not undo it.
import type { Document } from 'mongodb'
import { beforeEach, describe, expect, test } from 'vitest'
import type { Browser } from '../testkit/browser.ts'
import {
  callField,
  changePassword,
  deleteAccount,
  getSignedInEmail,
  logIn,
  OTHER_PASSWORD,
  PASSWORD,
  revokeAllSessions,
  revokeOtherSessions,
  signUp,
} from '../testkit/client.ts'
import { provideProxiedService } from '../testkit/fixtures.ts'
import { moments } from '../testkit/mongo/holds.ts'

const service = provideProxiedService()
let ada: Browser
let email: string
let count = 0
beforeEach(async () => {
  count += 1
  email = `ada${count}@example.com`
  ada = service().openBrowser()
  await signUp(ada, { email })
  await service().waitForMail(email)
})

const sets =
  (field: string) =>
  ({ updates }: Document): boolean =>
    updates[0].u.$set?.[field] !== undefined

const REFUSED = { code: 14_031, times: 9 }

/** Lets the commit be cut as often as a driver may try it. */
const cutBefore = (command: string, where?: (document: Document) => boolean) =>
  service().proxy.cut({ command, collection: 'users', at: 'request', times: 2, ...(where ? { where } : {}) })

/** Lets the commit happen, and cuts its answer. */
const cutAfter = (command: string, where?: (document: Document) => boolean) =>
  service().proxy.cut({ command, collection: 'users', at: 'reply', ...(where ? { where } : {}) })

const sessionCount = () => service().db.collection('sessions').countDocuments()

describe('the connection is cut when the commit was done', () => {
  test('signup goes on: the user is there once, and signed in', async () => {
    const bob = service().openBrowser()
    cutAfter('insert')
    expect((await signUp(bob, { email: `bob${count}@example.com` })).kind).toBe('SignupSuccess')
    expect(await getSignedInEmail(bob)).toBe(`bob${count}@example.com`)
    expect((await service().waitForMail(`bob${count}@example.com`)).token).toBeDefined()
  })

  test('login goes on', async () => {
    const other = service().openBrowser()
    cutAfter('update', sets('lastLoginAt'))
    expect((await logIn(other, { email })).kind).toBe('LoginSuccess')
    expect(await getSignedInEmail(other)).toBe(email)
  })

  test('changePassword goes on: the new password opens, the old one does not', async () => {
    const elsewhere = service().openBrowser()
    await logIn(elsewhere, { email })
    cutAfter('update', sets('passwordHash'))
    expect((await changePassword(ada)).kind).toBe('ChangePasswordSuccess')
    expect(await getSignedInEmail(ada)).toBe(email)
    expect(await getSignedInEmail(elsewhere)).toBeNull()
    expect((await logIn(elsewhere, { email })).kind).toBe('InvalidCredentials')
    expect((await logIn(elsewhere, { email, password: OTHER_PASSWORD })).kind).toBe('LoginSuccess')
  })

  test('revokeAllSessions and revokeOtherSessions go on', async () => {
    cutAfter('update', sets('generation'))
    expect((await revokeOtherSessions(ada)).kind).toBe('SessionsRevoked')
    expect(await getSignedInEmail(ada)).toBe(email)
    cutAfter('update', sets('generation'))
    expect((await revokeAllSessions(ada)).kind).toBe('SessionsRevoked')
    expect(ada.cookie).toBeUndefined()
  })
})

describe('the connection is cut before the commit', () => {
  test('signup answers 503, and neither user nor session is there: it works the second time', async () => {
    const bob = service().openBrowser()
    const before = await sessionCount()
    const fault = cutBefore('insert')
    expect(await signUp(bob, { email: `bob${count}@example.com` })).toMatchObject({
      status: 503,
      code: 'UNAVAILABLE',
      setCookie: [],
    })
    fault.lift()
    expect(await sessionCount()).toBe(before)
    expect((await signUp(bob, { email: `bob${count}@example.com` })).kind).toBe('SignupSuccess')
  })

  test('login answers 503 without a cookie, and the session that was there lives on', async () => {
    const { cookie } = ada
    const before = await sessionCount()
    const fault = cutBefore('update', sets('lastLoginAt'))
    expect(await logIn(ada, { email })).toMatchObject({ status: 503, code: 'UNAVAILABLE', setCookie: [] })
    fault.lift()
    expect(await sessionCount()).toBe(before)
    expect(ada.cookie).toBe(cookie)
    expect(await getSignedInEmail(ada)).toBe(email)
  })

  test('changePassword answers 503: the old password, the session and others live on', async () => {
    const elsewhere = service().openBrowser()
    await logIn(elsewhere, { email })
    const fault = cutBefore('update', sets('passwordHash'))
    expect(await changePassword(ada)).toMatchObject({ status: 503, code: 'UNAVAILABLE', setCookie: [] })
    fault.lift()
    for (const browser of [ada, elsewhere]) expect(await getSignedInEmail(browser)).toBe(email)
    expect((await logIn(service().openBrowser(), { email })).kind).toBe('LoginSuccess')
  })

  test('and where it cannot be looked at again, no cookie is set for what may have been done', async () => {
    const bob = service().openBrowser()
    const before = await sessionCount()
    const cut = cutAfter('insert')
    const blind = service().proxy.fail({
      command: 'find',
      collection: 'users',
      where: ({ filter }) => '_id' in filter,
      ...REFUSED,
    })
    expect(await signUp(bob, { email: `bob${count}@example.com` })).toMatchObject({
      status: 503,
      code: 'UNAVAILABLE',
      setCookie: [],
    })
    cut.lift()
    blind.lift()
    expect(await sessionCount()).toBe(before)
    expect((await signUp(bob, { email: `bob${count}@example.com` })).kind).toBe('EmailTaken')
    expect((await logIn(bob, { email: `bob${count}@example.com` })).kind).toBe('LoginSuccess')
  })
})

describe('what clears up after the commit fails', () => {
  const clearing = (command: string) => service().proxy.fail({ command, collection: 'sessions', ...REFUSED })

  test('a login over another one is done, and the new cookie lives', async () => {
    const fault = clearing('delete')
    expect((await logIn(ada, { email })).kind).toBe('LoginSuccess')
    fault.lift()
    expect(await getSignedInEmail(ada)).toBe(email)
  })

  test('a login whose trimming fails is done', async () => {
    const bob = service().openBrowser()
    const query = 'mutation ($input: LoginInput!) { login(input: $input) { __typename } }'
    const fault = service().proxy.fail({ command: 'find', collection: 'sessions', ...REFUSED })
    const answer = await callField(bob, 'login', query, { input: { email, password: PASSWORD } })
    expect(answer.kind).toBe('LoginSuccess')
    fault.lift()
    expect(await getSignedInEmail(bob)).toBe(email)
  })

  test('a changed password is changed, and the old cookie is dead though its document stays', async () => {
    const thief = ada.clone()
    const faults = [clearing('delete'), service().proxy.fail({ ...moments.sessionReplacement, ...REFUSED })]
    expect((await changePassword(ada)).kind).toBe('ChangePasswordSuccess')
    for (const fault of faults) fault.lift()
    expect(await getSignedInEmail(ada)).toBe(email)
    expect(await getSignedInEmail(thief)).toBeNull()
  })

  test('all sessions that were revoked are dead', async () => {
    const thief = ada.clone()
    const fault = clearing('delete')
    expect((await revokeAllSessions(ada)).kind).toBe('SessionsRevoked')
    fault.lift()
    expect(ada.cookie).toBeUndefined()
    expect(await getSignedInEmail(thief)).toBeNull()
  })

  test('a deleted account is gone', async () => {
    const thief = ada.clone()
    const fault = clearing('delete')
    expect((await deleteAccount(ada)).kind).toBe('DeleteAccountSuccess')
    fault.lift()
    expect(await getSignedInEmail(thief)).toBeNull()
    expect((await signUp(ada, { email })).kind).toBe('SignupSuccess')
  })
})
