// Proxies write ports and brackets beside addresses in X-Forwarded-For; the address is read without them (RFC 7239, section 6).
import { expect, test } from 'vitest'
import { listSessions, signUp } from '../testkit/client.ts'
import { startOwnService } from '../testkit/fixtures.ts'

test.each([
  ['1', '203.0.113.77:51008', '203.0.113.0'],
  ['1', '[2001:db8:1:2:3:4:5:6]:443', '2001:db8:1:2::'],
  ['1', '[2001:db8::1]', '2001:db8::'],
  ['1', '2001:db8::1', '2001:db8::'],
  ['1', '[::ffff:203.0.113.77]:443', '203.0.113.0'],
  ['1', '::ffff:203.0.113.77', '203.0.113.0'],
  ['1', 'fe80::1%eth0', 'fe80::'],
  ['1', '198.51.100.7, 203.0.113.77:51008', '203.0.113.0'],
  ['2', '198.51.100.7:1, 203.0.113.77:51008', '198.51.100.0'],
  ['127.0.0.1,203.0.113.77', '198.51.100.7:1, 203.0.113.77:51008', '198.51.100.0'],
  ['1', 'unknown', null],
  ['1', '203.0.113.77:51008:1', null],
])('with TRUST_PROXY %s, X-Forwarded-For: %s is read as the address %s', async (trust, forwarded, address) => {
  const service = await startOwnService({ settings: { TRUST_PROXY: trust } })
  const browser = service.openBrowser({ headers: { 'X-Forwarded-For': forwarded } })
  await signUp(browser)
  expect((await listSessions(browser))[0]?.device.address).toBe(address)
})
