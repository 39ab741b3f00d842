import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Config, readConfig } from '../../src/config.ts'
import { DAYS, HOURS, MINUTES, SECONDS } from '../../src/units.ts'
import { type Environment, listFaults } from '../testkit/settings.ts'

const expectAccepted = (env: Environment) => expect(listFaults(env)).toEqual([])
const expectRefused = (env: Environment, fault: string) =>
  expect(listFaults(env)).toEqual([expect.stringContaining(fault)])

test('without any setting each one has its documented default', () => {
  expect(readConfig({})).toEqual({
    production: false,
    host: '127.0.0.1',
    port: 4000,
    publicUrl: null,
    appUrl: null,
    allowedOrigins: [],
    trustProxy: null,
    keepAliveMs: 75 * SECONDS,
    database: { kind: 'embedded', directory: '.data', name: 'gatehouse' },
    dataDir: '.data',
    sessionSecrets: null,
    lifetimes: {
      ordinary: { idle: 24 * HOURS, absolute: 7 * DAYS },
      remembered: { idle: 14 * DAYS, absolute: 30 * DAYS },
      staff: { idle: 30 * MINUTES, absolute: 8 * HOURS },
    },
    signup: 'open',
    emailVerification: 'optional',
    passwordMinLength: 15,
    breachedPasswords: null,
    loginAlerts: true,
    auditRetentionMs: 90 * 86_400_000,
    encryptionKeys: [],
    requireSecondFactor: 'none',
    rpId: null,
    trustedDocuments: null,
    trustedDocumentsExceptStaff: false,
    metrics: null,
    limits: {
      login: { points: 5, durationMs: 15 * MINUTES },
      loginAddress: { points: 10, durationMs: 10 * MINUTES },
      mail: { points: 3, durationMs: 1 * HOURS },
      mailAddress: { points: 10, durationMs: 1 * HOURS },
      signupAddress: { points: 5, durationMs: 1 * HOURS },
      tokenAddress: { points: 60, durationMs: 10 * MINUTES },
      challengeAddress: { points: 60, durationMs: 10 * MINUTES },
    },
    smtp: null,
    serviceName: 'Gatehouse',
    accentColor: '#0f766e',
    console: true,
    graphiql: true,
    introspection: true,
    logLevel: 'info',
    threads: 4,
  } satisfies Config)
})

test('an empty setting counts as not set', () => {
  const names = ['HOST', 'PORT', 'PUBLIC_URL', 'TRUST_PROXY', 'MONGODB_URI', 'DATA_DIR', 'SESSION_IDLE', 'GRAPHIQL']
  expect(readConfig(Object.fromEntries(names.map((name) => [name, ''])))).toEqual(readConfig({}))
})

test('a duration is a number with a unit', () => {
  const units = { s: SECONDS, m: MINUTES, h: HOURS, d: DAYS }
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 3000 }), fc.constantFrom(...Object.entries(units)), (amount, [unit, ms]) => {
      const config = readConfig({ SESSION_ABSOLUTE: '3650d', SESSION_IDLE: `${amount}${unit}` })
      expect(config.lifetimes.ordinary.idle).toBe(amount * ms)
    }),
  )
})

test.each(['', '1s', '0m', '90', '-5m', '5 m', '5M', '1w', 'm', '1h30m', '1e3s', 'Infinitys', '999999d', '٣m'])(
  'an idle limit of %j is refused',
  (value) => {
    if (value === '') return expectAccepted({ SESSION_IDLE: value })
    expectRefused({ SESSION_IDLE: value }, 'SESSION_IDLE must be a duration such as 90s, 10m, 24h or 30d, at least 2s')
  },
)

test.each(['SESSION', 'SESSION_REMEMBERED', 'SESSION_STAFF'])(
  'for %s, idle may be as long as absolute, but not longer',
  (kind) => {
    expectAccepted({ [`${kind}_IDLE`]: '1h', [`${kind}_ABSOLUTE`]: '60m' })
    expectRefused(
      { [`${kind}_IDLE`]: '61m', [`${kind}_ABSOLUTE`]: '1h' },
      `${kind}_IDLE must not be longer than ${kind}_ABSOLUTE`,
    )
  },
)

