import { expect, test } from 'vitest'
import { logIn, resetPassword } from '../testkit/client.ts'
import { provideService } from '../testkit/fixtures.ts'
import { runAdmin } from '../testkit/shell.ts'
import { createUser } from '../testkit/users.ts'
import { advanceUntil } from '../testkit/wait.ts'

const service = provideService()
const admin = (...words: string[]) =>
  runAdmin({ DATA_DIR: service().dataDir, MONGODB_URI: service().databaseUri }, words)

test('help lists every command, and needs no database', async () => {
  const { code, out, err } = await runAdmin({ DATA_DIR: service().dataDir, MONGODB_URI: 'mongodb://127.0.0.1:1/x' }, [
    'help',
  ])
  expect([code, err]).toEqual([0, ''])
  for (const name of ['list', 'grant-role', 'import', 'show', 'create', 'events', 'help'])
    expect(out).toContain(`\n  ${name}`)
})

test('a user who is created at the shell sets a password by mail, and logs in', async () => {
  const { code, out, err } = await admin('create', 'Ada@Example.com')
  expect([code, out]).toEqual([0, 'Ada@Example.com is created, and gets a mail with a link to set a password.\n'])
  expect(JSON.parse(err)).toMatchObject({ event: 'user.created', by: 'shell' })
  await advanceUntil(service(), 60_000, () => expect(service().log.map(({ event }) => event)).toContain('mail.written'))
  const { token } = await service().waitForMail('Ada@example.com')
  const newPassword = 'a quiet harbour before dawn'
  expect((await resetPassword(service().openBrowser(), { token, newPassword })).kind).toBe('ResetPasswordSuccess')
  const result = await logIn(service().openBrowser(), { email: 'ada@example.com', password: newPassword })
  expect(result.kind).toBe('LoginSuccess')
  expect(await admin('create', 'ada@example.com')).toMatchObject({
    code: 1,
    err: 'A user with that email address exists already.\n',
  })
  expect(await admin('create', 'nobody')).toMatchObject({ code: 1, err: 'Enter a valid email address.\n' })
})

test('a user is shown, without any secret', async () => {
  const { email, id } = await createUser(service(), { roles: ['SUPPORT'] })
  const { out } = await admin('show', email, '--json')
  expect(JSON.parse(out)).toMatchObject({
    ...{ id, email, emailVerified: false, firstName: null, locale: 'en', roles: 'SUPPORT' },
    ...{ disabledAt: null, secondFactor: false, sessions: 1 },
  })
  expect(out).not.toMatch(/argon2|generation|token/i)
  expect((await admin('show', email)).out).toContain(`\nemail\t${email}\n`)
  expect(await admin('show', 'nobody@example.com')).toMatchObject({
    code: 1,
    err: 'There is no user with that email address.\n',
  })
  expect(await admin('show', email, '--xml')).toMatchObject({ code: 1, err: 'Usage: show EMAIL [--json]\n' })
})

test('documents of an older version are written anew, once', async () => {
  const { email } = await createUser(service())
  await service()
    .db.collection('users')
    .updateOne({ email }, { $unset: { locale: '' } })
  expect(await admin('migrate')).toMatchObject({ code: 0, out: 'Users who have a language now: 1.\n' })
  expect(await service().db.collection('users').findOne({ email })).toMatchObject({ locale: 'en' })
  expect(await admin('migrate')).toMatchObject({ code: 0, out: 'Users who have a language now: 0.\n' })
})
