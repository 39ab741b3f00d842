// OWASP password storage cheat sheet: argon2id and its cost. OWASP ASVS 5.0, 6.3.8: a failed login costs the same for all.
import argon2 from 'argon2'
import { afterEach, beforeEach, expect, type MockInstance, test, vi } from 'vitest'
import { getSignedInEmail, logIn, OTHER_PASSWORD, PASSWORD, signUp } from '../testkit/client.ts'
import { provideService } from '../testkit/fixtures.ts'

/** Counts the work of argon2, which is done all the same. */
let work: { hash: MockInstance<typeof argon2.hash>; verify: MockInstance<typeof argon2.verify> }
const service = provideService()
const users = () => service().db.collection('users')

beforeEach(() => {
  work = { hash: vi.spyOn(argon2, 'hash'), verify: vi.spyOn(argon2, 'verify') }
})
afterEach(() => {
  work.hash.mockRestore()
  work.verify.mockRestore()
})

const listCosts = () => work.verify.mock.calls.map(([hash]) => /\$v=\d+\$m=\d+,t=\d+,p=\d+\$/.exec(hash)?.[0])
const plant = (email: string, passwordHash: unknown) => users().updateOne({ email }, { $set: { passwordHash } })
const readKind = async (answer: ReturnType<typeof logIn>) => (await answer).kind

test('a password is stored as argon2id with 19456 KiB, two passes, one lane and a salt of its own', async () => {
  await signUp(service().openBrowser(), { email: 'ada@example.com' })
  await signUp(service().openBrowser(), { email: 'eve@example.com' })
  const hashes = (await users().find().toArray()).map(({ passwordHash }) => String(passwordHash))
  for (const hash of hashes) {
    const [, salt = '', output = ''] = /^\$argon2id\$v=19\$m=19456,t=2,p=1\$([\w+/]+)\$([\w+/]+)$/.exec(hash) ?? []
    expect([Buffer.from(salt, 'base64').length, Buffer.from(output, 'base64').length]).toEqual([16, 32])
  }
  expect(new Set(hashes).size).toBe(2)
  expect(work.hash).toHaveBeenCalledTimes(2)
})

test.each([
  ['an unknown address', 'nobody@example.com', OTHER_PASSWORD],
  ['an impossible address', 'nonsense', OTHER_PASSWORD],
  ['a wrong password', 'ada@example.com', OTHER_PASSWORD],
  ['an empty password', 'ada@example.com', ''],
  ['a password too long', 'ada@example.com', 'a quiet harbour '.repeat(100)],
  ['half a character', 'ada@example.com', `${PASSWORD}\ud800`],
  ['a disabled user', 'disabled@example.com', PASSWORD],
])('a failed login costs one hash of the same price: %s', async (_name, email, password) => {
  await signUp(service().openBrowser(), { email: 'disabled@example.com' })
  await users().updateOne({ email: 'disabled@example.com' }, { $set: { disabledAt: new Date() } })
  work.hash.mockClear()
  expect(await readKind(logIn(service().openBrowser(), { email, password }))).toBe('InvalidCredentials')
  expect(work.hash).not.toHaveBeenCalled()
  expect(listCosts()).toEqual(['$v=19$m=19456,t=2,p=1$'])
})

test('failed logins have the same bytes and headers', async () => {
  const answers = [
    await logIn(service().openBrowser(), { email: 'nobody@example.com', password: OTHER_PASSWORD }),
    await logIn(service().openBrowser(), { email: 'ada@example.com', password: OTHER_PASSWORD }),
    await logIn(service().openBrowser(), { email: 'disabled@example.com' }),
  ]
  const seen = answers.map(({ status, text, headers: { date: _date, 'x-request-id': _id, ...headers } }) =>
    JSON.stringify({ status, text, headers }),
  )
  expect(new Set(seen).size).toBe(1)
})

const tail = '$c29tZXNhbHRzb21lc2FsdA$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc'

test.each<[string, unknown]>([
  ['an empty one', ''],
  ['none at all', null],
  ['a number', 4711],
  ['a cut one', '$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHQ'],
  ['bcrypt', '$2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy'],
  ['argon2i', `$argon2i$v=19$m=19456,t=2,p=1${tail}`],
  ['the version before', `$argon2id$v=16$m=19456,t=2,p=1${tail}`],
  ['8 GiB', `$argon2id$v=19$m=8388608,t=2,p=1${tail}`],
  ['one KiB too much', `$argon2id$v=19$m=262145,t=2,p=1${tail}`],
  ['a thousand passes', `$argon2id$v=19$m=19456,t=1000,p=1${tail}`],
  ['255 lanes', `$argon2id$v=19$m=19456,t=2,p=255${tail}`],
  ['a salt of two bytes', '$argon2id$v=19$m=19456,t=2,p=1$c29$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc'],
  ['an output of two bytes', '$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$CTF'],
  ['less memory than lanes', `$argon2id$v=19$m=8,t=2,p=8${tail}`],
  ['no cost', `$argon2id$v=19$m=0,t=0,p=0${tail}`],
  ['text', PASSWORD],
])('a planted hash such as %s fails like any other, costs no more, and is logged', async (name, hash) => {
  const email = `${Buffer.from(name).toString('hex')}@planted.example`
  await signUp(service().openBrowser(), { email })
  await plant(email, hash)
  const answer = await logIn(service().openBrowser(), { email })
  expect(answer).toMatchObject({ status: 200, setCookie: [] })
  expect(answer.kind).toBe('InvalidCredentials')
  for (const cost of listCosts()) expect(cost).toBe('$v=19$m=19456,t=2,p=1$')
  const user = await users().findOne({ email })
  const about = (line: Record<string, unknown>) => line.userId === user?._id.toHexString()
  expect(await service().waitForLog((line) => line.event === 'password.hash-refused' && about(line))).toBeTruthy()
})

test.each([
  ['weaker', { memoryCost: 8192, timeCost: 1, parallelism: 1 }],
  ['dearer', { memoryCost: 20_480, timeCost: 3, parallelism: 1 }],
])('a %s hash logs in, and is replaced once', async (name, cost) => {
  const email = `${name}@cost.example`
  await signUp(service().openBrowser(), { email })
  await plant(email, await argon2.hash(PASSWORD, { type: argon2.argon2id, ...cost }))
  work.hash.mockClear()
  const ada = service().openBrowser()
  expect(await readKind(logIn(ada, { email }))).toBe('LoginSuccess')
  expect((await users().findOne({ email }))?.passwordHash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
  expect(await readKind(logIn(service().openBrowser(), { email }))).toBe('LoginSuccess')
  expect(await getSignedInEmail(ada)).toBe(email)
  expect(work.hash).toHaveBeenCalledTimes(1)
})

test('a hash of another cost is kept after a wrong password', async () => {
  const email = 'wrong@cost.example'
  await signUp(service().openBrowser(), { email })
  const weak = await argon2.hash(PASSWORD, { type: argon2.argon2id, memoryCost: 8192, timeCost: 1, parallelism: 1 })
  await plant(email, weak)
  expect(await readKind(logIn(service().openBrowser(), { email, password: OTHER_PASSWORD }))).toBe('InvalidCredentials')
  expect((await users().findOne({ email }))?.passwordHash).toBe(weak)
})