test('an idle limit above the default absolute limit is refused, too', () => {
  expectRefused({ SESSION_IDLE: '8d' }, 'SESSION_IDLE must not be longer than SESSION_ABSOLUTE')
  expectRefused({ SESSION_STAFF_ABSOLUTE: '10m' }, 'SESSION_STAFF_IDLE must not be longer than SESSION_STAFF_ABSOLUTE')
})

test.each([
  ['PORT', ['0', '80', '65535'], ['65536', '-1', '4000.0', 'http', ' 4000', '0x50', '1e3']],
  ['PASSWORD_MIN_LENGTH', ['8', '15', '64'], ['7', '65', '8.5', 'long']],
  ['HOST', ['0.0.0.0', '::1', 'localhost'], ['a b', 'http://localhost', 'x/y']],
  ['NODE_ENV', ['development', 'test'], ['prod', 'Production', 'staging']],
  ['EMAIL_VERIFICATION', ['optional', 'required'], ['yes', 'true', 'Required']],
  ['GRAPHIQL', ['true', 'false'], ['1', 'yes', 'TRUE', 'on']],
  ['INTROSPECTION', ['true', 'false'], ['0', 'no', 'off']],
  ['LOG_LEVEL', ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], ['verbose', 'INFO', '30']],
  [
    'TRUST_PROXY',
    ['1', '2', '10.0.0.1', '10.0.0.0/8, ::1', 'loopback'],
    ['0', 'true', '-1', '10.0.0.0/33', 'all', '*'],
  ],
  ['UV_THREADPOOL_SIZE', ['1', '16', '1024'], ['0', '-1', 'many']],
  ['SMTP_URL', [], ['mail.example.com', 'http://mail.example.com', 'smtp://']],
] as const)('%s takes values of its form, and nothing else', (name, good, bad) => {
  for (const value of good) expectAccepted({ [name]: value })
  for (const value of bad) expectRefused({ [name]: value }, `${name} must `)
})

test('SMTP_URL needs MAIL_FROM', () => {
  expectRefused({ SMTP_URL: 'smtp://localhost' }, 'MAIL_FROM must be set with SMTP_URL')
  const smtp = { SMTP_URL: 'smtps://mail.example.com', MAIL_FROM: 'Gatehouse <no-reply@example.com>' }
  expect(readConfig(smtp).smtp).toEqual({ url: smtp.SMTP_URL, from: smtp.MAIL_FROM })
  expectRefused({ ...smtp, MAIL_FROM: 'a@example.com\r\nBcc: b@example.com' }, 'MAIL_FROM must be one email address')
})

test.each(['SESSION_SECRET', 'MONGODB_URI', 'SMTP_URL'])('a wrong %s is never printed', (name) => {
  fc.assert(
    fc.property(fc.string({ maxLength: 20 }), (value) => {
      const env = { [name]: `x${value}canary` }
      const text = listFaults({ ...env, SESSION_SECRET: env.SESSION_SECRET ?? '' }).join('\n')
      expect(text).not.toContain('canary')
      expect(text).toContain(name)
    }),
  )
})

test('one message lists every wrong setting, a line each', () => {
  const faults = listFaults({
    PORT: 'http',
    PUBLIC_URL: 'https://example.com/app',
    ALLOWED_ORIGINS: '*, null, https://a.example',
    SESSION_IDLE: 'a day',
    SESSION_STAFF_IDLE: '9h',
    SESSION_SECRET: 'canary-short',
    MONGODB_URI: 'mongodb://ada:canary@db/?w=1',
    LOG_LEVEL: 'loud',
  })
  expect(faults.map((fault) => fault.split(' ', 1)[0])).toEqual([
    'PORT',
    'PUBLIC_URL',
    'ALLOWED_ORIGINS',
    'ALLOWED_ORIGINS',
    'MONGODB_URI',
    'SESSION_SECRET',
    'SESSION_IDLE',
    'LOG_LEVEL',
    'SESSION_STAFF_IDLE',
  ])
  expect(faults.join()).not.toContain('canary')
})

test('whatever the environment holds, the settings are read, or refused with a message', () => {
  const names = [
    'PORT',
    'PUBLIC_URL',
    'ALLOWED_ORIGINS',
    'TRUST_PROXY',
    'MONGODB_URI',
    'SESSION_SECRET',
    'SESSION_IDLE',
  ]
  const values = fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.webUrl(), fc.constant('mongodb://'))
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom(...names), values), (env) => {
      expect(listFaults(env)).toBeInstanceOf(Array)
    }),
  )
})
