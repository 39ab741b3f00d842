// WebAuthn Level 3, 7.1 and 7.2, with a software authenticator that lies in every way that the rules forbid.
import { expect, test } from 'vitest'
import { getSignedInEmail } from '../testkit/client.ts'
import { completeLogin, createVerifiedUser, queryFactors, reauthenticateWith, startLogin } from '../testkit/factors.ts'
import { provideService } from '../testkit/fixtures.ts'
import {
  addPasskey,
  addPasskeyOf,
  createUserWithPasskey,
  loginWithPasskey,
  type Options,
  reauthenticateWithPasskey,
  removePasskey,
  renamePasskey,
  startPasskeyLogin,
  startPasskeyReauthentication,
  startPasskeyRegistration,
} from '../testkit/passkeys.ts'
import { createUser } from '../testkit/users.ts'
import { Authenticator, type Lies } from '../testkit/webauthn/authenticator.ts'

const service = provideService()
const MINUTES = 60_000

test.each(['ES256', 'EdDSA', 'RS256'] as const)(
  'a passkey with %s is added as the first factor, and logs its user in without a password',
  async (algorithm) => {
    const user = await createVerifiedUser(service())
    const other = await user.logInElsewhere()
    const authenticator = new Authenticator(service().url, { algorithm })
    const { data: started } = await startPasskeyRegistration(user.browser)
    const options = started?.options as Options
    expect(options.authenticatorSelection).toMatchObject({ residentKey: 'required', userVerification: 'required' })
    expect([options.rp.id, options.attestation]).toEqual(['localhost', 'none'])
    const { data } = await addPasskey(user.browser, { passkey: authenticator.register(options) })
    expect(data?.passkey).toMatchObject({ synced: true, loginCapable: true, credentialId: authenticator.credentialId })
    expect(data?.recoveryCodes).toHaveLength(10)
    expect(data?.factors?.passkeys).toHaveLength(1)
    expect(await getSignedInEmail(other)).toBeNull()
    await service().waitForMail(user.email)

    const phone = service().openBrowser()
    const login = await startPasskeyLogin(phone)
    expect(login.allowCredentials ?? []).toEqual([])
    const passkey = authenticator.authenticate(login)
    const done = await loginWithPasskey(phone, { passkey })
    expect([done.kind, done.data?.session?.assurance]).toEqual(['LoginSuccess', 'MULTI_FACTOR'])
    expect(await getSignedInEmail(phone)).toBe(user.email)
    expect((await loginWithPasskey(service().openBrowser(), { passkey })).kind).toBe('InvalidToken')
  },
)

test.each<[string, Lies]>([
  ['of another origin', { origin: 'https://evil.example' }],
  ['for another relying party', { rpId: 'evil.example' }],
  ['from a frame in another site', { crossOrigin: true }],
  ['from a frame, naming the site above', { crossOrigin: true, topOrigin: 'https://evil.example' }],
  ['without user verification', { userVerified: false }],
  ['without user presence', { userPresent: false }],
  ['with the user handle of somebody else', { userHandle: Buffer.from('somebody').toString('base64url') }],
  ['without a user handle', { userHandle: null }],
  ['with another backup eligibility', { backupEligible: false }],
  ['with a signature of another key', { forged: true }],
  ['of another type', { type: 'webauthn.create' }],
])('a login with an answer %s is refused', async (_name, lies) => {
  const { authenticator } = await createUserWithPasskey(service())
  const browser = service().openBrowser()
  const options = await startPasskeyLogin(browser)
  expect((await loginWithPasskey(browser, { passkey: authenticator.authenticate(options, lies) })).kind).toBe(
    'InvalidFactor',
  )
  expect(await getSignedInEmail(browser)).toBeNull()
  expect((await loginWithPasskey(browser, { passkey: authenticator.authenticate(options) })).kind).toBe('LoginSuccess')
})

test.each<[string, Lies]>([
  ['of another origin', { origin: 'https://evil.example' }],
  ['for another relying party', { rpId: 'evil.example' }],
  ['from a frame in another site', { crossOrigin: true }],
  ['without user verification', { userVerified: false }],
  ['with an attestation', { format: 'packed' }],
  ['with a key of another algorithm', { algorithm: -36 }],
  ['of another type', { type: 'webauthn.get' }],
])('a new passkey %s is refused', async (_name, lies) => {
  const user = await createVerifiedUser(service())
  const { data } = await startPasskeyRegistration(user.browser)
  const passkey = new Authenticator(service().url).register(data?.options as Options, lies)
  expect((await addPasskey(user.browser, { passkey })).kind).toBe('InvalidFactor')
  expect((await queryFactors(user.browser)).data?.passkeys).toEqual([])
})

