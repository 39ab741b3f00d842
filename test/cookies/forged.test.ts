// OWASP ASVS 5.0, 7.2.1: the service itself verifies every session cookie.
import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import type { Browser } from '../testkit/browser.ts'
import { getSignedInEmail, logIn, logOut, signUp } from '../testkit/client.ts'
import { provideService, startOwnProxiedService, startOwnService } from '../testkit/fixtures.ts'
import { parseSessionCookie, signSessionId } from '../testkit/http/cookie.ts'
import { listCommands } from '../testkit/mongo/proxied-service.ts'

const SECRET = 'a first secret of at least thirty-two bytes'
const NEXT = 'another secret of at least thirty-two bytes'
const service = provideService({ settings: { SESSION_SECRET: SECRET } })
let count = 0

async function signUpUser(): Promise<{ email: string; ada: Browser; cookie: string }> {
  count += 1
  const [email, ada] = [`f${count}@forged.example`, service().openBrowser()]
  await signUp(ada, { email })
  return { email, ada, cookie: ada.cookie ?? '' }
}

/** Returns the email address of whoever is signed in by these headers. */
async function findEmail(headers: Record<string, string | string[]>, path = '/graphql') {
  const query = '{ session { user { email } } }'
  const answer = await service().openBrowser().post(path, { query }, headers)
  expect(answer).toMatchObject({ status: 200, setCookie: [] })
  return (answer.body as { data: { session: { user: { email: string } } | null } }).data.session?.user.email ?? null
}

const flip = (text: string, at: number) => `${text.slice(0, at)}${text[at] === 'A' ? 'B' : 'A'}${text.slice(at + 1)}`

test('a cookie with one character of its signature or id changed signs nobody in', async () => {
  const { cookie, email } = await signUpUser()
  expect(await findEmail({ Cookie: `sid=${cookie}` })).toBe(email)
  const plain = decodeURIComponent(cookie)
  for (let at = 2; at < plain.length - 1; at += 3) {
    if (plain[at] !== '.') expect(await findEmail({ Cookie: `sid=${encodeURIComponent(flip(plain, at))}` })).toBeNull()
  }
})

test('cookies with the signatures of two sessions exchanged sign nobody in', async () => {
  const [one, two] = [parseSessionCookie((await signUpUser()).cookie), parseSessionCookie((await signUpUser()).cookie)]
  expect(await findEmail({ Cookie: `sid=${encodeURIComponent(`s:${one.id}.${two.signature}`)}` })).toBeNull()
  expect(await findEmail({ Cookie: `sid=${encodeURIComponent(`s:${two.id}.${one.signature}`)}` })).toBeNull()
})

test('a cookie signed with another secret signs nobody in, and one signed with ours does', async () => {
  const { cookie, email } = await signUpUser()
  const { id } = parseSessionCookie(cookie)
  expect(await findEmail({ Cookie: `sid=${signSessionId(id, NEXT)}` })).toBeNull()
  expect(await findEmail({ Cookie: `sid=${signSessionId(id, SECRET)}` })).toBe(email)
})

test('the id as it is stored in the database signs nobody in, signed or not', async () => {
  const { id } = parseSessionCookie((await signUpUser()).cookie)
  const kept = createHash('sha256').update(id).digest('hex')
  const query = { _id: kept as unknown as never }
  expect(await service().db.collection('sessions').countDocuments(query)).toBe(1)
  expect(await findEmail({ Cookie: `sid=${signSessionId(kept, SECRET)}` })).toBeNull()
  expect(await findEmail({ Cookie: `sid=${kept}` })).toBeNull()
})

test('for a cookie that is not signed, or not even text, no session is looked up', async () => {
  const behind = await startOwnProxiedService({ settings: { SESSION_SECRET: SECRET } })
  const ada = behind.openBrowser()
  await signUp(ada)
  // The worker has sent this mail; from here on only requests read users.
  await behind.waitForMail('ada@example.com')
  const { id, signature } = parseSessionCookie(ada.cookie)
  behind.proxy.clear()
  const values = [
    id,
    '',
    's:',
    `s:${id}`,
    `s:${id}.`,
    `s:.${signature}`,
    'j:{}',
    `j:{"$gt":""}`,
    '%E0%A4%A',
    's%3A',
    '"',
    '\u00ff',
  ]
  for (const value of values) {
    const answer = await behind.openBrowser().gql('{ session { id } }', {}, { Cookie: `sid=${value}` })
    expect([value, answer.status, answer.body.data, answer.setCookie]).toEqual([value, 200, { session: null }, []])
  }
  expect(listCommands(behind.proxy.commands, 'sessions', 'users')).toEqual([])
})

test('a session cookie under another name signs nobody in', async () => {
  const { cookie } = await signUpUser()
  for (const name of [
    '__Host-sid',
    'SID',
    'Sid',
    '__host-sid',
    '',
    'connect.sid',
    'sid2',
    'xsid',
    'ѕid',
    '$sid',
    'sid[]',
    'sid ',
    'sid\t',
  ]) {
    const header = Buffer.from(`${name}=${cookie}`).toString('latin1')
    expect([name, await findEmail({ Cookie: header })]).toEqual([name, null])
  }
  expect(await findEmail({ Cookie: `x="a; sid =${cookie}"` })).toBeNull()
})

