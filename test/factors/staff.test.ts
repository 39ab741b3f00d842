// What a second factor means for staff: required roles, step-up, and the help of an operator.
import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { getSignedInEmail, logIn, resetPassword } from '../testkit/client.ts'
import { createTestDatabase } from '../testkit/database.ts'
import {
  createUserWithApp,
  createVerifiedUser,
  logInWithApp,
  makeCode,
  reauthenticateWith,
  resetUserFactors,
  STEP_MS,
  startLogin,
} from '../testkit/factors.ts'
import { provideService, startOwnService } from '../testkit/fixtures.ts'
import { startService } from '../testkit/service.ts'
import { runAdmin } from '../testkit/shell.ts'
import { createUser, openSignedInBrowser } from '../testkit/users.ts'

const service = provideService({ settings: { REQUIRE_SECOND_FACTOR: 'staff' } })
const MINUTES = 60_000

test('where staff need a second factor, a role grants nothing to a session with a password alone', async () => {
  const { browser, email } = await createVerifiedUser(service(), { roles: ['ADMIN'] })
  const { body } = await browser.gql('{ session { scopes secondFactorRequired } me { email } }')
  expect(body.data).toEqual({ session: { scopes: [], secondFactorRequired: true }, me: { email } })
  const stranger = await createUser(service())
  const refused = await browser.gql('query ($id: ID!) { users { edges { cursor } } user(id: $id) { email } }', {
    id: stranger.id,
  })
  expect(refused.body.errors?.map(({ extensions }) => extensions?.code)).toEqual([
    'SECOND_FACTOR_REQUIRED',
    'SECOND_FACTOR_REQUIRED',
  ])
  expect(refused.status).toBe(200)
  const other = await stranger.browser.gql('{ users { edges { cursor } } }')
  expect(other.code).toBe('FORBIDDEN')
})

test('where staff need a second factor, a session with one has the scopes of its roles', async () => {
  const user = await createUserWithApp(service(), { roles: ['SUPPORT'] })
  const { browser } = await logInWithApp(service(), user)
  const { body } = await browser.gql('{ session { scopes secondFactorRequired } users { edges { node { email } } } }')
  expect(body.data?.session).toEqual({ scopes: ['users:read'], secondFactorRequired: false })
  expect(body.errors).toBeUndefined()
})

test('an operator resets the factors of a user: sessions end, the old password opens nothing, a mail leads to a new one', async () => {
  const operator = await createUserWithApp(service(), { roles: ['ADMIN'] })
  const user = await createUserWithApp(service())
  await service().waitForMail(user.email)
  const { kind, data } = await resetUserFactors(operator.browser, { id: user.id })
  expect([kind, data?.user]).toEqual(['AdminUserSuccess', { id: user.id, secondFactor: false }])
  expect(await getSignedInEmail(user.browser)).toBeNull()
  expect((await logIn(service().openBrowser(), { email: user.email })).kind).toBe('InvalidCredentials')
  const mail = await service().waitForMail(user.email)
  expect(mail.subject).toBe('Set a new password')
  const newPassword = 'another long passphrase'
  expect((await resetPassword(service().openBrowser(), { token: mail.token, newPassword })).kind).toBe(
    'ResetPasswordSuccess',
  )
  const browser = await openSignedInBrowser(service(), { email: user.email, password: newPassword })
  expect(await getSignedInEmail(browser)).toBe(user.email)
  expect((await resetUserFactors(operator.browser, { id: operator.id })).kind).toBe('NotYourself')
  expect((await resetUserFactors(operator.browser, { id: 'f'.repeat(24) })).kind).toBe('NotFound')
  service().clock.advance(11 * MINUTES)
  expect((await resetUserFactors(operator.browser, { id: user.id })).kind).toBe('REAUTHENTICATION_REQUIRED')
  await reauthenticateWith(operator.browser, { proof: { code: makeCode(service(), operator.secret) } })
  expect((await resetUserFactors(operator.browser, { id: user.id })).kind).toBe('AdminUserSuccess')
})

