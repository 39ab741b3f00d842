import { beforeEach, describe, expect, it } from 'vitest'
import { DAYS, HOURS } from '../../src/units.ts'
import {
  changePassword,
  deleteAccount,
  listSessions,
  reauthenticate,
  revokeAllSessions,
  revokeOtherSessions,
  revokeSession,
} from '../testkit/account.ts'
import { type Browser, browser } from '../testkit/browser.ts'
import { readCookieLine } from '../testkit/cookie.ts'
import { sharedService } from '../testkit/lend.ts'
import { logIn, logOut, OTHER_PASSWORD, PASSWORD, signUp, whoIs } from '../testkit/people.ts'

const HTTPS = { PUBLIC_URL: 'https://localhost', TRUST_PROXY: '1' }
let count = 0

describe.each([
  ['http', {}, {}, 'sid', ['HttpOnly', 'Path=/', 'SameSite=Lax']],
  ['https', HTTPS, { 'X-Forwarded-Proto': 'https' }, '__Host-sid', ['HttpOnly', 'Path=/', 'SameSite=Lax', 'Secure']],
])('C-15: over %s', (_scheme, settings, headers, name, attributes) => {
  const service = sharedService({ settings })
  const somebody = () => service().browser({ headers })
  let email: string
  let ada: Browser

  beforeEach(async () => {
    count += 1
    email = `c${count}@cookie.example`
    ada = somebody()
    await signUp(ada, email)
  })

  /** Exactly one cookie, with these attributes and no other. */
  function read(setCookie: string[]) {
    expect(setCookie).toHaveLength(1)
    const line = readCookieLine(setCookie[0])
    expect(line).toMatchObject({ name, attributes })
    expect(setCookie[0]?.length).toBeLessThan(300)
    return line
  }

  it('signup and login set it, a new value each time, until the browser closes', async () => {
    const answers = [await signUp(somebody(), `x${email}`), await logIn(ada, email), await logIn(ada, email)]
    const lines = answers.map(({ setCookie }) => read(setCookie))
    for (const { value, expires } of lines) {
      expect(value).toMatch(/^s%3A[\w-]{32}\.[\w%]{40,70}$/)
      expect(expires).toBeNull()
    }
    expect(new Set(lines.map(({ value }) => value)).size).toBe(3)
  })

  it('rememberMe adds Expires, at the absolute limit', async () => {
    const { expires } = read((await logIn(ada, email, PASSWORD, { rememberMe: true })).setCookie)
    expect(expires?.getTime()).toBe(service().clock.now().getTime() + 30 * DAYS)
  })

  it('a remembered cookie keeps its Expires when its value changes', async () => {
    const first = read((await logIn(ada, email, PASSWORD, { rememberMe: true })).setCookie)
    service().clock.advance(HOURS)
    const second = read((await reauthenticate(ada, PASSWORD)).answer.setCookie)
    expect(second.expires).toEqual(first.expires)
    expect(second.value).not.toBe(first.value)
    const third = read((await changePassword(ada, PASSWORD, OTHER_PASSWORD)).answer.setCookie)
    expect(third.expires).toEqual(first.expires)
  })

  it('staff are remembered within their own limit, and others among them not at all', async () => {
    await service()
      .db.collection('users')
      .updateOne({ email }, { $set: { roles: ['SUPPORT'] } })
    const { expires } = read((await logIn(ada, email, PASSWORD, { rememberMe: true })).setCookie)
    expect(expires?.getTime()).toBe(service().clock.now().getTime() + 8 * HOURS)
    expect(read((await logIn(ada, email)).setCookie).expires).toBeNull()
  })

  it('reauthenticate, changePassword and revokeOtherSessions set it anew', async () => {
    const values = [
      ada.cookie,
      read((await reauthenticate(ada, PASSWORD)).answer.setCookie).value,
      read((await changePassword(ada, PASSWORD, OTHER_PASSWORD)).answer.setCookie).value,
      read((await revokeOtherSessions(ada)).answer.setCookie).value,
    ]
    expect(new Set(values).size).toBe(4)
    expect(await whoIs(ada)).toBe(email)
  })

  it.each<[string, (who: Browser) => Promise<string[]>]>([
    ['logout', async (who) => (await logOut(who)).setCookie],
    ['revokeAllSessions', async (who) => (await revokeAllSessions(who)).answer.setCookie],
    ['deleteAccount', async (who) => (await deleteAccount(who)).answer.setCookie],
    [
      'revokeSession of the current one',
      async (who) => (await revokeSession(who, (await listSessions(who))[0]?.id ?? '')).answer.setCookie,
    ],
  ])('%s clears it, with the same attributes', async (_name, end) => {
    const { value, expires } = read(await end(ada))
    expect({ value, expires }).toEqual({ value: '', expires: new Date(0) })
    expect(ada.cookie).toBeUndefined()
  })

  it('logout clears whatever the request carried, and nothing where it carried nothing', async () => {
    const forged = somebody()
    forged.setCookie('s%3Aforged.forged')
    expect(read((await logOut(forged)).setCookie).value).toBe('')
    expect((await logOut(somebody())).setCookie).toEqual([])
  })

  it('no other answer touches it', async () => {
    const other = somebody()
    await logIn(other, email)
    const otherId = (await listSessions(other)).find(({ current }) => current)?.id ?? ''
    const answers = [
      await ada.gql('{ __typename }'),
      await ada.gql('{ me { email } session { id } sessions { id } }'),
      await ada.gql('{ nothing }'),
      await ada.gql('mutation { updateProfile(input: { firstName: "Ada" }) { __typename } }'),
      await ada.gql('mutation { changeEmail(email: "x@cookie.example") { __typename } }'),
      await ada.gql('mutation { verifyEmail(token: "x") { __typename } }'),
      await ada.gql(`mutation { requestPasswordReset(email: "${email}") { __typename } }`),
      (await revokeSession(ada, otherId)).answer,
      (await revokeSession(ada, 'unknown')).answer,
      (await reauthenticate(ada, OTHER_PASSWORD)).answer,
      (await changePassword(ada, OTHER_PASSWORD, PASSWORD)).answer,
      (await changePassword(ada, PASSWORD, 'short')).answer,
      await logIn(ada, email, OTHER_PASSWORD),
      await signUp(ada, email),
      await signUp(ada, 'nonsense'),
      await ada.get('/account/export'),
      await ada.get('/healthz'),
      await ada.get('/nothing'),
      await ada.post('/graphql', '{'),
    ]
    expect(answers.map(({ setCookie }) => setCookie)).toEqual(answers.map(() => []))
    expect(await whoIs(ada)).toBe(email)
    service().clock.advance(HOURS)
    expect((await ada.gql('{ me { email } }')).setCookie).toEqual([])
  })

  it('a dead session does not clear it either', async () => {
    service().clock.advance(8 * DAYS)
    expect((await ada.gql('{ session { id } }')).setCookie).toEqual([])
  })
})

