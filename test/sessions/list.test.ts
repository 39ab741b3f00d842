// OWASP ASVS 5.0, 7.5.2: users see their sessions.
import { expect, test } from 'vitest'
import { listSessions, logIn, reauthenticate, signUp } from '../testkit/client.ts'
import { provideService } from '../testkit/fixtures.ts'
import { createUser } from '../testkit/users.ts'

const service = provideService({ settings: { TRUST_PROXY: '1' } })
const MINUTE = 60_000

const DEVICES = [
  [
    'Chrome on Windows',
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36',
  ],
  ['Firefox on Linux', 'Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0'],
  [
    'Safari on iOS',
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1',
  ],
  [
    'Microsoft Edge on Windows',
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36 Edg/131.0.0.0',
  ],
  ['curl', 'curl/8.5.0'],
] as const

test.each(DEVICES)('a session shows its device by name: %s', async (name, userAgent) => {
  const email = `${name.toLowerCase().replaceAll(' ', '.')}@example.com`
  const browser = service().openBrowser({ headers: { 'User-Agent': userAgent } })
  await signUp(browser, { email })
  expect((await listSessions(browser))[0]?.device).toMatchObject({ name, userAgent })
})

test('a device without a User-Agent has a name, too', async () => {
  const { browser } = await createUser(service(), { email: 'bare@example.com' })
  expect((await listSessions(browser))[0]?.device).toMatchObject({ name: 'Unknown device', userAgent: null })
})

test('a User-Agent is cut at 256 characters', async () => {
  const browser = service().openBrowser({ headers: { 'User-Agent': `curl/${'8'.repeat(400)}` } })
  await signUp(browser, { email: 'long@example.com' })
  expect((await listSessions(browser))[0]?.device.userAgent).toBe(`curl/${'8'.repeat(251)}`)
})

test.each([
  ['203.0.113.77', '203.0.113.0'],
  ['::ffff:203.0.113.77', '203.0.113.0'],
  ['2001:db8:85a3:1234:5678:8a2e:370:7334', '2001:db8:85a3:1234::'],
  ['2001:db8::1', '2001:db8::'],
  ['2001:db8:0:12:1::1', '2001:db8:0:12::'],
  ['fe80::1', 'fe80::'],
  ['::1', '::'],
  ['not an address', null],
])('the address %s is stored and shown as %s', async (address, coarse) => {
  const browser = service().openBrowser({ headers: { 'X-Forwarded-For': address } })
  const email = `ip${address
    .replace(/[^0-9a-z]/g, '-')
    .replace(/^-*/, 'x')
    .replace(/-*$/, 'x')}@example.com`
  await signUp(browser, { email })
  expect((await listSessions(browser))[0]?.device.address).toBe(coarse)
  const stored = JSON.stringify(await service().db.collection('sessions').find().toArray())
  if (coarse !== address) expect(stored).not.toContain(`"${address}"`)
})

test('the list has the live sessions of the user alone, the most recently used first, and marks the current one', async () => {
  const { browser: ada } = await createUser(service(), { email: 'ada@example.com' })
  await createUser(service(), { email: 'other@example.com' })
  const phones = []
  for (const agent of ['phone-a/1', 'phone-b/1']) {
    service().clock.advance(2 * MINUTE)
    const phone = service().openBrowser({ headers: { 'User-Agent': agent } })
    await logIn(phone, { email: 'ada@example.com' })
    phones.push(phone)
  }
  service().clock.advance(2 * MINUTE)
  const listed = await listSessions(ada)
  expect(listed.map(({ device, current }) => [device.name, current])).toEqual([
    ['Unknown device', true],
    ['phone-b', false],
    ['phone-a', false],
  ])
  const [fromPhone] = await Promise.all(phones.map(listSessions))
  expect(fromPhone?.filter(({ current }) => current).map(({ device }) => device.name)).toEqual(['phone-a'])
  expect(listed[0]?.lastSeenAt).toBe(service().clock.now().toISOString())
})

test('the id of a session is stable, and neither it nor the list holds the cookie, its id or its hash', async () => {
  const { browser: bea } = await createUser(service(), { email: 'bea@example.com' })
  const [before] = await listSessions(bea)
  const first = decodeURIComponent(bea.cookie ?? '')
  service().clock.advance(2 * MINUTE)
  await reauthenticate(bea)
  const answer = await bea.gql('{ sessions { id device { name userAgent address } user { id email } } session { id } }')
  const [after] = await listSessions(bea)
  expect(after?.id).toBe(before?.id)
  expect(answer.body.data?.session).toEqual({ id: before?.id })
  const documents = await service().db.collection<{ _id: string }>('sessions').find().toArray()
  const ids = [first, decodeURIComponent(bea.cookie ?? '')].flatMap((cookie) => [cookie, cookie.slice(2).split('.')[0]])
  for (const secret of [...ids, ...documents.map(({ _id }) => _id)]) expect(answer.text).not.toContain(secret)
})

test('the list and the current session agree on when it ends', async () => {
  const cid = service().openBrowser()
  await signUp(cid, { email: 'cid@example.com' })
  await logIn(cid, { email: 'cid@example.com', rememberMe: true })
  const answer = await cid.gql('{ sessions { id expiresAt createdAt } session { id expiresAt createdAt } }')
  expect(answer.body.data?.sessions).toEqual([answer.body.data?.session])
})
