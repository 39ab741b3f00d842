// What was committed is acknowledged, and what was not acknowledged is never alive, wherever the connection is cut.
import type { Document } from 'mongodb'
import { beforeEach, expect, test } from 'vitest'
import type { Browser, Tree } from '../testkit/browser.ts'
import {
  changePassword,
  disableUser,
  enableUser,
  getSignedInEmail,
  listSessions,
  logIn,
  OTHER_PASSWORD,
  PASSWORD,
  setUserRoles,
  updateProfile,
} from '../testkit/client.ts'
import { holdDeadlines } from '../testkit/deadlines.ts'
import { provideProxiedService } from '../testkit/fixtures.ts'
import { holdAt, moments } from '../testkit/mongo/holds.ts'
import { createUser, type User } from '../testkit/users.ts'

const service = provideProxiedService()
let chief: User
let ada: User
beforeEach(async () => {
  chief = await createUser(service(), { roles: ['ADMIN'] })
  ada = await createUser(service())
  await service().waitForMail(chief.email)
  await service().waitForMail(ada.email)
})

const findUser = ({ email }: User) => service().db.collection('users').findOne({ emailCanonical: email })

type Verb = [act: () => Promise<{ kind: string | undefined }>, kind: string, event: string, stored: () => Document]

const VERBS: Record<string, Verb> = {
  updateProfile: [
    () => updateProfile(ada.browser, { firstName: 'Ada' }),
    ...(['UpdateProfileSuccess', 'profile.updated', () => ({ firstName: 'Ada' })] as const),
  ],
  setUserRoles: [
    () => setUserRoles(chief.browser, { id: ada.id, roles: ['SUPPORT'] }),
    ...(['AdminUserSuccess', 'user.roles-set', () => ({ roles: ['SUPPORT'] })] as const),
  ],
  disableUser: [
    () => disableUser(chief.browser, { id: ada.id }),
    ...(['AdminUserSuccess', 'user.disabled', () => ({ disabledAt: expect.any(Date) })] as const),
  ],
  enableUser: [
    () => enableUser(chief.browser, { id: ada.id }),
    ...(['AdminUserSuccess', 'user.enabled', () => ({ disabledAt: null })] as const),
  ],
}

test.each(Object.entries(VERBS))(
  '%s whose commit was done but not heard of succeeds, and the log has its event',
  async (name, verb) => {
    const [act, kind, event, stored] = verb
    const command = name === 'disableUser' ? 'findAndModify' : 'update'
    if (name === 'enableUser') await disableUser(chief.browser, { id: ada.id })
    const cut = service().proxy.cut({ command, collection: 'users', at: 'reply' })
    expect((await act()).kind).toBe(kind)
    await cut.reached
    expect(await findUser(ada)).toMatchObject(stored())
    expect(await service().waitForLog((line) => line.event === event && line.userId === ada.id)).toBeDefined()
  },
)

const SELECTS_EMAIL = 'user { email }'

/** Verbs that select what the guard of a user's own fields looks at, and their commits. */
const ANSWERS = {
  signup: {
    query: `mutation { signup(input: { email: "EMAIL", password: "${PASSWORD}" }) { ... on SignupSuccess { ${SELECTS_EMAIL} } } }`,
    commit: moments.signupCommit,
    read: (data: Tree) => data.signup?.user?.email,
  },
  login: {
    query: `mutation { login(input: { email: "EMAIL", password: "${PASSWORD}" }) { ... on LoginSuccess { ${SELECTS_EMAIL} } } }`,
    commit: moments.loginCommit,
    read: (data: Tree) => data.login?.user?.email,
  },
  changePassword: {
    query: `mutation { changePassword(input: { currentPassword: "${PASSWORD}", newPassword: "${OTHER_PASSWORD}" }) { ... on ChangePasswordSuccess { session { ${SELECTS_EMAIL} } } } }`,
    commit: moments.passwordCommit,
    read: (data: Tree) => data.changePassword?.session?.user?.email,
  },
}

test.each(Object.entries(ANSWERS))(
  'what %s has committed is answered without another read of user or session',
  async (name, { query, commit, read }) => {
    const browser: Browser = name === 'changePassword' ? ada.browser : service().openBrowser()
    const email = name === 'signup' ? `new.${ada.email}` : ada.email
    const gate = await holdAt(service().proxy, { ...commit, at: 'reply' }, () =>
      browser.gql(query.replace('EMAIL', email)),
    )
    const blind = ['users', 'sessions'].map((collection) =>
      service().proxy.fail({ command: 'find', collection, code: 14_031, times: 99 }),
    )
    gate.release()
    const { status, body, setCookie } = await gate.answer
    for (const fault of blind) fault.lift()
    expect({ status, email: body.data && read(body.data), cookies: setCookie.length }).toEqual({
      status: 200,
      email,
      cookies: 1,
    })
    expect(await getSignedInEmail(browser)).toBe(email)
  },
)

test('a login that was not acknowledged is neither listed nor alive, wherever it was cut', async () => {
  const before = await listSessions(ada.browser)
  for (const match of [moments.sessionInsert, moments.loginCommit]) {
    for (const at of ['request', 'reply'] as const) {
      const browser = service().openBrowser()
      const cuts = service().proxy.cut({ ...match, at, times: 2 })
      const { kind } = await logIn(browser, { email: ada.email })
      cuts.lift()
      const isSignedIn = kind === 'LoginSuccess'
      expect(await getSignedInEmail(browser)).toBe(isSignedIn ? ada.email : null)
      const listed = await listSessions(ada.browser)
      expect(listed).toHaveLength(before.length + (isSignedIn ? 1 : 0))
      if (isSignedIn) before.push(...listed.filter(({ id }) => before.every((one) => one.id !== id)))
    }
  }
})

test('a password change whose answer comes after the deadline is read back in a time of its own, and acknowledged', async () => {
  const deadlines = holdDeadlines()
  const other = await ada.logInElsewhere()
  const change = await holdAt(service().proxy, { ...moments.passwordCommit, at: 'reply' }, () => changePassword(other))
  deadlines.passAll()
  expect((await change.answer).kind).toBe('ChangePasswordSuccess')
  change.release()
  expect(await getSignedInEmail(other)).toBe(ada.email)
  expect(await getSignedInEmail(ada.browser)).toBeNull()
})

test.each(['request', 'reply'] as const)(
  'a login that the deadline stops at the %s of its commit is refused, and leaves no session',
  async (at) => {
    const deadlines = holdDeadlines()
    const browser = service().openBrowser()
    const login = await holdAt(service().proxy, { ...moments.loginCommit, at }, () =>
      logIn(browser, { email: ada.email }),
    )
    deadlines.passAll()
    expect(await login.answer).toMatchObject({ status: 503, code: 'UNAVAILABLE', setCookie: [] })
    login.cut()
    expect(await listSessions(ada.browser)).toHaveLength(1)
  },
)
