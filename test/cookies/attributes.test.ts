import { beforeEach, describe, expect, test } from 'vitest'
import { DAYS, HOURS } from '../../src/units.ts'
import { type Browser, openBrowser } from '../testkit/browser.ts'
import {
  changePassword,
  deleteAccount,
  getSignedInEmail,
  listSessions,
  logIn,
  logOut,
  OTHER_PASSWORD,
  PASSWORD,
  reauthenticate,
  revokeAllSessions,
  revokeOtherSessions,
  revokeSession,
  signUp,
} from '../testkit/client.ts'
import { provideService } from '../testkit/fixtures.ts'
import { readCookieLine } from '../testkit/http/cookie.ts'

const HTTPS = { PUBLIC_URL: 'https://localhost', TRUST_PROXY: '1' }
let count = 0

describe.each([
  ['http', {}, {}, 'sid', ['HttpOnly', 'Path=/', 'SameSite=Lax']],
  ['https', HTTPS, { 'X-Forwarded-Proto': 'https' }, '__Host-sid', ['HttpOnly', 'Path=/', 'SameSite=Lax', 'Secure']],
])('C-15: over %s', (_scheme, settings, headers, name, attributes) => {
  const service = provideService({ settings })
  const somebody = () => service().openBrowser({ headers })
  let email: string
  let ada: Browser

  beforeEach(async () => {
    count += 1
    email = `c${count}@cookie.example`
    ada = somebody()
    await signUp(ada, { email })
  })

  /** Exactly one cookie, with these attributes and no other. */
  function read(setCookie: string[]) {
    expect(setCookie).toHaveLength(1)
    const line = readCookieLine(setCookie[0])
    expect(line).toMatchObject({ name, attributes })
    expect(setCookie[0]?.length).toBeLessThan(300)
    return line
  }

  test('signup and login set it, a new value each time, until the browser closes', async () => {
    const answers = [
      await signUp(somebody(), { email: `x${email}` }),
      await logIn(ada, { email }),
      await logIn(ada, { email }),
    ]
    const lines = answers.map(({ setCookie }) => read(setCookie))
    for (const { value, expires } of lines) {
      expect(value).toMatch(/^s%3A[\w-]{32}\.[\w%]{40,70}$/)
      expect(expires).toBeNull()
    }
    expect(new Set(lines.map(({ value }) => value)).size).toBe(3)
  })

  test('rememberMe adds Expires, at the absolute limit', async () => {
    const { expires } = read((await logIn(ada, { email, rememberMe: true })).setCookie)
    expect(expires?.getTime()).toBe(service().clock.now().getTime() + 30 * DAYS)
  })

  test('a remembered cookie keeps its Expires when its value changes', async () => {
    const first = read((await logIn(ada, { email, rememberMe: true })).setCookie)
    service().clock.advance(HOURS)
    const second = read((await reauthenticate(ada)).setCookie)
    expect(second.expires).toEqual(first.expires)
    expect(second.value).not.toBe(first.value)
    const third = read((await changePassword(ada)).setCookie)
    expect(third.expires).toEqual(first.expires)
  })

  test('staff are remembered within their own limit, and others among them not at all', async () => {
    await service()
      .db.collection('users')
      .updateOne({ email }, { $set: { roles: ['SUPPORT'] } })
    const { expires } = read((await logIn(ada, { email, rememberMe: true })).setCookie)
    expect(expires?.getTime()).toBe(service().clock.now().getTime() + 8 * HOURS)
    expect(read((await logIn(ada, { email })).setCookie).expires).toBeNull()
  })

  test('reauthenticate, changePassword and revokeOtherSessions set it anew', async () => {
    const values = [
      ada.cookie,
      read((await reauthenticate(ada)).setCookie).value,
      read((await changePassword(ada)).setCookie).value,
      read((await revokeOtherSessions(ada)).setCookie).value,
    ]
    expect(new Set(values).size).toBe(4)
    expect(await getSignedInEmail(ada)).toBe(email)
  })

  test.each<[string, (browser: Browser) => Promise<string[]>]>([
    ['logout', async (browser) => (await logOut(browser)).setCookie],
    ['revokeAllSessions', async (browser) => (await revokeAllSessions(browser)).setCookie],
    ['deleteAccount', async (browser) => (await deleteAccount(browser)).setCookie],
    [
      'revokeSession of the current one',
      async (browser) => (await revokeSession(browser, { id: (await listSessions(browser))[0]?.id ?? '' })).setCookie,
    ],
  ])('%s clears it, with the same attributes', async (_name, end) => {
    const { value, expires } = read(await end(ada))
    expect({ value, expires }).toEqual({ value: '', expires: new Date(0) })
    expect(ada.cookie).toBeUndefined()
  })

  test('logout clears whatever the request carried, and nothing where it carried nothing', async () => {
    const forged = somebody()
    forged.setCookie('s%3Aforged.forged')
    expect(read((await logOut(forged)).setCookie).value).toBe('')
    expect((await logOut(somebody())).setCookie).toEqual([])
  })

  test('no other answer touches it', async () => {
    const other = somebody()
    await logIn(other, { email })
    const otherId = (await listSessions(other)).find(({ current }) => current)?.id ?? ''
    const answers = [
      await ada.gql('{ __typename }'),
      await ada.gql('{ me { email } session { id } sessions { id } }'),
      await ada.gql('{ nothing }'),
      await ada.gql('mutation { updateProfile(input: { firstName: "Ada" }) { __typename } }'),
      await ada.gql('mutation { changeEmail(email: "x@cookie.example") { __typename } }'),
      await ada.gql('mutation { verifyEmail(token: "x") { __typename } }'),
      await ada.gql(`mutation { requestPasswordReset(email: "${email}") { __typename } }`),
      await revokeSession(ada, { id: otherId }),
      await revokeSession(ada, { id: 'unknown' }),
      await reauthenticate(ada, { password: OTHER_PASSWORD }),
      await changePassword(ada, { currentPassword: OTHER_PASSWORD, newPassword: PASSWORD }),
      await changePassword(ada, { newPassword: 'short' }),
      await logIn(ada, { email, password: OTHER_PASSWORD }),
      await signUp(ada, { email }),
      await signUp(ada, { email: 'nonsense' }),
      await ada.get('/account/export'),
      await ada.get('/healthz'),
      await ada.get('/nothing'),
      await ada.post('/graphql', '{'),
    ]
    expect(answers.map(({ setCookie }) => setCookie)).toEqual(answers.map(() => []))
    expect(await getSignedInEmail(ada)).toBe(email)
    service().clock.advance(HOURS)
    expect((await ada.gql('{ me { email } }')).setCookie).toEqual([])
  })

  test('a dead session does not clear it either', async () => {
    service().clock.advance(8 * DAYS)
    expect((await ada.gql('{ session { id } }')).setCookie).toEqual([])
  })
})

