// OWASP ASVS 5.0, 4.1.3 and 15.3.4: headers of proxies are believed from proxies only.
import { expect, test } from 'vitest'
import { listSessions, signUp } from '../testkit/client.ts'
import { startOwnService } from '../testkit/fixtures.ts'

const CHAIN = { 'X-Forwarded-For': '198.51.100.7, 192.0.2.8, 203.0.113.9' }
const HERE = '127.0.0.0'

/** Signs up with these headers, and returns the address that the session shows. */
async function readAddress(trust: string | null, headers: Record<string, string>): Promise<string | null | undefined> {
  const service = await startOwnService({ settings: trust === null ? {} : { TRUST_PROXY: trust } })
  const browser = service.openBrowser({ headers })
  await signUp(browser)
  return (await listSessions(browser))[0]?.device.address
}

test.each([
  ['nobody is trusted', null, HERE],
  ['one proxy is trusted', '1', '203.0.113.0'],
  ['two proxies are trusted', '2', '192.0.2.0'],
  ['more proxies are trusted than there are', '9', '198.51.100.0'],
  ['this proxy’s address is trusted', '127.0.0.1', '203.0.113.0'],
  ['this proxy’s and the next one’s address are trusted', '127.0.0.1,203.0.113.0/24', '192.0.2.0'],
  ['another address is trusted', '203.0.113.9', HERE],
])('X-Forwarded-For counts as far as TRUST_PROXY goes: %s', async (_name, trust, address) => {
  expect(await readAddress(trust, CHAIN)).toBe(address)
})

test('other headers that name an address are ignored', async () => {
  const headers = { 'X-Real-IP': '203.0.113.9', Forwarded: 'for=203.0.113.9', 'True-Client-IP': '203.0.113.9' }
  for (const trust of [null, '1']) expect(await readAddress(trust, headers)).toBe(HERE)
})

test('X-Forwarded-Proto counts from the proxy that TRUST_PROXY names, and from nobody else', async () => {
  const https = { PUBLIC_URL: 'https://app.example.com' }
  const headers = { 'X-Forwarded-Proto': 'https' }
  const named = await startOwnService({ settings: { ...https, TRUST_PROXY: '127.0.0.1' } })
  expect((await signUp(named.openBrowser({ headers }))).setCookie).toHaveLength(1)
  const other = await startOwnService({ settings: { ...https, TRUST_PROXY: '203.0.113.9' } })
  expect(await signUp(other.openBrowser({ headers }))).toMatchObject({
    status: 400,
    code: 'BAD_REQUEST',
    setCookie: [],
  })
  expect(await other.db.collection('users').countDocuments()).toBe(0)
})
