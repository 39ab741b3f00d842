// Who may sign up: anybody, who is invited, or nobody but who was.
import { expect, test } from 'vitest'
import type { Browser } from '../testkit/browser.ts'
import { disableUser, getSignedInEmail, signUp } from '../testkit/client.ts'
import { provideService, startOwnService } from '../testkit/fixtures.ts'
import { acceptInvitation, inviteUser } from '../testkit/invitations.ts'
import type { Service } from '../testkit/service.ts'
import { runAdmin } from '../testkit/shell.ts'
import { createIdleUser, createUser, grantRoles } from '../testkit/users.ts'
import { advanceUntil } from '../testkit/wait.ts'

const service = provideService()
const DAYS = 86_400_000

/** Invites an address, and returns the token of the mail. */
async function invite(to: Service, browser: Browser, email: string, roles: string[] = []) {
  await inviteUser(browser, { email, roles })
  return (await to.waitForMail(email)).token
}

test('an invitation creates a user with a verified address and its roles, signs them in, and works once', async () => {
  const { browser } = await createIdleUser(service(), { roles: ['ADMIN'] })
  const { kind, data } = await inviteUser(browser, { email: 'New@Example.com', roles: ['SUPPORT'] })
  expect([kind, data?.email]).toEqual(['MailRequested', 'New@Example.com'])
  const mail = await service().waitForMail('New@example.com')
  expect([mail.subject, mail.link]).toEqual([
    'You have been invited',
    expect.stringContaining('/accept-invitation#token='),
  ])
  const invited = service().openBrowser()
  const weak = await acceptInvitation(invited, { token: mail.token, password: 'short' })
  expect(weak.data?.fields).toEqual([{ name: 'password', reason: 'TOO_SHORT' }])
  const done = await acceptInvitation(invited, { token: mail.token, firstName: 'Grace' })
  expect(done.data?.user).toMatchObject({ emailVerified: true, firstName: 'Grace', roles: ['SUPPORT'] })
  expect(await getSignedInEmail(invited)).toBe('New@Example.com')
  expect(done.deviceCookie).toHaveLength(1)
  expect((await acceptInvitation(service().openBrowser(), { token: mail.token })).kind).toBe('InvalidToken')
})

test('inviting answers the same for known and unknown addresses, and mails nobody who has an account', async () => {
  const own = await startOwnService()
  const { browser } = await createIdleUser(own, { roles: ['ADMIN'] })
  const known = await createIdleUser(own)
  const answers = [
    await inviteUser(browser, { email: known.email }),
    await inviteUser(browser, { email: 'a@example.com' }),
  ]
  expect(answers.map(({ text }) => text.replace(/[^"]*@example.com/, ''))).toEqual(
    [answers[0], answers[0]].map((one) => one?.text.replace(/[^"]*@example.com/, '')),
  )
  await own.waitForMail('a@example.com')
  expect(own.log.filter(({ file }) => String(file).includes('-invitation-'))).toHaveLength(1)
  const wrong = await inviteUser(browser, { email: 'nowhere' })
  expect(wrong.data?.fields).toEqual([{ name: 'email', reason: 'MALFORMED' }])
})

test('only users with users:write, and a fresh password, invite', async () => {
  const { browser } = await createUser(service(), { roles: ['SUPPORT'] })
  expect((await inviteUser(browser, { email: 'b@example.com' })).kind).toBe('FORBIDDEN')
  const admin = await createUser(service(), { roles: ['ADMIN'] })
  service().clock.advance(601_000)
  expect((await inviteUser(admin.browser, { email: 'b@example.com' })).kind).toBe('REAUTHENTICATION_REQUIRED')
})

test('an invitation ends with a second one to the same address, after seven days, and with the inviter', async () => {
  const own = await startOwnService()
  const admin = await createIdleUser(own, { roles: ['ADMIN'] })
  const other = await createIdleUser(own, { roles: ['ADMIN'] })
  const accept = async (token: string | undefined) => (await acceptInvitation(own.openBrowser(), { token })).kind
  const first = await invite(own, admin.browser, 'c@example.com')
  own.clock.advance(1)
  const second = await invite(own, admin.browser, 'C@example.com')
  expect(await accept(first)).toBe('InvalidToken')
  expect(await accept(second)).toBe('SignupSuccess')
  const demoted = await invite(own, admin.browser, 'd@example.com')
  await grantRoles(own, { email: admin.email, roles: ['SUPPORT'] })
  expect(await accept(demoted)).toBe('InvalidToken')
  await grantRoles(own, { email: admin.email, roles: ['ADMIN'] })
  await disableUser(other.browser, { id: admin.id })
  expect(await accept(demoted)).toBe('InvalidToken')
  const late = await invite(own, other.browser, 'e@example.com')
  own.clock.advance(7 * DAYS)
  expect(await accept(late)).toBe('InvalidToken')
})

test('of two parallel uses of an invitation one creates a user', async () => {
  const { browser } = await createIdleUser(service(), { roles: ['ADMIN'] })
  const token = await invite(service(), browser, 'f@example.com')
  const both = await Promise.all([1, 2].map(() => acceptInvitation(service().openBrowser(), { token })))
  expect(both.filter(({ kind }) => kind === 'SignupSuccess')).toHaveLength(1)
})

test('an invitation to an address that has signed up meanwhile is told that it is taken', async () => {
  const { browser } = await createIdleUser(service(), { roles: ['ADMIN'] })
  const token = await invite(service(), browser, 'g@example.com')
  await createUser(service(), { email: 'g@example.com' })
  expect((await acceptInvitation(service().openBrowser(), { token })).kind).toBe('EmailTaken')
})

test.each(['invited', 'closed'])(
  'where signing up is %s, signup is refused and an invitation still counts',
  async (SIGNUP) => {
    const own = await startOwnService({ settings: { SIGNUP } })
    expect((await signUp(own.openBrowser(), { email: 'h@example.com', password: 'short' })).kind).toBe('SignupClosed')
    const settings = { DATA_DIR: own.dataDir, MONGODB_URI: own.databaseUri }
    const { out } = await runAdmin(settings, ['invite', 'h@example.com', 'ADMIN'])
    expect(out).toBe('h@example.com gets an invitation, unless a user has that address.\n')
    await advanceUntil(own, 60_000, () => expect(own.log.map(({ event }) => event)).toContain('mail.written'))
    const { token } = await own.waitForMail('h@example.com')
    const { data } = await acceptInvitation(own.openBrowser(), { token })
    expect(data?.user?.roles).toEqual(['ADMIN'])
  },
)
