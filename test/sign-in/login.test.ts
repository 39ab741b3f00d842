// OWASP ASVS 5.0, 7.2.2 and 7.2.4 (session fixation): every login makes a new session.
import { beforeEach, expect, test } from 'vitest'
import {
  getSignedInEmail,
  listSessions,
  logIn,
  logOut,
  OTHER_PASSWORD,
  queryMe,
  reauthenticate,
  requireSessionId,
  signUp,
} from '../testkit/client.ts'
import { provideProxiedService } from '../testkit/fixtures.ts'
import { holdAt, moments } from '../testkit/mongo/holds.ts'
import { createIdleUser, type User } from '../testkit/users.ts'

const service = provideProxiedService()
let ada: User
let bob: User
beforeEach(async () => {
  ada = await createIdleUser(service())
  bob = await createIdleUser(service())
})

const countSessions = () => service().db.collection('sessions').countDocuments({ 'session.replacedAt': null })

test('a login gives a new cookie and a new session, and the old cookie is dead', async () => {
  const planted = ada.browser.clone()
  const handle = await requireSessionId(planted)
  await logIn(ada.browser, { email: ada.email })
  expect(ada.browser.cookie).not.toBe(planted.cookie)
  expect(await requireSessionId(ada.browser)).not.toBe(handle)
  expect(await getSignedInEmail(planted)).toBeNull()
  expect(await listSessions(ada.browser)).toHaveLength(1)
})

test('a cookie that the service did not make is not adopted by a login or a sign-up', async () => {
  const victim = service().openBrowser()
  victim.setCookie('s%3Aplanted-by-somebody-else-0000000.c2lnbmF0dXJl')
  const planted = victim.cookie
  await logIn(victim, { email: ada.email })
  expect(victim.cookie).not.toBe(planted)
  expect(await getSignedInEmail(victim)).toBe(ada.email)
})

test('logging in over the planted cookie of another user signs in the right user, and ends the planted session', async () => {
  const victim = ada.browser.clone()
  await logIn(victim, { email: bob.email })
  expect(await getSignedInEmail(victim)).toBe(bob.email)
  expect(await getSignedInEmail(ada.browser)).toBeNull()
})

test('signing up over the planted cookie of another user signs in the new user, and ends the planted session', async () => {
  const victim = ada.browser.clone()
  await signUp(victim, { email: `new.${ada.email}` })
  expect(await getSignedInEmail(victim)).toBe(`new.${ada.email}`)
  expect(await getSignedInEmail(ada.browser)).toBeNull()
})

test('a refused login leaves the current session and its cookie', async () => {
  const { setCookie } = await logIn(ada.browser, { email: bob.email, password: OTHER_PASSWORD })
  expect(setCookie).toEqual([])
  expect(await getSignedInEmail(ada.browser)).toBe(ada.email)
})

test('the cookie of a session that is gone signs nobody in: no session is made, no cookie set', async () => {
  await service().db.collection('sessions').deleteMany({ 'session.userId': ada.id })
  const before = await countSessions()
  const answer = await ada.browser.gql('{ session { id } me { email } }')
  expect(answer).toMatchObject({ setCookie: [], code: 'UNAUTHENTICATED', body: { data: { session: null } } })
  expect(await countSessions()).toBe(before)
  const gone = ada.browser.cookie
  await logIn(ada.browser, { email: ada.email })
  expect(ada.browser.cookie).not.toBe(gone)
})

/** Logs in twenty times with commits at the same moment; the hashes come one by one, since a busy machine is slow. */
async function logInTwentyTimes(emails: string[]) {
  const tabs = Array.from({ length: 20 }, () => ada.browser.clone())
  const gates = []
  for (const [n, tab] of tabs.entries()) {
    const run = () => logIn(tab, { email: emails[n % emails.length] })
    gates.push(await holdAt(service().proxy, moments.loginCommit, run))
  }
  for (const gate of gates) gate.release()
  const answers = await Promise.all(gates.map(({ answer }) => answer))
  expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200))
  expect(await getSignedInEmail(ada.browser)).toBeNull()
  return tabs
}

test('twenty parallel logins of one user with one old cookie give twenty sessions that all work', async () => {
  const tabs = await logInTwentyTimes([ada.email])
  expect(new Set(tabs.map(({ cookie }) => cookie)).size).toBe(20)
  expect(await Promise.all(tabs.map(getSignedInEmail))).toEqual(Array(20).fill(ada.email))
  expect(await listSessions(tabs[0] as (typeof tabs)[0])).toHaveLength(20)
})

test('parallel logins of two users with one old cookie never mix them up', async () => {
  const tabs = await logInTwentyTimes([ada.email, bob.email])
  const emails = await Promise.all(tabs.map(getSignedInEmail))
  expect(emails).toEqual(tabs.map((_tab, n) => (n % 2 === 0 ? ada.email : bob.email)))
})

const WRITES = {
  'the login’s insert': moments.sessionInsert,
  'the login’s commit': moments.loginCommit,
  'the end of the old session': { command: 'delete', collection: 'sessions' },
}
for (const [name, moment] of Object.entries(WRITES)) {
  test(`a logout with the old cookie before ${name} ends the old session and not the new one`, async () => {
    const old = ada.browser.clone()
    const gate = await holdAt(service().proxy, moment, () => logIn(ada.browser, { email: ada.email }))
    expect((await logOut(ada.browser.clone())).status).toBe(200)
    expect(await getSignedInEmail(old)).toBeNull()
    gate.release()
    await gate.answer
    expect(await getSignedInEmail(old)).toBeNull()
    expect(await getSignedInEmail(ada.browser)).toBe(ada.email)
  })
}

test('requests during a login are each answered as before or as signed out', async () => {
  const old = ada.browser.clone()
  const gate = await holdAt(service().proxy, { command: 'delete', collection: 'sessions' }, () =>
    logIn(ada.browser, { email: bob.email }),
  )
  const first = await Promise.all(Array.from({ length: 10 }, () => queryMe(old)))
  gate.release()
  const second = await Promise.all(Array.from({ length: 10 }, () => queryMe(old)))
  await gate.answer
  for (const { status, body, code } of [...first, ...second]) {
    expect(status).toBe(200)
    if (code) expect(code).toBe('UNAUTHENTICATED')
    else expect(body.data?.me?.email).toBe(ada.email)
  }
  expect(await getSignedInEmail(old)).toBeNull()
  expect(await getSignedInEmail(ada.browser)).toBe(bob.email)
})

test('a query that read the old session before a reauthentication, and its user after, is answered', async () => {
  const old = ada.browser.clone()
  const gate = await holdAt(service().proxy, moments.userRead, () => queryMe(old))
  await reauthenticate(ada.browser)
  gate.release()
  expect((await gate.answer).body.data?.me?.email).toBe(ada.email)
  expect(await getSignedInEmail(old)).toBeNull()
})
