import { expect, test } from 'vitest'
import { readConfig } from '../../src/config.ts'
import { HOURS, MINUTES, SECONDS } from '../../src/units.ts'
import { listFaults } from '../testkit/settings.ts'

const LIMITS = [
  ['LIMIT_LOGIN', 'login'],
  ['LIMIT_LOGIN_ADDRESS', 'loginAddress'],
  ['LIMIT_MAIL', 'mail'],
  ['LIMIT_MAIL_ADDRESS', 'mailAddress'],
  ['LIMIT_SIGNUP_ADDRESS', 'signupAddress'],
  ['LIMIT_TOKEN_ADDRESS', 'tokenAddress'],
  ['LIMIT_CHALLENGE_ADDRESS', 'challengeAddress'],
] as const

test.each(LIMITS)('%s is a number per a duration, or off', (name, key) => {
  const read = (value: string) => readConfig({ [name]: value }).limits[key]
  expect(read('7 per 1m')).toEqual({ points: 7, durationMs: MINUTES })
  expect(read('100 per 24h')).toEqual({ points: 100, durationMs: 24 * HOURS })
  expect(read('1 per 2s')).toEqual({ points: 1, durationMs: 2 * SECONDS })
  expect(read('off')).toBeNull()
  const wrong = ['5', '0 per 1m', '-1 per 1m', '1.5 per 1m', '5 per 1s', '5 per 25h', '5 per minute', '5/1m', 'per 1m']
  for (const value of [...wrong, '5 per', 'none', 'OFF', '5per1m', '1e2 per 1m', '1000000 per 1m', '5 per 1m 2'])
    expect([value, listFaults({ [name]: value })]).toEqual([
      value,
      [expect.stringContaining(`${name} must be a limit`)],
    ])
})

test('a user is never guessed at more than a hundred times in a row, an address may stand for a company', () => {
  for (const [name] of LIMITS) {
    const isPerAddress = name.endsWith('_ADDRESS')
    expect([name, listFaults({ [name]: '101 per 1m' }).length]).toEqual([name, isPerAddress ? 0 : 1])
  }
})

test('KEEP_ALIVE is a duration of at most an hour', () => {
  expect(readConfig({ KEEP_ALIVE: '2s' }).keepAliveMs).toBe(2 * SECONDS)
  expect(readConfig({ KEEP_ALIVE: '1h' }).keepAliveMs).toBe(HOURS)
  for (const value of ['1s', '0s', '61m', '75', 'off'])
    expect(listFaults({ KEEP_ALIVE: value })).toEqual([expect.stringContaining('KEEP_ALIVE must be a duration')])
})

test('LOGIN_ALERTS and CONSOLE are switches', () => {
  expect(readConfig({ LOGIN_ALERTS: 'false', CONSOLE: 'false' })).toMatchObject({ loginAlerts: false, console: false })
  for (const name of ['LOGIN_ALERTS', 'CONSOLE'])
    expect(listFaults({ [name]: 'no' })).toEqual([`${name} must be true or false`])
})