describe('C-16: over https, what does not arrive as https', () => {
  const service = sharedService({ settings: HTTPS })

  it.each<[string, Record<string, string>]>([
    ['without a word of the proxy', {}],
    ['as http', { 'X-Forwarded-Proto': 'http' }],
    ['under another header', { 'X-Forwarded-Ssl': 'on', Forwarded: 'proto=https' }],
  ])('%s, is refused before anything is written', async (_name, headers) => {
    const ada = browser(service().url, { headers })
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
  const service = sharedService()

  it('a client that claims https is not believed', async () => {
    const ada = service().browser()
    const answer = await logIn(ada, 'ada@example.com', PASSWORD, {})
    expect(answer.setCookie).toEqual([])
    const forged = browser(service().url)
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

  it('C-52: nobody who has not logged in gets a cookie or a session document', async () => {
    const before = await service().db.collection('sessions').countDocuments()
    for (let index = 0; index < 100; index += 1) {
      const nobody = service().browser()
      if (index % 2) nobody.setCookie(`s%3A${'x'.repeat(32)}${index}.${index}`)
      expect(await nobody.gql('{ session { id } me { id } }')).toMatchObject({ status: 200, setCookie: [] })
    }
    expect(await service().db.collection('sessions').countDocuments()).toBe(before)
  })
})
