// What does not arrive as https, where the cookie is Secure and where it is not.
import { expect, test } from 'vitest'
import { openBrowser } from '../testkit/browser.ts'
import { logIn, PASSWORD, signUp } from '../testkit/client.ts'
import { provideService } from '../testkit/fixtures.ts'
import { readCookieLine } from '../testkit/http/cookie.ts'

const overHttps = provideService({ settings: { PUBLIC_URL: 'https://localhost', TRUST_PROXY: '1' } })
const overHttp = provideService()

test.each<[string, Record<string, string>]>([
  ['without a word of the proxy', {}],
  ['as http', { 'X-Forwarded-Proto': 'http' }],
  ['under another header', { 'X-Forwarded-Ssl': 'on', Forwarded: 'proto=https' }],
])('over https, a login that arrives %s is refused before anything is written', async (_name, headers) => {
  const ada = openBrowser(overHttps().url, { headers })
  for (const answer of [await signUp(ada), await logIn(ada)]) {
    expect(answer).toMatchObject({ status: 400, code: 'BAD_REQUEST', setCookie: [] })
  }
  for (const name of ['users', 'sessions', 'mails']) {
    expect(await overHttps().db.collection(name).countDocuments()).toBe(0)
  }
  expect((await ada.gql('{ session { id } }')).body.data).toEqual({ session: null })
})

test('over http, a client that claims https is not believed', async () => {
  const ada = overHttp().openBrowser()
  const answer = await logIn(ada, { email: 'ada@example.com' })
  expect(answer.setCookie).toEqual([])
  const forged = openBrowser(overHttp().url)
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

test('nobody who has not logged in gets a cookie or a session document', async () => {
  const before = await overHttp().db.collection('sessions').countDocuments()
  for (let index = 0; index < 100; index += 1) {
    const anonymous = overHttp().openBrowser()
    if (index % 2) anonymous.setCookie(`s%3A${'x'.repeat(32)}${index}.${index}`)
    expect(await anonymous.gql('{ session { id } me { id } }')).toMatchObject({ status: 200, setCookie: [] })
  }
  expect(await overHttp().db.collection('sessions').countDocuments()).toBe(before)
})
