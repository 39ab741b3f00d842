import { expect, test } from 'vitest'
import { changePassword, listSessions } from '../testkit/account.ts'
import { sharedService } from '../testkit/lend.ts'
import { logIn, OTHER_PASSWORD, PASSWORD, whoIs } from '../testkit/people.ts'
import { anotherBrowser, newcomer } from '../testkit/staff.ts'

const service = sharedService()

const loginKind = async (email: string, password: string) =>
  (await logIn(service().browser(), email, password)).body.data?.login?.__typename

test('6.2.2, 7.4.3, C-28: the new password works, the old one does not, and every other session ends', async () => {
  const ada = await newcomer(service(), 'ada@example.com')
  await service().mailTo('ada@example.com')
  const others = await Promise.all([1, 2, 3].map(() => anotherBrowser(service(), 'ada@example.com')))
  const cookie = ada.cookie
  const old = ada.clone()
  const changed = await changePassword(ada, PASSWORD, OTHER_PASSWORD)
  expect(changed.kind).toBe('ChangePasswordSuccess')
  expect(changed.answer.setCookie).toHaveLength(1)
  expect(ada.cookie).not.toBe(cookie)
  expect(await whoIs(ada)).toBe('ada@example.com')
  expect(await Promise.all([...others, old].map(whoIs))).toEqual([null, null, null, null])
  expect(await loginKind('ada@example.com', PASSWORD)).toBe('InvalidCredentials')
  expect(await loginKind('ada@example.com', OTHER_PASSWORD)).toBe('LoginSuccess')
  expect((await service().mailTo('ada@example.com')).subject).toBe('Your password was changed')
})

test('the session goes on under its handle: created when it was, and proved now', async () => {
  const bea = await newcomer(service(), 'bea@example.com')
  const before = (await listSessions(bea)).find(({ current }) => current)
  service().clock.advance(120_000)
  await changePassword(bea, PASSWORD, OTHER_PASSWORD)
  const after = await listSessions(bea)
  expect(after).toHaveLength(1)
  const { id, createdAt } = before ?? {}
  const authenticatedAt = service().clock.now().toISOString()
  expect(after[0]).toMatchObject({ current: true, id, createdAt, authenticatedAt })
})

test('6.2.3: a wrong current password is refused, changes nothing, and is counted as a failed attempt', async () => {
  const cid = await newcomer(service(), 'cid@example.com')
  const cookie = cid.cookie
  for (const wrong of ['', 'not the password at all', PASSWORD.toUpperCase(), `${PASSWORD} `]) {
    const refused = await changePassword(cid, wrong, OTHER_PASSWORD)
    expect(refused.kind).toBe('InvalidCredentials')
    expect(refused.answer.setCookie).toEqual([])
  }
  expect(cid.cookie).toBe(cookie)
  expect(await loginKind('cid@example.com', PASSWORD)).toBe('LoginSuccess')
  expect(service().log.filter(({ event }) => event === 'password.change-refused')).toHaveLength(4)
})

test('6.2.3: leaving a password out is an error of the request', async () => {
  const dot = await newcomer(service(), 'dot@example.com')
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
] as const)('a new password that is %s is refused, and nothing ends', async (what, password, reason) => {
  const email = `evelyn.example+${what.replaceAll(' ', '-')}@example.com`
  const eve = await newcomer(service(), email)
  const phone = await anotherBrowser(service(), email)
  const refused = await changePassword(eve, PASSWORD, password)
  expect(refused.data).toMatchObject({ __typename: 'InvalidInput', fields: [{ name: 'newPassword', reason }] })
  expect(await Promise.all([eve, phone].map(whoIs))).toEqual([email, email])
})
