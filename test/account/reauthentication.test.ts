// OWASP ASVS 5.0, 7.5.1: sensitive changes need a recent authentication.
import argon2 from 'argon2'
import { expect, onTestFinished, test, vi } from 'vitest'
import type { Browser } from '../testkit/browser.ts'
import {
  changeEmail,
  deleteAccount,
  disableUser,
  enableUser,
  listSessions,
  type Result,
  reauthenticate,
  revokeOtherSessions,
  revokeSession,
  revokeUserSessions,
  setUserRoles,
} from '../testkit/client.ts'
import { removeTotp, replaceRecoveryCodes, resetUserFactors, startTotp } from '../testkit/factors.ts'
import { provideService } from '../testkit/fixtures.ts'
import { inviteUser } from '../testkit/invitations.ts'
import { removePasskey, startPasskeyRegistration } from '../testkit/passkeys.ts'
import { createUser } from '../testkit/users.ts'

const service = provideService()
const NOBODY = '0123456789abcdef01234567'

const FIELDS: Record<string, [ask: (browser: Browser) => Promise<Result>, kind: string]> = {
  changeEmail: [(browser) => changeEmail(browser, { email: 'elsewhere@example.com' }), 'MailRequested'],
  revokeSession: [(browser) => revokeSession(browser, { id: NOBODY }), 'NotFound'],
  revokeOtherSessions: [revokeOtherSessions, 'SessionsRevoked'],
  setUserRoles: [(browser) => setUserRoles(browser, { id: NOBODY, roles: [] }), 'NotFound'],
  disableUser: [(browser) => disableUser(browser, { id: NOBODY }), 'NotFound'],
  enableUser: [(browser) => enableUser(browser, { id: NOBODY }), 'NotFound'],
  revokeUserSessions: [(browser) => revokeUserSessions(browser, { id: NOBODY }), 'NotFound'],
  resetUserFactors: [(browser) => resetUserFactors(browser, { id: NOBODY }), 'NotFound'],
  inviteUser: [(browser) => inviteUser(browser, { email: 'nowhere' }), 'InvalidInput'],
  startPasskeyRegistration: [startPasskeyRegistration, 'EmailNotVerified'],
  removePasskey: [(browser) => removePasskey(browser, { id: NOBODY }), 'NotFound'],
  startTotp: [startTotp, 'EmailNotVerified'],
  removeTotp: [removeTotp, 'NotFound'],
  replaceRecoveryCodes: [replaceRecoveryCodes, 'NoSecondFactor'],
  deleteAccount: [deleteAccount, 'DeleteAccountSuccess'],
}

test('these fields need authentication within the last 600 seconds, and no others', async () => {
  const browser = service().openBrowser()
  const answer = await browser.gql<{ __type: { fields: { name: string; description: string }[] } }>(
    '{ __type(name: "Mutation") { fields { name description } } }',
  )
  const asking = answer.body.data?.__type.fields.filter(({ description }) => description.includes('within 600 seconds'))
  expect(asking?.map(({ name }) => name).sort()).toEqual(Object.keys(FIELDS).sort())
})

test.each(Object.entries(FIELDS))(
  '%s is open for 600 seconds after authentication, closed a millisecond later, and open again after reauthenticate',
  async (name, [ask, kind]) => {
    await createUser(service(), { email: `rest.${name.toLowerCase()}@example.com`, roles: ['ADMIN'] })
    const { browser } = await createUser(service(), {
      email: `${name.toLowerCase()}@example.com`,
      roles: ['ADMIN'],
    })
    service().clock.advance(600_000)
    if (name !== 'deleteAccount' && name !== 'revokeOtherSessions') expect((await ask(browser)).kind).toBe(kind)
    service().clock.advance(1)
    const refused = await ask(browser)
    expect(refused.kind).toBe('REAUTHENTICATION_REQUIRED')
    expect(refused.body).toMatchObject({ errors: [{ path: [name], extensions: { maxAge: 600 } }] })
    expect(await listSessions(browser)).toHaveLength(1)
    await reauthenticate(browser)
    service().clock.advance(600_000)
    expect((await ask(browser)).kind).toBe(kind)
  },
)

test('a password counts from when it was sent, however long its check takes', async () => {
  const { browser } = await createUser(service())
  service().clock.advance(60_000)
  const sentAt = service().clock.now().toISOString()
  const verify = argon2.verify.bind(argon2)
  const check = vi.spyOn(argon2, 'verify').mockImplementationOnce(async (hash, password) => {
    service().clock.advance(5_000)
    return verify(hash, password)
  })
  onTestFinished(() => check.mockRestore())
  expect((await reauthenticate(browser)).data?.session?.authenticatedAt).toBe(sentAt)
  expect(check).toHaveBeenCalledOnce()
})
