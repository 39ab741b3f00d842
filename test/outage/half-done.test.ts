// A commit whose answer was lost is read back; a clean-up that fails after a commit does not undo it.
import type { Document } from 'mongodb'
import { beforeEach, expect, test } from 'vitest'
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

/** Cuts the commit before the server sees it, as often as the driver tries. */
const cutBefore = (command: string, where?: (document: Document) => boolean) =>
  service().proxy.cut({ command, collection: 'users', at: 'request', times: 2, ...(where ? { where } : {}) })

/** Lets the commit happen and cuts its answer. */
const cutAfter = (command: string, where?: (document: Document) => boolean) =>
  service().proxy.cut({ command, collection: 'users', at: 'reply', ...(where ? { where } : {}) })

const countSessions = () => service().db.collection('sessions').countDocuments()

test('a signup whose commit was done but not heard of goes on: the user is there once, and signed in', async () => {
  const bob = service().openBrowser()
  cutAfter('insert')
  expect((await signUp(bob, { email: `bob${count}@example.com` })).kind).toBe('SignupSuccess')
  expect(await getSignedInEmail(bob)).toBe(`bob${count}@example.com`)
  expect((await service().waitForMail(`bob${count}@example.com`)).token).toBeDefined()
})

test('a login whose commit was done but not heard of goes on', async () => {
  const other = service().openBrowser()
  cutAfter('update', sets('lastLoginAt'))
  expect((await logIn(other, { email })).kind).toBe('LoginSuccess')
  expect(await getSignedInEmail(other)).toBe(email)
})

test('a changePassword whose commit was done but not heard of goes on: only the new password works', async () => {
  const elsewhere = service().openBrowser()
  await logIn(elsewhere, { email })
  cutAfter('update', sets('passwordHash'))
  expect((await changePassword(ada)).kind).toBe('ChangePasswordSuccess')
  expect(await getSignedInEmail(ada)).toBe(email)
  expect(await getSignedInEmail(elsewhere)).toBeNull()
  expect((await logIn(elsewhere, { email })).kind).toBe('InvalidCredentials')
  expect((await logIn(elsewhere, { email, password: OTHER_PASSWORD })).kind).toBe('LoginSuccess')
})

test('revoking sessions goes on when its commit was done but not heard of', async () => {
  cutAfter('update', sets('generation'))
  expect((await revokeOtherSessions(ada)).kind).toBe('SessionsRevoked')
  expect(await getSignedInEmail(ada)).toBe(email)
  cutAfter('update', sets('generation'))
  expect((await revokeAllSessions(ada)).kind).toBe('SessionsRevoked')
  expect(ada.cookie).toBeUndefined()
})

test('a signup cut before its commit answers 503, leaves neither user nor session, and works the second time', async () => {
  const bob = service().openBrowser()
  const before = await countSessions()
  const fault = cutBefore('insert')
  expect(await signUp(bob, { email: `bob${count}@example.com` })).toMatchObject({
    status: 503,
    code: 'UNAVAILABLE',
    setCookie: [],
  })
  fault.lift()
  expect(await countSessions()).toBe(before)
  expect((await signUp(bob, { email: `bob${count}@example.com` })).kind).toBe('SignupSuccess')
})

test('a login cut before its commit answers 503 without a cookie, and the session that was there lives on', async () => {
  const { cookie } = ada
  const before = await countSessions()
  const fault = cutBefore('update', sets('lastLoginAt'))
  expect(await logIn(ada, { email })).toMatchObject({ status: 503, code: 'UNAVAILABLE', setCookie: [] })
  fault.lift()
  expect(await countSessions()).toBe(before)
  expect(ada.cookie).toBe(cookie)
  expect(await getSignedInEmail(ada)).toBe(email)
})

test('a changePassword cut before its commit answers 503: the old password and all sessions live on', async () => {
  const elsewhere = service().openBrowser()
  await logIn(elsewhere, { email })
  const fault = cutBefore('update', sets('passwordHash'))
  expect(await changePassword(ada)).toMatchObject({ status: 503, code: 'UNAVAILABLE', setCookie: [] })
  fault.lift()
  for (const browser of [ada, elsewhere]) expect(await getSignedInEmail(browser)).toBe(email)
  expect((await logIn(service().openBrowser(), { email })).kind).toBe('LoginSuccess')
})

test('where the outcome of a commit cannot be read back, no cookie is set', async () => {
  const bob = service().openBrowser()
  const before = await countSessions()
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
  expect(await countSessions()).toBe(before)
  expect((await signUp(bob, { email: `bob${count}@example.com` })).kind).toBe('EmailTaken')
  expect((await logIn(bob, { email: `bob${count}@example.com` })).kind).toBe('LoginSuccess')
})

const failClearing = (command: string) => service().proxy.fail({ command, collection: 'sessions', ...REFUSED })

test('a login whose clean-up fails succeeds, and the new cookie works', async () => {
  const fault = failClearing('delete')
  expect((await logIn(ada, { email })).kind).toBe('LoginSuccess')
  fault.lift()
  expect(await getSignedInEmail(ada)).toBe(email)
})

test('a login whose trimming of old sessions fails succeeds', async () => {
  const bob = service().openBrowser()
  const query = 'mutation ($input: LoginInput!) { login(input: $input) { __typename } }'
  const fault = service().proxy.fail({ command: 'find', collection: 'sessions', ...REFUSED })
  const answer = await callField(bob, 'login', query, { input: { email, password: PASSWORD } })
  expect(answer.kind).toBe('LoginSuccess')
  fault.lift()
  expect(await getSignedInEmail(bob)).toBe(email)
})

test('a password change whose clean-up fails is in effect, and the old cookie is dead', async () => {
  const thief = ada.clone()
  const faults = [failClearing('delete'), service().proxy.fail({ ...moments.sessionReplacement, ...REFUSED })]
  expect((await changePassword(ada)).kind).toBe('ChangePasswordSuccess')
  for (const fault of faults) fault.lift()
  expect(await getSignedInEmail(ada)).toBe(email)
  expect(await getSignedInEmail(thief)).toBeNull()
})

test('sessions whose documents cannot be deleted are revoked all the same', async () => {
  const thief = ada.clone()
  const fault = failClearing('delete')
  expect((await revokeAllSessions(ada)).kind).toBe('SessionsRevoked')
  fault.lift()
  expect(ada.cookie).toBeUndefined()
  expect(await getSignedInEmail(thief)).toBeNull()
})

test('an account whose sessions cannot be deleted is deleted all the same', async () => {
  const thief = ada.clone()
  const fault = failClearing('delete')
  expect((await deleteAccount(ada)).kind).toBe('DeleteAccountSuccess')
  fault.lift()
  expect(await getSignedInEmail(thief)).toBeNull()
  expect((await signUp(ada, { email })).kind).toBe('SignupSuccess')
})