test('a session id in another header or in the URL signs nobody in', async () => {
  const { cookie } = await signUpUser()
  const { id } = parseSessionCookie(cookie)
  for (const value of [cookie, id]) {
    expect(await findEmail({ Authorization: `Bearer ${value}` })).toBeNull()
    expect(await findEmail({ 'X-Session': value, 'Set-Cookie': `sid=${value}`, Cookie2: `sid=${value}` })).toBeNull()
    expect(await findEmail({}, `/graphql?sid=${value}`)).toBeNull()
  }
})

test('over https, only the cookie with the __Host- prefix counts', async () => {
  const settings = { PUBLIC_URL: 'https://localhost', TRUST_PROXY: '1', SESSION_SECRET: SECRET }
  const service = await startOwnService({ settings })
  const ada = service.openBrowser({ headers: { 'X-Forwarded-Proto': 'https' } })
  await signUp(ada)
  const ask = async (name: string) => {
    const answer = await service.openBrowser().gql('{ session { id } }', {}, { Cookie: `${name}=${ada.cookie}` })
    return answer.body.data?.session
  }
  expect(await ask('__Host-sid')).toBeTruthy()
  for (const name of ['sid', '__host-sid', '__HOST-SID', '=__Host-sid', '__Host-sid ', '__Host-', '__Secure-sid'])
    expect(await ask(name)).toBeNull()
})

test('two session cookies in one request sign nobody in, in either order, even when they agree, and are logged', async () => {
  const [one, two] = [await signUpUser(), await signUpUser()]
  for (const header of [
    `sid=${one.cookie}; sid=${two.cookie}`,
    `sid=${two.cookie}; sid=${one.cookie}`,
    `sid=${one.cookie}; sid=${one.cookie}`,
    `sid=${one.cookie};sid=x`,
    `sid=; a=b; sid=${one.cookie}`,
  ]) {
    expect(await findEmail({ Cookie: header })).toBeNull()
  }
  expect(await findEmail({ Cookie: [`sid=${one.cookie}`, `sid=${two.cookie}`] })).toBeNull()
  expect(await service().waitForLog(({ event }) => event === 'session.duplicate-cookie')).toBeTruthy()
  expect(await findEmail({ Cookie: `a=b; sid=${one.cookie}; c=d; xsid=e` })).toBe(one.email)
})

test('two session cookies in one request end no session at logout, since it is unclear which', async () => {
  const { ada, cookie, email } = await signUpUser()
  const answer = await service()
    .openBrowser()
    .gql('mutation { logout { ended } }', {}, { Cookie: `sid=${cookie}; sid=x` })
  expect(answer.body.data).toEqual({ logout: { ended: false } })
  expect(answer.setCookie).toHaveLength(1)
  expect(await getSignedInEmail(ada)).toBe(email)
})

test.each([
  ['4 kB', `sid=${'x'.repeat(4096)}`],
  ['8 kB', `sid=s%3A${'x'.repeat(8192)}.y`],
  ['200 of them', Array.from({ length: 200 }, (_, index) => `c${index}=v`).join('; ')],
])('cookies of %s sign nobody in', async (_name, header) => {
  expect(await findEmail({ Cookie: header })).toBeNull()
})

test('cookies of more than 16 KiB are refused, and the service goes on', async () => {
  const answer = await service()
    .openBrowser()
    .gql('{ __typename }', {}, { Cookie: `sid=${'x'.repeat(17_000)}` })
  expect(answer.status).toBe(431)
  expect((await service().openBrowser().get('/healthz')).status).toBe(200)
})

test('a secret is rotated by putting the new one first, and what it signed ends when it is removed', async () => {
  const old = await startOwnService({ settings: { SESSION_SECRET: SECRET } })
  const ada = old.openBrowser()
  await signUp(ada)
  const { id } = parseSessionCookie(ada.cookie)
  const on = (secrets: string) =>
    startOwnService({ databaseUri: old.databaseUri, settings: { SESSION_SECRET: secrets } })
  const [both, next] = [await on(`${NEXT}, ${SECRET}`), await on(NEXT)]

  const at = async (url: typeof both, cookie = ada.cookie) => {
    const browser = url.openBrowser()
    browser.setCookie(cookie ?? '')
    return browser
  }
  expect(await getSignedInEmail(await at(both))).toBe('ada@example.com')
  expect(await getSignedInEmail(await at(next))).toBeNull()
  expect(await getSignedInEmail(await at(next, signSessionId(id, NEXT)))).toBe('ada@example.com')

  const bea = both.openBrowser()
  await logIn(bea)
  expect(bea.cookie).toBe(signSessionId(parseSessionCookie(bea.cookie).id, NEXT))
  expect(await getSignedInEmail(await at(next, bea.cookie))).toBe('ada@example.com')
  await logOut(await at(both))
  expect(await getSignedInEmail(await at(next, signSessionId(id, NEXT)))).toBeNull()
})
