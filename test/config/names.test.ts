// What goes into mail headers and pages: the sender, the service's name and its colour.
import fc from 'fast-check'
import addressparser from 'nodemailer/lib/addressparser/index.js'
import { expect, test } from 'vitest'
import { readConfig } from '../../src/config.ts'
import { listFaults } from '../testkit/settings.ts'

const withSender = (from: string) => ({ SMTP_URL: 'smtp://mail.example.com', MAIL_FROM: from })

test.each([
  'no-reply@example.com',
  'Gatehouse <no-reply@example.com>',
  'Ada & Sons, Ltd. <ada@example.com>',
  '"Ada & Sons, Ltd." <ada@example.com>',
  "Ada O'Neill (Shop) <ada@example.com>",
  'Größe & Co. <no-reply@example.com>',
  'first.last+tag@mail.example.co.uk',
  'Laden <post@bücher.example>',
  '<no-reply@example.com>',
  'root@localhost',
])('MAIL_FROM may be %s where it names one sender', (from) => {
  const isOne = addressparser(from, { flatten: true }).length === 1 && !/^[^"]*[,(].*</.test(from)
  expect(listFaults(withSender(from))).toEqual(isOne ? [] : [expect.stringContaining('MAIL_FROM must be one email')])
})

test.each([
  'a@example.com, b@example.com',
  'a@example.com,b@example.com',
  'a@example.com; b@example.com',
  'a@example.com b@example.com',
  'Ada <a@example.com>, Bob <b@example.com>',
  'Ada <a@example.com> <b@example.com>',
  'Ada <a@example.com,b@example.com>',
  'b@example.com <a@example.com>',
  'Friends: a@example.com, b@example.com;',
  'Friends: a@example.com;',
  'a@example.com (b@example.com)',
  '<@relay.example:a@example.com>',
  '=?utf-8?q?Bank?= <a@example.com>',
  '"a@b"@example.com',
  'a@example.com\r\nBcc: b@example.com',
  'Ada\nBcc: b@example.com <a@example.com>',
  'Ada\u2028 <a@example.com>',
  'Ada\u202e <a@example.com>',
  'Ada\0 <a@example.com>',
  'a@b@example.com',
  'a@-example.com',
  'a@example..com',
  '.a@example.com',
  'a@',
  '@example.com',
  'Ada',
  'Ada <a@example.com',
  `${'a'.repeat(250)}@example.com`,
  `${'A'.repeat(101)} <a@example.com>`,
])('MAIL_FROM is refused where it is more or less than one sender: %j', (from) => {
  expect(listFaults(withSender(from))).toEqual([expect.stringContaining('MAIL_FROM must be one email address')])
})

test('whatever MAIL_FROM accepts is one address to the mail library, too', () => {
  const part = fc.constantFrom('Ada', ' ', '"', ',', ';', ':', '<', '>', '(', ')', '@', '.', 'a@b.example', '\\', '=?')
  fc.assert(
    fc.property(fc.array(part, { maxLength: 8 }), (parts) => {
      const from = parts.join('')
      if (from === '' || listFaults(withSender(from)).length > 0) return
      const parsed = addressparser(from, { flatten: true })
      expect([from, parsed]).toEqual([
        from,
        [{ name: expect.not.stringContaining('@'), address: expect.stringMatching(/^[^\s@]+@[^\s@]+$/) }],
      ])
    }),
    { numRuns: 2000 },
  )
})

test.each(['Gatehouse', "Ada's Shop & Café", '店', 'Shop 2', 'नमस्\u200dते', ' Shop '])(
  'SERVICE_NAME may be %j',
  (name) => {
    expect(readConfig({ SERVICE_NAME: name }).serviceName).toBe(name.trim())
  },
)

test.each([
  '<b>Shop</b>',
  'Shop"onload="x',
  'Shop\r\nBcc: a@example.com',
  'Shop\0',
  'Shop\u2028x',
  'Shop\u202eX',
  'Shop: login',
  'Shop <a@example.com>',
  'a@example.com',
  '=?utf-8?q?Bank?=',
  '\u200b',
  '\u3164',
  '\u2800',
  '   ',
  '---',
  'x'.repeat(61),
])('SERVICE_NAME is refused where it shows nothing or means something to a header or a page: %j', (name) => {
  expect(listFaults({ SERVICE_NAME: name })).toEqual([expect.stringContaining('SERVICE_NAME must be a name')])
})

test('ACCENT_COLOR is a CSS colour in hexadecimal digits', () => {
  expect(readConfig({ ACCENT_COLOR: '#1F5FBF' }).accentColor).toBe('#1f5fbf')
  expect(readConfig({ ACCENT_COLOR: '#Ab0' }).accentColor).toBe('#aabb00')
  for (const value of ['red', '1f5fbf', '#1f5fb', '#1f5fbf80', '#ggg', '#fff;', 'url(x)', '#fff}body{x', '#ｆff'])
    expect(listFaults({ ACCENT_COLOR: value })).toEqual([expect.stringContaining('ACCENT_COLOR must be a CSS colour')])
})
