// Users of an old system come with their passwords, and log in as if nothing had happened.
import { pbkdf2Sync, randomBytes, scryptSync } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import argon2 from 'argon2'
import bcrypt from 'bcrypt'
import { expect, test } from 'vitest'
import { logIn, requestPasswordReset, resetPassword } from '../testkit/client.ts'
import { provideService, startOwnService } from '../testkit/fixtures.ts'
import type { Service } from '../testkit/service.ts'
import { runAdmin } from '../testkit/shell.ts'

const service = provideService()
const PASSWORD = 'short' // By the rules of the old system.
const ARGON2ID = /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/
let count = 0

const getSettings = ({ dataDir, databaseUri }: Service) => ({ DATA_DIR: dataDir, MONGODB_URI: databaseUri })

/** Imports these lines into a running service. */
async function importLines(to: Service, lines: readonly (object | string)[]) {
  count += 1
  const file = join(to.dataDir, `users${count}.jsonl`)
  writeFileSync(file, lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n'))
  return runAdmin(getSettings(to), ['import', file])
}

const findHash = async (email: string): Promise<string> =>
  (await service().db.collection('users').findOne({ emailCanonical: email }))?.passwordHash

const base64 = (bytes: Buffer) => bytes.toString('base64').replace(/=+$/, '')
const salt = randomBytes(16)
const scrypted = scryptSync(PASSWORD, salt, 32, { N: 2 ** 12, r: 8, p: 1 })
const pbkdf2 = (digest: string, bytes: number) => pbkdf2Sync(PASSWORD, salt, 1000, bytes, digest)

/** Hashes of the same password, but for Firebase's, which its documentation gives. */
const HASHES: [kind: string, makeHash: () => Promise<string>, password?: string][] = [
  ['bcrypt', () => bcrypt.hash(PASSWORD, 4)],
  ['bcrypt of 2a', async () => (await bcrypt.hash(PASSWORD, 4)).replace('$2b$', '$2a$')],
  ["PHP's bcrypt", async () => (await bcrypt.hash(PASSWORD, 4)).replace('$2b$', '$2y$')],
  ['argon2i', () => argon2.hash(PASSWORD, { type: argon2.argon2i, memoryCost: 4096, timeCost: 2 })],
  ['a weak argon2id', () => argon2.hash(PASSWORD, { type: argon2.argon2id, memoryCost: 4096, timeCost: 1 })],
  ['scrypt', async () => `$scrypt$ln=12,r=8,p=1$${base64(salt)}$${base64(scrypted)}`],
  ['PBKDF2 with SHA-256', async () => `$pbkdf2-sha256$i=1000,l=32$${base64(salt)}$${base64(pbkdf2('sha256', 32))}`],
  ['PBKDF2 with SHA-512', async () => `$pbkdf2-sha512$i=1000$${base64(salt)}$${base64(pbkdf2('sha512', 64))}`],
  [
    "passlib's PBKDF2",
    async () =>
      `$pbkdf2-sha256$1000$${base64(salt).replaceAll('+', '.')}$${base64(pbkdf2('sha256', 32)).replaceAll('+', '.')}`,
  ],
  [
    "Firebase's scrypt",
    async () =>
      '$firescrypt$ln=14,r=8,p=1$42xEC+ixf3L2lw==$lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn3aoItz+VHjoZilo78198JAdRuid5lQ==$Bw==$jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA==',
    'user1password',
  ],
]

test.each<[kind: string, makeHash: () => Promise<string>, password?: string]>(HASHES)(
  'a user with %s logs in with the old password, which is argon2id afterwards',
  async (_kind, makeHash, password = PASSWORD) => {
    count += 1
    const email = `old${count}@example.com`
    const { out, code } = await importLines(service(), [{ email, passwordHash: await makeHash() }])
    expect([out, code]).toEqual(['Imported: 1. There already: 0. Refused: 0.\n', 0])
    expect((await logIn(service().openBrowser(), { email, password: `${password}r` })).kind).toBe('InvalidCredentials')
    expect(await findHash(email)).not.toMatch(ARGON2ID)
    expect((await logIn(service().openBrowser(), { email, password })).kind).toBe('LoginSuccess')
    expect(await findHash(email)).toMatch(ARGON2ID)
    expect((await logIn(service().openBrowser(), { email, password })).kind).toBe('LoginSuccess')
  },
)

test('a bad line is reported with its number and the reason, without what it holds; the others are imported', async () => {
  const secret = '$2b$99$abcdefghijklmnopqrstuuabcdefghijklmnopqrstuabcdefghijklm'
  const lines = [
    '{ no json',
    '[]',
    { email: 'nobody' },
    { email: 'a1@example.com', passwordHash: secret },
    { email: 'a2@example.com', passwordHash: '5f4dcc3b5aa765d61d8327deb882cf99' },
    { email: 'a3@example.com', passwordHash: '$scrypt$ln=30,r=8,p=1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaA' },
    { email: 'a4@example.com', passwordHash: '$pbkdf2-sha256$i=999999999$c2FsdA$aGFzaGhhc2hoYXNoaGFzaA' },
    { email: 'a5@example.com', roles: ['KING'] },
    { email: 'a6@example.com', createdAt: 'yesterday' },
    { email: 'a7@example.com', emailVerified: 'yes' },
    { email: 'a8@example.com', password: 'open' },
    { email: 'a9@example.com', firstName: 'x'.repeat(101) },
    '',
    { email: 'fine@example.com', firstName: 'Fine', roles: ['SUPPORT'], createdAt: '2020-02-03T04:05:06Z' },
  ]
  const { out, err, code } = await importLines(service(), lines)
  expect(out.split('\n').sort()).toEqual(
    [
      '',
      'Imported: 1. There already: 0. Refused: 12.',
      'Line 10 is refused: emailVerified must be true or false.',
      'Line 11 is refused: the field "password" is unknown.',
      'Line 12 is refused: firstName is not valid.',
      'Line 1 is refused: it is no JSON.',
      'Line 2 is refused: it is no object.',
      'Line 3 is refused: email must be an email address.',
      ...[4, 5, 6, 7].map(
        (line) => `Line ${line} is refused: passwordHash is of an unknown kind, or verifying it costs too much.`,
      ),
      'Line 8 is refused: roles must be a list of ADMIN, SUPPORT.',
      'Line 9 is refused: createdAt must be a time such as 2030-01-31T12:00:00Z.',
    ].sort(),
  )
  expect(code).toBe(1)
  expect(out + err).not.toContain('$2b$')
  expect(await service().db.collection('users').findOne({ emailCanonical: 'fine@example.com' })).toMatchObject({
    firstName: 'Fine',
    roles: ['SUPPORT'],
    emailVerified: false,
    createdAt: new Date('2020-02-03T04:05:06Z'),
  })
})

test('an import that is run again adds nobody twice, and changes nobody', async () => {
  const lines = Array.from({ length: 120 }, (_, index) => ({ email: `again${index}@example.com`, firstName: 'Old' }))
  expect((await importLines(service(), lines.slice(0, 70))).out).toBe('Imported: 70. There already: 0. Refused: 0.\n')
  const changed = lines.map((line) => ({ ...line, firstName: 'New' }))
  expect((await importLines(service(), changed)).out).toBe('Imported: 50. There already: 70. Refused: 0.\n')
  const users = service().db.collection('users')
  expect(await users.countDocuments({ emailCanonical: /^again/, firstName: 'Old' })).toBe(70)
  expect(await users.countDocuments({ emailCanonical: /^again/, firstName: 'New' })).toBe(50)
})

test('who comes without a hash sets a password by mail', async () => {
  await importLines(service(), [{ email: 'nohash@example.com', locale: 'de' }])
  await requestPasswordReset(service().openBrowser(), { email: 'nohash@example.com' })
  const { token, subject } = await service().waitForMail('nohash@example.com')
  expect(subject).toBe('Setzen Sie Ihr Passwort zurück')
  const newPassword = 'a quiet harbour before dawn'
  expect((await resetPassword(service().openBrowser(), { token, newPassword })).kind).toBe('ResetPasswordSuccess')
  expect((await logIn(service().openBrowser(), { email: 'nohash@example.com', password: newPassword })).kind).toBe(
    'LoginSuccess',
  )
})

test('what is exported can be imported elsewhere, and every user logs in there', async () => {
  const passwordHash = await bcrypt.hash(PASSWORD, 4)
  const lines = ['Ada', 'Grace'].map((firstName) => ({
    ...{ email: `${firstName}@move.example.com`, emailVerified: true, firstName, lastName: null, locale: 'de' },
    ...{ roles: ['SUPPORT'], createdAt: '2020-02-03T04:05:06.000Z', passwordHash },
  }))
  await importLines(service(), lines)
  const { out } = await runAdmin(getSettings(service()), ['export-users'])
  const exported = out.split('\n').filter((line) => line.includes('@move.example.com'))
  expect(exported.map((line) => JSON.parse(line))).toEqual(lines)
  const elsewhere = await startOwnService()
  await importLines(elsewhere, exported)
  for (const { email } of lines) {
    expect((await logIn(elsewhere.openBrowser(), { email, password: PASSWORD })).kind).toBe('LoginSuccess')
  }
})
