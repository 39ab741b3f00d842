// A commit whose outcome nobody heard is looked at again; what only clears up after a commit does not undo it.
import type { Document } from 'mongodb'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type ProxiedService, startBehindProxy } from '../testkit/behind-proxy.ts'
import type { Browser } from '../testkit/browser.ts'
import { moments } from '../testkit/held.ts'
import { logIn, OTHER_PASSWORD, PASSWORD, signUp, whoIs } from '../testkit/people.ts'
import { changePassword, deleteAccount, outcomeOf, revokeAllSessions, revokeOtherSessions } from '../testkit/verbs.ts'

let stand: ProxiedService
let ada: Browser
let email: string
let count = 0
beforeAll(async () => {
  stand = await startBehindProxy()
})
beforeEach(async () => {
  count += 1
  email = `ada${count}@example.com`
  ada = stand.service.browser()
  await signUp(ada, email)
  await stand.service.mailTo(email)
})
afterEach(() => stand.proxy.restore())
afterAll(() => stand.close())

const sets =
  (field: string) =>
  ({ updates }: Document): boolean =>
    updates[0].u.$set?.[field] !== undefined

const REFUSED = { code: 14_031, times: 9 }

/** Lets the commit be cut as often as a driver may try it. */
const cutBefore = (command: string, where?: (document: Document) => boolean) =>
  stand.proxy.cut({ command, collection: 'users', at: 'request', times: 2, ...(where ? { where } : {}) })

/** Lets the commit happen, and cuts its answer. */
const cutAfter = (command: string, where?: (document: Document) => boolean) =>
  stand.proxy.cut({ command, collection: 'users', at: 'reply', ...(where ? { where } : {}) })

const sessionCount = () => stand.db.collection('sessions').countDocuments()

describe('the connection is cut when the commit was done', () => {
  test('signup goes on: the user is there once, and signed in', async () => {
    const bob = stand.service.browser()
    cutAfter('insert')
    expect(await outcomeOf(signUp(bob, `bob${count}@example.com`))).toBe('SignupSuccess')
    expect(await whoIs(bob)).toBe(`bob${count}@example.com`)
    expect((await stand.service.mailTo(`bob${count}@example.com`)).token).toBeDefined()
  })

  test('login goes on', async () => {
    const other = stand.service.browser()
    cutAfter('update', sets('lastLoginAt'))
    expect(await outcomeOf(logIn(other, email))).toBe('LoginSuccess')
    expect(await whoIs(other)).toBe(email)
  })

  test('changePassword goes on: the new password opens, the old one does not', async () => {
    const elsewhere = stand.service.browser()
    await logIn(elsewhere, email)
    cutAfter('update', sets('passwordHash'))
    expect(await outcomeOf(changePassword(ada))).toBe('ChangePasswordSuccess')
    expect(await whoIs(ada)).toBe(email)
    expect(await whoIs(elsewhere)).toBeNull()
    expect(await outcomeOf(logIn(elsewhere, email, PASSWORD))).toBe('InvalidCredentials')
    expect(await outcomeOf(logIn(elsewhere, email, OTHER_PASSWORD))).toBe('LoginSuccess')
  })

  test('revokeAllSessions and revokeOtherSessions go on', async () => {
    cutAfter('update', sets('generation'))
    expect(await outcomeOf(revokeOtherSessions(ada))).toBe('SessionsRevoked')
    expect(await whoIs(ada)).toBe(email)
    cutAfter('update', sets('generation'))
    expect(await outcomeOf(revokeAllSessions(ada))).toBe('SessionsRevoked')
    expect(ada.cookie).toBeUndefined()
  })
})

