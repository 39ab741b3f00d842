import { expect, test } from 'vitest'
import {
  changeEmail,
  deleteAccount,
  getSignedInEmail,
  listSessions,
  logIn,
  OTHER_PASSWORD,
  requestPasswordReset,
  signUp,
} from '../testkit/client.ts'
import { provideService, startOwnService } from '../testkit/fixtures.ts'
import { startMailServer } from '../testkit/mail/mail-server.ts'
import { createUser, findUserId, grantRoles, openSignedInBrowser } from '../testkit/users.ts'

const service = provideService()

test('deleting an account ends every session, clears the cookie, and leaves nothing of the user', async () => {
  const { browser: ada } = await createUser(service(), { email: 'ada@example.com' })
  const { browser: grace } = await createUser(service(), { email: 'grace@example.com' })
  const phone = await openSignedInBrowser(service(), { email: 'ada@example.com' })
  await service().waitForMail('ada@example.com')
  await requestPasswordReset(ada, { email: 'ada@example.com' })
  await service().waitForMail('ada@example.com')
  await changeEmail(ada, { email: 'ada.new@example.com' })
  await service().waitForMail('ada.new@example.com')
  const id = await findUserId(service(), 'ada@example.com')

  const deleted = await deleteAccount(ada)
  expect([deleted.kind, deleted.data?.id]).toEqual(['DeleteAccountSuccess', id])
  expect(deleted.setCookie).toEqual([expect.stringMatching(/^sid=; Path=\/; Expires=Thu, 01 Jan 1970/)])
  expect(ada.cookie).toBeUndefined()
  expect(await Promise.all([ada, phone].map(getSignedInEmail))).toEqual([null, null])
  expect(await getSignedInEmail(grace)).toBe('grace@example.com')
  const { db } = service()
  for (const name of ['users', 'sessions', 'tokens', 'mails']) {
    const left = JSON.stringify(await db.collection(name).find().toArray())
    expect(left).not.toMatch(new RegExp(`${id}|ada@|ada\\.new@`))
  }
  const login = await logIn(service().openBrowser(), { email: 'ada@example.com' })
  expect(login.data).toMatchObject({ __typename: 'InvalidCredentials' })
})

test('queued mails are deleted with the user, and none of them is sent later', async () => {
  const server = await startMailServer()
  server.refuse(451)
  const own = await startOwnService({
    settings: { SMTP_URL: `smtp://127.0.0.1:${server.port}`, MAIL_FROM: 'no-reply@example.com' },
  })
  const { browser: bea } = await createUser(own, { email: 'bea@example.com' })
  await changeEmail(bea, { email: 'bea.new@example.com' })
  await requestPasswordReset(bea, { email: 'bea@example.com' })
  await own.waitForLog(({ event, kind }) => event === 'mail.failed' && kind === 'resetPassword')
  expect(await own.db.collection('mails').countDocuments()).toBe(3)
  await deleteAccount(bea)
  expect(await own.db.collection('mails').countDocuments({ kind: { $ne: 'userDeleted' } })).toBe(0)
})

test('the address of a deleted user can sign up again, as a new user', async () => {
  const { browser: cid } = await createUser(service(), { email: 'cid@example.com' })
  const before = await findUserId(service(), 'cid@example.com')
  const cookie = cid.cookie ?? ''
  await deleteAccount(cid)
  const again = service().openBrowser()
  await signUp(again, { email: 'cid@example.com', password: OTHER_PASSWORD })
  expect(await findUserId(service(), 'cid@example.com')).not.toBe(before)
  expect(await listSessions(again)).toHaveLength(1)
  const old = service().openBrowser()
  old.setCookie(cookie)
  expect(await getSignedInEmail(old)).toBeNull()
  const login = await logIn(service().openBrowser(), { email: 'cid@example.com' })
  expect(login.data).toMatchObject({ __typename: 'InvalidCredentials' })
})

test('the last ADMIN cannot delete themself and keeps their roles; with another ADMIN they can', async () => {
  const { browser: dot } = await createUser(service(), { email: 'dot@example.com', roles: ['ADMIN', 'SUPPORT'] })
  const refused = await deleteAccount(dot)
  expect(refused.kind).toBe('LastAdmin')
  expect(refused.setCookie).toEqual([])
  expect((await dot.gql('{ me { roles } }')).body.data?.me).toEqual({ roles: ['ADMIN', 'SUPPORT'] })
  await createUser(service(), { email: 'eve@example.com' })
  await grantRoles(service(), { email: 'eve@example.com', roles: ['ADMIN'] })
  expect((await deleteAccount(dot)).kind).toBe('DeleteAccountSuccess')
})

test('after deleteAccount, the rest of the same operation is unauthenticated', async () => {
  const { browser: fay } = await createUser(service(), { email: 'fay@example.com' })
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