describe('C-16: over https, what does not arrive as https', () => {
  const service = provideService({ settings: HTTPS })

  test.each<[string, Record<string, string>]>([
    ['without a word of the proxy', {}],
    ['as http', { 'X-Forwarded-Proto': 'http' }],
    ['under another header', { 'X-Forwarded-Ssl': 'on', Forwarded: 'proto=https' }],
  ])('%s, is refused before anything is written', async (_name, headers) => {
    const ada = openBrowser(service().url, { headers })
    for (const answer of [await signUp(ada), await logIn(ada)]) {
      expect(answer).toMatchObject({ status: 400, code: 'BAD_REQUEST', setCookie: [] })
    }
    for (const name of ['users', 'sessions', 'mails']) {
      expect(await service().db.collection(name).countDocuments()).toBe(0)
    }
    expect((await ada.gql('{ session { id } }')).body.data).toEqual({ session: null })
  })
})

describe('C-16: over http', () => {
  const service = provideService()

  test('a client that claims https is not believed', async () => {
    const ada = service().openBrowser()
    const answer = await logIn(ada, { email: 'ada@example.com' })
    expect(answer.setCookie).toEqual([])
    const forged = openBrowser(service().url)
    const signup = await forged.gql(
      `mutation { signup(input: { email: "proto@example.com", password: "${PASSWORD}" }) { __typename } }`,
      {},
      { 'X-Forwarded-Proto': 'https' },
    )
    expect(readCookieLine(signup.setCookie[0])).toMatchObject({
      name: 'sid',
      attributes: ['HttpOnly', 'Path=/', 'SameSite=Lax'],
    })
  })

  test('C-52: nobody who has not logged in gets a cookie or a session document', async () => {
    const before = await service().db.collection('sessions').countDocuments()
    for (let index = 0; index < 100; index += 1) {
      const nobody = service().openBrowser()
      if (index % 2) nobody.setCookie(`s%3A${'x'.repeat(32)}${index}.${index}`)
      expect(await nobody.gql('{ session { id } me { id } }')).toMatchObject({ status: 200, setCookie: [] })
    }
    expect(await service().db.collection('sessions').countDocuments()).toBe(before)
  })
})
