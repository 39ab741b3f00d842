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

test('ALLOWED_ORIGINS takes exact origins, separated by commas', () => {
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

test('the path of MONGODB_URI names the database, and gatehouse is the default', () => {
  expect(readConfig({ MONGODB_URI: 'mongodb://db/shop?w=majority' }).database).toMatchObject({ name: 'shop' })
  for (const uri of [
    'mongodb://db',
    'mongodb://db/',
    'mongodb://a,b:27018,[::1]:3/?replicaSet=rs0',
    'mongodb+srv://db.example.com',
  ]) {
    expect(readConfig({ MONGODB_URI: uri }).database).toEqual({ kind: 'mongodb', uri, name: 'gatehouse', limits: {} })
  }
})

test.each([
  'w=1',
  'w=0',
  'W=2',
  'w=majority&w=1',
  '%77=1',
  'journal=false',
  'readPreference=secondary',
  'readPreference=primaryPreferred',
  'readpreference=nearest',
  'readConcernLevel=available',
  'tlsInsecure=true',
  'tlsAllowInvalidCertificates=true',
])('a MONGODB_URI that weakens what is promised is refused: %s', (query) => {
  for (const head of ['mongodb://ada:canary@db/shop', 'mongodb://ada:canary@db/', 'mongodb+srv://ada:canary@db/']) {
    const text = describeFaults({ MONGODB_URI: `${head}?${query}` })
    expect(text).toContain('MONGODB_URI must not weaken what is promised')
    expect(text).not.toContain('canary')
  }
})

test.each([
  'localhost:27017',
  'mongodb://',
  'mongodb:///shop',
  'mysql://db/shop',
  'mongodb://db/sh op',
  'mongodb://db/a/b',
  'mongodb://db:port/shop',
  'mongodb://ada:can@ary@db/shop',
  'mongodb://ada:can%zary@db/shop',
  'mongodb://db/shop?noSuchOption=canary',
  'mongodb://db/shop?maxPoolSize=canary',
  'mongodb+srv://db:27017/shop',
  'embedded:',
])('a MONGODB_URI that the driver cannot use is refused at start: %s', (uri) => {
  const text = describeFaults({ MONGODB_URI: uri })
  expect(text).toContain('MONGODB_URI ')
  expect(text).not.toMatch(/canary|can@ary|can%zary/)
})

test('embedded:DIR chooses the embedded database on purpose', () => {
  const embedded = { kind: 'embedded', directory: '/var/lib/gatehouse', name: 'gatehouse' }
  for (const env of [{}, PRODUCTION])
    expect(readConfig({ ...env, MONGODB_URI: 'embedded:/var/lib/gatehouse' }).database).toEqual(embedded)
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
