// RFC 6265bis and OWASP ASVS 5.0, 3.3: prefix, Secure, HttpOnly and SameSite of the session cookie.
import { expect, test } from 'vitest'
import { DAYS, HOURS } from '../../src/units.ts'
import type { Browser } from '../testkit/browser.ts'
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

const SCHEMES = [
  { scheme: 'http', settings: {}, headers: {}, name: 'sid', attributes: ['HttpOnly', 'Path=/', 'SameSite=Lax'] },
  {
    scheme: 'https',
    settings: { PUBLIC_URL: 'https://localhost', TRUST_PROXY: '1' },
    headers: { 'X-Forwarded-Proto': 'https' },
    name: '__Host-sid',
    attributes: ['HttpOnly', 'Path=/', 'SameSite=Lax', 'Secure'],
  },
]
let count = 0

for (const { scheme, settings, headers, name, attributes } of SCHEMES) {
  const service = provideService({ settings })
  const openBrowser = () => service().openBrowser({ headers })

  async function signUpUser() {
    count += 1
    const [email, ada] = [`c${count}@cookie.example`, openBrowser()]
    await signUp(ada, { email })
    return { email, ada }
  }

  /** Reads the one cookie that is set, which has these attributes and no others. */
  function readCookie(setCookie: string[]) {
    expect(setCookie).toHaveLength(1)
    const line = readCookieLine(setCookie[0])
    expect(line).toMatchObject({ name, attributes })
    expect(setCookie[0]?.length).toBeLessThan(300)
    return line
  }

  test(`over ${scheme}, signup and login each set a new cookie, until the browser closes`, async () => {
    const { ada, email } = await signUpUser()
    const answers = [
      await signUp(openBrowser(), { email: `x${email}` }),
      await logIn(ada, { email }),
      await logIn(ada, { email }),
    ]
    const lines = answers.map(({ setCookie }) => readCookie(setCookie))
    for (const { value, expires } of lines) {
      expect(value).toMatch(/^s%3A[\w-]{32}\.[\w%]{40,70}$/)
      expect(expires).toBeNull()
    }
    expect(new Set(lines.map(({ value }) => value)).size).toBe(3)
  })

  test(`over ${scheme}, rememberMe adds Expires, at the absolute limit`, async () => {
    const { ada, email } = await signUpUser()
    const { expires } = readCookie((await logIn(ada, { email, rememberMe: true })).setCookie)
    expect(expires?.getTime()).toBe(service().clock.now().getTime() + 30 * DAYS)
  })

  test(`over ${scheme}, a remembered cookie keeps its Expires when its value changes`, async () => {
    const { ada, email } = await signUpUser()
    const first = readCookie((await logIn(ada, { email, rememberMe: true })).setCookie)
    service().clock.advance(HOURS)
    const second = readCookie((await reauthenticate(ada)).setCookie)
    expect(second.expires).toEqual(first.expires)
    expect(second.value).not.toBe(first.value)
    const third = readCookie((await changePassword(ada)).setCookie)
    expect(third.expires).toEqual(first.expires)
  })

  test(`over ${scheme}, staff are remembered within their own limit, and not at all by default`, async () => {
    const { ada, email } = await signUpUser()
    await service()
      .db.collection('users')
      .updateOne({ email }, { $set: { roles: ['SUPPORT'] } })
    const { expires } = readCookie((await logIn(ada, { email, rememberMe: true })).setCookie)
    expect(expires?.getTime()).toBe(service().clock.now().getTime() + 8 * HOURS)
    expect(readCookie((await logIn(ada, { email })).setCookie).expires).toBeNull()
  })

  test(`over ${scheme}, reauthenticate, changePassword and revokeOtherSessions set a new cookie`, async () => {
    const { ada, email } = await signUpUser()
    const values = [
      ada.cookie,
      readCookie((await reauthenticate(ada)).setCookie).value,
      readCookie((await changePassword(ada)).setCookie).value,
      readCookie((await revokeOtherSessions(ada)).setCookie).value,
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
  ])(`over ${scheme}, %s clears the cookie with the same attributes`, async (_name, end) => {
    const { ada } = await signUpUser()
    const { value, expires } = readCookie(await end(ada))
    expect({ value, expires }).toEqual({ value: '', expires: new Date(0) })
    expect(ada.cookie).toBeUndefined()
  })

  test(`over ${scheme}, logout clears whatever cookie the request carried, and nothing where it carried none`, async () => {
    const forged = openBrowser()
    forged.setCookie('s%3Aforged.forged')
    expect(readCookie((await logOut(forged)).setCookie).value).toBe('')
    expect((await logOut(openBrowser())).setCookie).toEqual([])
  })

  test(`over ${scheme}, no other answer sets or clears the cookie`, async () => {
    const { ada, email } = await signUpUser()
    const other = openBrowser()
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

  test(`over ${scheme}, a session that has ended does not clear the cookie`, async () => {
    const { ada } = await signUpUser()
    service().clock.advance(8 * DAYS)
    expect((await ada.gql('{ session { id } }')).setCookie).toEqual([])
  })
}
