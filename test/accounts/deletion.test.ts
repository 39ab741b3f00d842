import { expect, test } from 'vitest'
import { changeEmail, deleteAccount, listSessions, requestPasswordReset } from '../testkit/account.ts'
import { ownService, sharedService } from '../testkit/lend.ts'
import { logIn, OTHER_PASSWORD, PASSWORD, signUp, whoIs } from '../testkit/people.ts'
import { startMailServer } from '../testkit/smtp.ts'
import { anotherBrowser, grantRoles, idOf, newcomer } from '../testkit/staff.ts'

const service = sharedService()

test('deleting ends every session, clears the cookie, and leaves nothing of the user', async () => {
  const ada = await newcomer(service(), 'ada@example.com')
  const grace = await newcomer(service(), 'grace@example.com')
  const phone = await anotherBrowser(service(), 'ada@example.com')
  await service().mailTo('ada@example.com')
  await requestPasswordReset(ada, 'ada@example.com')
  await service().mailTo('ada@example.com')
  await changeEmail(ada, 'ada.new@example.com')
  await service().mailTo('ada.new@example.com')
  const id = await idOf(service(), 'ada@example.com')

  const deleted = await deleteAccount(ada)
  expect([deleted.kind, deleted.data?.id]).toEqual(['DeleteAccountSuccess', id])
  expect(deleted.answer.setCookie).toEqual([expect.stringMatching(/^sid=; Path=\/; Expires=Thu, 01 Jan 1970/)])
  expect(ada.cookie).toBeUndefined()
  expect(await Promise.all([ada, phone].map(whoIs))).toEqual([null, null])
  expect(await whoIs(grace)).toBe('grace@example.com')
  const { db } = service()
  for (const name of ['users', 'sessions', 'tokens', 'mails']) {
    const left = JSON.stringify(await db.collection(name).find().toArray())
    expect(left).not.toMatch(new RegExp(`${id}|ada@|ada\\.new@`))
  }
  const login = await logIn(service().browser(), 'ada@example.com')
  expect(login.body.data?.login).toMatchObject({ __typename: 'InvalidCredentials' })
})

test('queued mails go with the user, and none of them is sent later', async () => {
  const server = await startMailServer()
  server.refuse(451)
  const own = await ownService({
    settings: { SMTP_URL: `smtp://127.0.0.1:${server.port}`, MAIL_FROM: 'no-reply@example.com' },
  })
  const bea = await newcomer(own, 'bea@example.com')
  await changeEmail(bea, 'bea.new@example.com')
  await requestPasswordReset(bea, 'bea@example.com')
  await own.logged(({ event, kind }) => event === 'mail.failed' && kind === 'resetPassword')
  expect(await own.db.collection('mails').countDocuments()).toBe(3)
  await deleteAccount(bea)
  expect(await own.db.collection('mails').countDocuments({ kind: { $ne: 'userDeleted' } })).toBe(0)
})

test('the address can sign up again, as somebody new', async () => {
  const cid = await newcomer(service(), 'cid@example.com')
  const before = await idOf(service(), 'cid@example.com')
  const cookie = cid.cookie ?? ''
  await deleteAccount(cid)
  const again = service().browser()
  await signUp(again, 'cid@example.com', OTHER_PASSWORD)
  expect(await idOf(service(), 'cid@example.com')).not.toBe(before)
  expect(await listSessions(again)).toHaveLength(1)
  const old = service().browser()
  old.setCookie(cookie)
  expect(await whoIs(old)).toBeNull()
  const login = await logIn(service().browser(), 'cid@example.com', PASSWORD)
  expect(login.body.data?.login).toMatchObject({ __typename: 'InvalidCredentials' })
})

test('the last ADMIN cannot delete themself, and stays what they were; with another one they can', async () => {
  const dot = await newcomer(service(), 'dot@example.com', ['ADMIN', 'SUPPORT'])
  const refused = await deleteAccount(dot)
  expect(refused.kind).toBe('LastAdmin')
  expect(refused.answer.setCookie).toEqual([])
  expect((await dot.gql('{ me { roles } }')).body.data?.me).toEqual({ roles: ['ADMIN', 'SUPPORT'] })
  await newcomer(service(), 'eve@example.com')
  await grantRoles(service(), 'eve@example.com', ['ADMIN'])
  expect((await deleteAccount(dot)).kind).toBe('DeleteAccountSuccess')
})

test('B-39: after deleting, the rest of the same operation is nobody’s', async () => {
  const fay = await newcomer(service(), 'fay@example.com')
  const answer = await fay.gql(`mutation {
    deleteAccount { __typename }
    updateProfile(input: { firstName: "Ghost" }) { __typename }
    again: deleteAccount { __typename }
  }`)
  expect(answer.body.data).toEqual({
    deleteAccount: { __typename: 'DeleteAccountSuccess' },
    updateProfile: null,
    again: null,
  })
  expect(answer.body.errors?.map(({ extensions }) => extensions?.code)).toEqual(['UNAUTHENTICATED', 'UNAUTHENTICATED'])
})
