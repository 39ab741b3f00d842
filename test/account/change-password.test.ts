// OWASP ASVS 5.0, 6.2 (passwords) and 7.4 (termination of sessions): the current password is asked for, and others are signed out.
import { expect, test } from 'vitest'
import { changePassword, getSignedInEmail, listSessions, logIn, OTHER_PASSWORD, PASSWORD } from '../testkit/client.ts'
import { provideService } from '../testkit/fixtures.ts'
import { createUser, openSignedInBrowser } from '../testkit/users.ts'

const service = provideService()

const tryLogIn = async (email: string, password: string) =>
  (await logIn(service().openBrowser(), { email, password })).kind

test('after a password change the new password works, the old one does not, and every other session ends', async () => {
  const { browser: ada } = await createUser(service(), { email: 'ada@example.com' })
  await service().waitForMail('ada@example.com')
  const others = await Promise.all([1, 2, 3].map(() => openSignedInBrowser(service(), { email: 'ada@example.com' })))
  const cookie = ada.cookie
  const old = ada.clone()
  const changed = await changePassword(ada)
  expect(changed.kind).toBe('ChangePasswordSuccess')
  expect(changed.setCookie).toHaveLength(1)
  expect(ada.cookie).not.toBe(cookie)
  expect(await getSignedInEmail(ada)).toBe('ada@example.com')
  expect(await Promise.all([...others, old].map(getSignedInEmail))).toEqual([null, null, null, null])
  expect(await tryLogIn('ada@example.com', PASSWORD)).toBe('InvalidCredentials')
  expect(await tryLogIn('ada@example.com', OTHER_PASSWORD)).toBe('LoginSuccess')
  expect((await service().waitForMail('ada@example.com')).subject).toBe('Your password was changed')
})

test('a password change keeps the session: same id, same beginning, authenticated now', async () => {
  const { browser: bea } = await createUser(service(), { email: 'bea@example.com' })
  const before = (await listSessions(bea)).find(({ current }) => current)
  service().clock.advance(120_000)
  await changePassword(bea)
  const after = await listSessions(bea)
  expect(after).toHaveLength(1)
  const { id, createdAt } = before ?? {}
  const authenticatedAt = service().clock.now().toISOString()
  expect(after[0]).toMatchObject({ current: true, id, createdAt, authenticatedAt })
})

test('a wrong current password is refused, changes nothing, and is logged as a failed attempt', async () => {
  const { browser: cid } = await createUser(service(), { email: 'cid@example.com' })
  const cookie = cid.cookie
  for (const wrong of ['', 'not the password at all', PASSWORD.toUpperCase(), `${PASSWORD} `]) {
    const refused = await changePassword(cid, { currentPassword: wrong })
    expect(refused.kind).toBe('InvalidCredentials')
    expect(refused.setCookie).toEqual([])
  }
  expect(cid.cookie).toBe(cookie)
  expect(await tryLogIn('cid@example.com', PASSWORD)).toBe('LoginSuccess')
  expect(service().log.filter(({ event }) => event === 'password.change-refused')).toHaveLength(4)
})

test('a password that is left out is an error of the request', async () => {
  const { browser: dot } = await createUser(service(), { email: 'dot@example.com' })
  for (const input of [{ newPassword: OTHER_PASSWORD }, { currentPassword: PASSWORD }, {}]) {
    const answer = await dot.gql(
      'mutation C($input: ChangePasswordInput!) { changePassword(input: $input) { __typename } }',
      {
        input,
      },
    )
    expect([answer.status, answer.code]).toEqual([400, 'BAD_USER_INPUT'])
    expect(answer.text).not.toContain(PASSWORD)
  }
})

test.each([
  ['the same again', PASSWORD, 'UNCHANGED'],
  ['too short', 'short', 'TOO_SHORT'],
  ['too long', 'x1 '.repeat(100), 'TOO_LONG'],
  ['made of the own address', 'evelyn.example@example.com', 'TOO_COMMON'],
  ['one unit repeated', 'abcabcabcabcabcabc', 'TOO_COMMON'],
] as const)('a new password that is %s is refused, and no session ends', async (what, password, reason) => {
  const email = `evelyn.example+${what.replaceAll(' ', '-')}@example.com`
  const { browser: eve } = await createUser(service(), { email })
  const phone = await openSignedInBrowser(service(), { email })
  const refused = await changePassword(eve, { newPassword: password })
  expect(refused.data).toMatchObject({ __typename: 'InvalidInput', fields: [{ name: 'newPassword', reason }] })
  expect(await Promise.all([eve, phone].map(getSignedInEmail))).toEqual([email, email])
})