test('a challenge counts for its purpose, its session and five minutes', async () => {
  const user = await createUserWithPasskey(service())
  const { authenticator, browser } = user
  const login = await startPasskeyLogin(browser)
  const reauthentication = await startPasskeyReauthentication(browser)
  const other = await createUserWithPasskey(service())
  const phone = service().openBrowser()
  const use = async (options: Options) =>
    (await loginWithPasskey(phone, { passkey: authenticator.authenticate(options) })).kind
  expect(await use(reauthentication)).toBe('InvalidToken')
  expect(await use({ ...login, challenge: 'AAAA' })).toBe('InvalidToken')
  const confirm = async (options: Options, by = authenticator) =>
    (await reauthenticateWithPasskey(browser, by.authenticate(options))).kind
  expect(await confirm(login)).toBe('InvalidToken')
  expect(await confirm(await startPasskeyReauthentication(other.browser))).toBe('InvalidToken')
  expect(await confirm(reauthentication, other.authenticator)).toBe('InvalidFactor')
  expect(await confirm(reauthentication)).toBe('ReauthenticateSuccess')
  expect(await confirm(reauthentication)).toBe('InvalidToken')
  service().clock.advance(5 * MINUTES)
  expect(await use(login)).toBe('InvalidToken')
})

test('of parallel logins with one answer one succeeds', async () => {
  const { authenticator } = await createUserWithPasskey(service())
  const passkey = authenticator.authenticate(await startPasskeyLogin(service().openBrowser()))
  const done = await Promise.all([1, 2, 3].map(() => loginWithPasskey(service().openBrowser(), { passkey })))
  expect(done.map(({ kind }) => kind).sort()).toEqual(['InvalidToken', 'InvalidToken', 'LoginSuccess'])
})

test('a removed passkey is unknown, so that the browser may forget it', async () => {
  const user = await createUserWithPasskey(service())
  const { kind, data } = await removePasskey(user.browser, { id: user.passkeyId })
  expect([kind, data?.passkeys, data?.recoveryCodesLeft]).toEqual(['Factors', [], 0])
  const browser = service().openBrowser()
  const passkey = user.authenticator.authenticate(await startPasskeyLogin(browser))
  const answer = await loginWithPasskey(browser, { passkey })
  const { credentialId } = user.authenticator
  expect(answer).toMatchObject({ kind: 'UnknownPasskey', data: { rpId: 'localhost', credentialId } })
  expect((await removePasskey(user.browser, { id: user.passkeyId })).kind).toBe('NotFound')
})

test('a counter that goes back is refused for a passkey of one device, with a mail, and recorded for a backed-up one', async () => {
  const bound = await createUserWithPasskey(service(), { backedUp: false })
  await service().waitForMail(bound.email)
  const use = async ({ authenticator }: typeof bound, counter: number) => {
    const browser = service().openBrowser()
    const passkey = authenticator.authenticate(await startPasskeyLogin(browser), { counter })
    return (await loginWithPasskey(browser, { passkey })).kind
  }
  expect(await use(bound, 7)).toBe('LoginSuccess')
  expect(await use(bound, 7)).toBe('InvalidFactor')
  expect(await use(bound, 3)).toBe('InvalidFactor')
  expect((await service().waitForMail(bound.email)).subject).toBe('A passkey was refused')
  expect(await use(bound, 8)).toBe('LoginSuccess')
  const synced = await createUserWithPasskey(service())
  expect(await use(synced, 7)).toBe('LoginSuccess')
  expect(await use(synced, 3)).toBe('LoginSuccess')
})

test('a passkey is the second step after a password, even of a key that cannot verify its user', async () => {
  const user = await createUserWithPasskey(service())
  const browser = service().openBrowser()
  const { data } = await startLogin(browser, { email: user.email })
  expect(data?.methods).toEqual(['PASSKEY', 'RECOVERY_CODE'])
  const options = data?.passkeyOptions as Options
  expect([options.userVerification, options.allowCredentials.length]).toEqual(['preferred', 1])
  const other = await startLogin(service().openBrowser(), { email: user.email })
  const answerTo = (to: Options) => ({ passkey: user.authenticator.authenticate(to, { userVerified: false }) })
  const complete = (proof: object) => completeLogin(browser, { challenge: data?.challenge, proof })
  expect((await complete(answerTo(other.data?.passkeyOptions))).kind).toBe('InvalidFactor')
  expect((await complete({ passkey: { id: 'x' } })).kind).toBe('InvalidFactor')
  expect((await complete(answerTo(options))).data?.session?.assurance).toBe('MULTI_FACTOR')
})