describe('the connection is cut before the commit', () => {
  test('signup answers 503, and neither user nor session is there: it works the second time', async () => {
    const bob = stand.service.browser()
    const before = await sessionCount()
    const fault = cutBefore('insert')
    expect(await signUp(bob, `bob${count}@example.com`)).toMatchObject({
      status: 503,
      code: 'UNAVAILABLE',
      setCookie: [],
    })
    fault.lift()
    expect(await sessionCount()).toBe(before)
    expect(await outcomeOf(signUp(bob, `bob${count}@example.com`))).toBe('SignupSuccess')
  })

  test('login answers 503 without a cookie, and the session that was there lives on', async () => {
    const { cookie } = ada
    const before = await sessionCount()
    const fault = cutBefore('update', sets('lastLoginAt'))
    expect(await logIn(ada, email)).toMatchObject({ status: 503, code: 'UNAVAILABLE', setCookie: [] })
    fault.lift()
    expect(await sessionCount()).toBe(before)
    expect(ada.cookie).toBe(cookie)
    expect(await whoIs(ada)).toBe(email)
  })

  test('changePassword answers 503: the old password, the session and others live on', async () => {
    const elsewhere = stand.service.browser()
    await logIn(elsewhere, email)
    const fault = cutBefore('update', sets('passwordHash'))
    expect(await changePassword(ada)).toMatchObject({ status: 503, code: 'UNAVAILABLE', setCookie: [] })
    fault.lift()
    for (const who of [ada, elsewhere]) expect(await whoIs(who)).toBe(email)
    expect(await outcomeOf(logIn(stand.service.browser(), email))).toBe('LoginSuccess')
  })

  test('and where it cannot be looked at again, no cookie is set for what may have been done', async () => {
    const bob = stand.service.browser()
    const before = await sessionCount()
    const cut = cutAfter('insert')
    const blind = stand.proxy.fail({
      command: 'find',
      collection: 'users',
      where: ({ filter }) => '_id' in filter,
      ...REFUSED,
    })
    expect(await signUp(bob, `bob${count}@example.com`)).toMatchObject({
      status: 503,
      code: 'UNAVAILABLE',
      setCookie: [],
    })
    cut.lift()
    blind.lift()
    expect(await sessionCount()).toBe(before)
    expect(await outcomeOf(signUp(bob, `bob${count}@example.com`))).toBe('EmailTaken')
    expect(await outcomeOf(logIn(bob, `bob${count}@example.com`))).toBe('LoginSuccess')
  })
})

describe('what clears up after the commit fails', () => {
  const clearing = (command: string) => stand.proxy.fail({ command, collection: 'sessions', ...REFUSED })

  test('a login over another one is done, and the new cookie lives', async () => {
    const fault = clearing('delete')
    expect(await outcomeOf(logIn(ada, email))).toBe('LoginSuccess')
    fault.lift()
    expect(await whoIs(ada)).toBe(email)
  })

  test('a login whose trimming fails is done', async () => {
    const bob = stand.service.browser()
    const query = 'mutation ($input: LoginInput!) { login(input: $input) { __typename } }'
    const fault = stand.proxy.fail({ command: 'find', collection: 'sessions', ...REFUSED })
    expect(await outcomeOf(bob.gql(query, { input: { email, password: PASSWORD } }))).toBe('LoginSuccess')
    fault.lift()
    expect(await whoIs(bob)).toBe(email)
  })

  test('a changed password is changed, and the old cookie is dead though its document stays', async () => {
    const thief = ada.clone()
    const faults = [clearing('delete'), stand.proxy.fail({ ...moments.tombstone, ...REFUSED })]
    expect(await outcomeOf(changePassword(ada))).toBe('ChangePasswordSuccess')
    for (const fault of faults) fault.lift()
    expect(await whoIs(ada)).toBe(email)
    expect(await whoIs(thief)).toBeNull()
  })

  test('all sessions that were revoked are dead', async () => {
    const thief = ada.clone()
    const fault = clearing('delete')
    expect(await outcomeOf(revokeAllSessions(ada))).toBe('SessionsRevoked')
    fault.lift()
    expect(ada.cookie).toBeUndefined()
    expect(await whoIs(thief)).toBeNull()
  })

  test('a deleted account is gone', async () => {
    const thief = ada.clone()
    const fault = clearing('delete')
    expect(await outcomeOf(deleteAccount(ada))).toBe('DeleteAccountSuccess')
    fault.lift()
    expect(await whoIs(thief)).toBeNull()
    expect(await outcomeOf(signUp(ada, email))).toBe('SignupSuccess')
  })
})