test('a reset of an address that was never verified leaves no factor of whoever signed up with it', async () => {
  const user = await createUserWithApp(service())
  await service().waitForMail(user.email)
  await service()
    .db.collection('users')
    .updateOne({ emailCanonical: user.email }, { $set: { emailVerified: false } })
  await service().openBrowser().gql(`mutation { requestPasswordReset(email: "${user.email}") { email } }`)
  const { token } = await service().waitForMail(user.email)
  await resetPassword(service().openBrowser(), { token, newPassword: 'another long passphrase' })
  const login = await startLogin(service().openBrowser(), { email: user.email, password: 'another long passphrase' })
  expect(login.kind).toBe('LoginSuccess')
})

test('the shell unlocks a user, and resets their factors', async () => {
  const own = await startOwnService()
  const user = await createUserWithApp(own)
  const settings = { DATA_DIR: own.dataDir, MONGODB_URI: own.databaseUri }
  const users = own.db.collection('users')
  await users.updateOne({ emailCanonical: user.email }, { $set: { factorFailures: 100 } })
  expect((await runAdmin(settings, ['unlock', user.email])).out).toBe(`${user.email} can try again at once.\n`)
  expect((await logInWithApp(own, user)).result.kind).toBe('LoginSuccess')
  expect((await runAdmin(settings, ['reset-factors', user.email])).code).toBe(0)
  expect((await users.findOne({ emailCanonical: user.email }))?.totp).toBeUndefined()
})

test('a start without the key of a stored secret is refused, and reencrypt moves all secrets to the first key', async () => {
  const { uri, drop } = await createTestDatabase()
  const [first, second] = ['a', 'b'].map((id) => `${id}:${randomBytes(32).toString('base64')}`) as [string, string]
  const start = (keys: string) => startService({ databaseUri: uri, settings: { ENCRYPTION_KEYS: keys } })
  const before = await start(first)
  const user = await createUserWithApp(before)
  await before.close()
  await expect(start(second)).rejects.toThrow(
    'No key has the id a, which encrypted authenticator apps in the database.',
  )
  const both = await start(`${second},${first}`)
  const settings = { DATA_DIR: both.dataDir, MONGODB_URI: uri, ENCRYPTION_KEYS: `${second},${first}` }
  expect((await runAdmin(settings, ['reencrypt'])).out).toBe('Encrypted with the first key: 1.\n')
  await both.close()
  const after = await start(second)
  after.clock.advance(2 * STEP_MS)
  expect((await logInWithApp(after, user)).result.kind).toBe('LoginSuccess')
  await after.close()
  await drop()
})

test('what is wrong with ENCRYPTION_KEYS, WEBAUTHN_RP_ID and REQUIRE_SECOND_FACTOR is said without repeating a key', async () => {
  const { readConfig } = await import('../../src/config.ts')
  for (const [settings, message] of [
    [{ ENCRYPTION_KEYS: 'a:canary' }, 'ENCRYPTION_KEYS must hold ID:BASE64 of 32 bytes each'],
    [{ ENCRYPTION_KEYS: '' }, 'ENCRYPTION_KEYS must hold'],
    [{ WEBAUTHN_RP_ID: 'co.uk' }, 'WEBAUTHN_RP_ID must be a host'],
    [{ WEBAUTHN_RP_ID: '127.0.0.1' }, 'WEBAUTHN_RP_ID must be a host'],
    [{ WEBAUTHN_RP_ID: 'https://example.com' }, 'WEBAUTHN_RP_ID must be a host'],
    [{ REQUIRE_SECOND_FACTOR: 'all' }, 'REQUIRE_SECOND_FACTOR must be none or staff'],
  ] as const) {
    expect(() => readConfig(settings)).toThrow(message)
    expect(() => readConfig(settings)).not.toThrow('canary')
  }
})

test('a relying party that the pages are not on refuses to start, naming their common parent', async () => {
  const settings = {
    WEBAUTHN_RP_ID: 'app.example.com',
    APP_URL: 'https://app.example.com',
    PUBLIC_URL: 'https://api.example.com',
    TRUST_PROXY: '1',
  }
  await expect(startService({ settings })).rejects.toThrow(
    'Passkeys do not work on https://api.example.com: set WEBAUTHN_RP_ID=example.com',
  )
})