test('step-up is cleared by a passkey alone, or by the password with it', async () => {
  const user = await createUserWithPasskey(service())
  service().clock.advance(11 * MINUTES)
  expect((await removePasskey(user.browser, { id: user.passkeyId })).kind).toBe('REAUTHENTICATION_REQUIRED')
  const answer = async () => user.authenticator.authenticate(await startPasskeyReauthentication(user.browser))
  expect((await reauthenticateWith(user.browser, { proof: { passkey: await answer() } })).kind).toBe(
    'ReauthenticateSuccess',
  )
  service().clock.advance(11 * MINUTES)
  expect((await reauthenticateWithPasskey(user.browser, await answer())).kind).toBe('ReauthenticateSuccess')
  expect((await startPasskeyRegistration(user.browser)).kind).toBe('PasskeyChallenge')
})

test('a further passkey keeps the other sessions, and a passkey is added once', async () => {
  const user = await createUserWithPasskey(service())
  const phone = service().openBrowser()
  await loginWithPasskey(phone, { passkey: user.authenticator.authenticate(await startPasskeyLogin(phone)) })
  const second = await addPasskeyOf(service(), user)
  expect(await getSignedInEmail(phone)).toBe(user.email)
  const thief = await createVerifiedUser(service())
  const { data } = await startPasskeyRegistration(thief.browser)
  const passkey = second.authenticator.register(data?.options as Options)
  expect((await addPasskey(thief.browser, { passkey })).kind).toBe('InvalidFactor')
  expect((await removePasskey(user.browser, { id: second.passkeyId })).kind).toBe('Factors')
  const { body } = await user.browser.gql('{ session { assurance } }')
  expect(body.data).toEqual({ session: { assurance: 'MULTI_FACTOR' } })
})

test('a passkey gets its name from the user or the browser, and another one later', async () => {
  const user = await createVerifiedUser(service())
  const { data: started } = await startPasskeyRegistration(user.browser)
  const passkey = new Authenticator(service().url).register(started?.options as Options)
  expect((await addPasskey(user.browser, { passkey, name: 'a\u0000' })).kind).toBe('InvalidInput')
  const { data } = await addPasskey(user.browser, { passkey, name: ' My key ' })
  expect(data?.passkey?.name).toBe('My key')
  const id = String(data?.passkey?.id)
  expect((await renamePasskey(user.browser, { id, name: 'Blue key' })).data).toMatchObject({ id, name: 'Blue key' })
  expect((await renamePasskey(user.browser, { id, name: ' ' })).kind).toBe('InvalidInput')
  expect((await renamePasskey(user.browser, { id: 'none', name: 'x' })).kind).toBe('NotFound')
})

test('a user has at most 20 passkeys, and needs a verified address for the first', async () => {
  const plain = await createUser(service())
  expect((await startPasskeyRegistration(plain.browser)).kind).toBe('EmailNotVerified')
  const user = await createUserWithPasskey(service())
  const users = service().db.collection('users')
  const found = await users.findOne({ emailCanonical: user.email })
  const { data } = await startPasskeyRegistration(user.browser)
  const copies = Array.from({ length: 20 }, (_, index) => ({
    ...found?.passkeys[0],
    id: `copy ${index}`,
    credentialId: `c${user.id}${index}`,
  }))
  await users.updateOne({ emailCanonical: user.email }, { $set: { passkeys: copies } })
  expect((await startPasskeyRegistration(user.browser)).kind).toBe('TooManyPasskeys')
  const passkey = new Authenticator(service().url).register(data?.options as Options)
  expect((await addPasskey(user.browser, { passkey })).kind).toBe('TooManyPasskeys')
})

test.each([
  ['too deep', JSON.parse(`${'{"a":'.repeat(9)}1${'}'.repeat(9)}`)],
  ['too large', { a: 'x'.repeat(16_001) }],
])('JSON that is %s is BAD_USER_INPUT', async (_name, passkey) => {
  expect((await loginWithPasskey(service().openBrowser(), { passkey })).kind).toBe('BAD_USER_INPUT')
})

test.each([
  [null],
  ['text'],
  [1],
  [[]],
  [{}],
  [{ id: 1 }],
  [{ id: 'a', response: { clientDataJSON: '!!' } }],
  [{ id: 'a', response: null }],
])('a passkey of %j is refused like every wrong one', async (passkey) => {
  const { kind } = await loginWithPasskey(service().openBrowser(), { passkey })
  expect(kind).toBe(passkey === null ? 'BAD_USER_INPUT' : 'InvalidFactor')
})
