import express from 'express'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readConfig } from '../../src/config.ts'
import { type Environment, listFaults, PRODUCTION } from '../testkit/settings.ts'

const SECRET = PRODUCTION.SESSION_SECRET
const describeFaults = (env: Environment) => listFaults(env).join('\n')

test.each(['https://example.com', 'https://example.com/', 'https://app.example.com:8443', 'http://localhost:3000'])(
  'PUBLIC_URL may be %s',
  (url) => {
    expect(readConfig({ PUBLIC_URL: url, TRUST_PROXY: '1' }).publicUrl).toBe(new URL(url).origin)
  },
)

test.each(['PUBLIC_URL', 'APP_URL'])('%s must be an origin and nothing more', (name) => {
  const wrong = ['example.com', 'https://example.com/app', 'https://example.com?x', 'https://example.com/#x']
  const more = ['ftp://example.com', 'https://ada:canary@example.com', 'https://*.example.com', 'null', 'javascript:1']
  for (const value of [...wrong, ...more]) {
    expect(describeFaults({ [name]: value, TRUST_PROXY: '1' }), value).toContain(`${name} must be an origin`)
    expect(describeFaults({ [name]: value })).not.toContain('canary')
  }
})

test('an https PUBLIC_URL needs TRUST_PROXY, since the service speaks no TLS', () => {
  expect(describeFaults({ PUBLIC_URL: 'https://example.com' })).toContain(
    'TRUST_PROXY must be set when PUBLIC_URL is https',
  )
  expect(describeFaults({ PUBLIC_URL: 'http://example.com' })).toBe('')
})

test.each([
  ['https://app.example.com:443', 'https://app.example.com'],
  ['http://app.example.com:80/', 'http://app.example.com'],
  ['HTTPS://App.Example.COM', 'https://app.example.com'],
  ['https://bücher.example', 'https://xn--bcher-kva.example'],
  ['https://BÜCHER.example:8443', 'https://xn--bcher-kva.example:8443'],
  ['https://例え.テスト', 'https://xn--r8jz45g.xn--zckzah'],
  ['http://[2001:0db8:0000:0000:0000:0000:0000:0001]:3000', 'http://[2001:db8::1]:3000'],
  ['http://[::FFFF:192.0.2.1]', 'http://[::ffff:c000:201]'],
  ['https://app.example.com:08443', 'https://app.example.com:8443'],
])('the origin %s is known as the one that a browser sends, %s', (given, sent) => {
  const env = { PUBLIC_URL: given, APP_URL: given, ALLOWED_ORIGINS: `${given}, ${sent}`, TRUST_PROXY: '1' }
  expect(readConfig(env)).toMatchObject({ publicUrl: sent, appUrl: sent, allowedOrigins: [sent] })
})

test.each(['0.0.0.0/0', '::/0', '0.0.0.0/1, 128.0.0.0/1', '::/1, 8000::/1', '10.0.0.1, 0.0.0.0/0', '::ffff:0:0/96'])(
  'a list of proxies that trusts every address is refused: %s',
  (list) => {
    expect(describeFaults({ TRUST_PROXY: list })).toMatch(
      /^TRUST_PROXY must not trust every IPv[46] address .*proxies' own/,
    )
  },
)

test('networks that hold every public address between them are refused, and any gap is enough', () => {
  const halves = (from: number) => Array.from({ length: 256 - from }, (_, index) => `${from + index}.0.0.0/8`)
  expect(describeFaults({ TRUST_PROXY: halves(0).join() })).toContain('must not trust every IPv4 address')
  expect(describeFaults({ TRUST_PROXY: halves(1).reverse().join(', ') })).toContain('must not trust every IPv4 address')
  expect(describeFaults({ TRUST_PROXY: halves(1).slice(1).join() })).toBe('')
  expect(describeFaults({ TRUST_PROXY: '2000::/3' })).toContain('must not trust every IPv6 address')
  expect(describeFaults({ TRUST_PROXY: '2000::/4, 3001::/16' })).toBe('')
})

test.each(['10.0.0.0/8', '172.16.0.0/12, 192.168.0.0/16', '2001:db8::/32, ::1', 'fd00::/8', '::ffff:10.0.0.0/104'])(
  'the proxies %s are trusted, as Express reads them',
  (list) => {
    const { trustProxy } = readConfig({ TRUST_PROXY: list })
    expect(() => express().set('trust proxy', trustProxy)).not.toThrow()
  },
)

test('any list of networks is either refused or one that Express can start with', () => {
  const network = fc.oneof(
    fc.tuple(fc.ipV4(), fc.integer({ min: 0, max: 33 })),
    fc.tuple(fc.ipV6(), fc.integer({ min: 0, max: 129 })),
  )
  fc.assert(
    fc.property(fc.array(network, { minLength: 1, maxLength: 4 }), (networks) => {
      const env = { TRUST_PROXY: networks.map(([address, bits]) => `${address}/${bits}`).join() }
      if (listFaults(env).length === 0) express().set('trust proxy', readConfig(env).trustProxy)
    }),
  )
})

test('ALLOWED_ORIGINS takes exact origins by commas', () => {
  const { allowedOrigins } = readConfig({ ALLOWED_ORIGINS: 'https://a.example, http://b.example:81' })
  expect(allowedOrigins).toEqual(['https://a.example', 'http://b.example:81'])
})

test.each([
  '*',
  'null',
  'https://*.example.com',
  'https://a.example/path',
  'https://a.example?',
  '/^https:/',
  'a.example',
  'https://a.example,',
  'https://a.example;https://b.example',
  'file:///',
])('ALLOWED_ORIGINS refuses %s', (value) => {
  expect(describeFaults({ ALLOWED_ORIGINS: value })).toContain('ALLOWED_ORIGINS takes exact origins')
})

test('each SESSION_SECRET has at least 32 bytes, and an empty one is refused', () => {
  expect(readConfig({ SESSION_SECRET: `${SECRET}, ${'ü'.repeat(16)}` }).sessionSecrets).toEqual([
    SECRET,
    'ü'.repeat(16),
  ])
  for (const value of ['', 'canary', 'c'.repeat(31), `${SECRET},canary`, `${SECRET},`])
    expect(describeFaults({ SESSION_SECRET: value })).toContain('SESSION_SECRET must hold secrets of at least 32 bytes')
})

test('production starts with all that it needs, without playground and introspection', () => {
  expect(readConfig(PRODUCTION)).toMatchObject({ production: true, graphiql: false, introspection: false })
  expect(readConfig({ ...PRODUCTION, GRAPHIQL: 'true', INTROSPECTION: 'true' })).toMatchObject({
    graphiql: true,
    introspection: true,
  })
})

test.each(['MONGODB_URI', 'SESSION_SECRET', 'SMTP_URL'])('production refuses to start without %s', (name) => {
  const { [name as 'MONGODB_URI']: _left, ...rest } = PRODUCTION
  expect(describeFaults(rest)).toContain(`${name} must be set in production`)
})

test('production refuses http, unless the address is localhost', () => {
  for (const name of ['PUBLIC_URL', 'APP_URL']) {
    for (const url of ['http://example.com', 'http://localhost.example.com', 'http://127.0.0.1.example.com'])
      expect(describeFaults({ ...PRODUCTION, [name]: url })).toContain(`${name} must be https in production`)
    for (const url of ['http://localhost:4000', 'http://127.0.0.1:4000', 'http://[::1]:4000'])
      expect(describeFaults({ ...PRODUCTION, [name]: url })).toBe('')
  }
})
